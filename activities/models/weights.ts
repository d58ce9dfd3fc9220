import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bytesToDisk, createAtomicFiles, isErrno } from '../store/atomic-file.js';

const HASH_PART_BYTES = 1_048_576;

/** One file of a checkpoint, by its path below the checkpoint's directory. */
export interface CheckpointFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A checkpoint by its content. */
export interface CheckpointWeights {
  /** Sorted by path. */
  readonly files: readonly CheckpointFile[];
  /** SHA-256, hex, of the sorted paths and hashes: the same wherever the directory lies. */
  readonly weightsSha256: string;
}

export interface HashOptions {
  /** Called with every part that was read. */
  readonly heartbeat: () => void;
  readonly signal: AbortSignal;
}

/** There is no such checkpoint, or it has no file. Trying again does not help. */
export class CheckpointMissing extends Error {
  override name = 'CheckpointMissing';
}

/** What trainers leave beside the weights and nobody loads: it tells of the run, not of the model. */
const NO_PART =
  /(?:^|\/)(?:checkpoint-\d+\/.*|README\.md|training_args\.bin|trainer_state\.json|trainer_log\.jsonl|(?:all|train|eval)_results\.json|args\.json|optimizer\.(?:pt|bin)|scheduler\.pt|scaler\.pt|rng_state(?:_\d+)?\.pth|global_step\d+\/.*|zero_to_fp32\.py|latest)$/;

/** Identity of the weights. Pure. */
export function weightsHash(files: readonly Pick<CheckpointFile, 'path' | 'sha256'>[]): string {
  const lines = files.map(({ path, sha256 }) => `${path} ${sha256}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** Identity of a model of the Hub: its commit says what its files are. Pure. */
export const hubWeightsHash = (hub: string, revision: string): string =>
  createHash('sha256').update(`hub ${hub} ${revision}`).digest('hex');

const Cached = z.record(z.string(), z.object({ bytes: z.number(), modified: z.number(), sha256: z.string() }));
type Cached = z.infer<typeof Cached>;

/**
 * Hashes the files of a checkpoint directory in flat memory; hidden files and the notes of a trainer are no part of it. Hashes are
 * remembered in `cacheFile` by path, size and time of change: a base model of many gigabytes is read once. Throws CheckpointMissing, or the
 * signal's reason.
 */
export async function hashCheckpoint(
  directory: string,
  options: HashOptions & { readonly cacheFile?: string },
): Promise<CheckpointWeights> {
  const cached = options.cacheFile === undefined ? {} : await readCache(options.cacheFile);
  const fresh: Cached = {};
  const files: CheckpointFile[] = [];
  for (const path of await checkpointFiles(directory)) {
    const { size: bytes, mtimeMs: modified } = await stat(join(directory, path));
    const key = join(directory, path);
    const known = cached[key];
    const isKnown = known !== undefined && known.bytes === bytes && known.modified === modified;
    const sha256 = isKnown ? known.sha256 : await hashFile(key, options);
    fresh[key] = { bytes, modified, sha256 };
    files.push({ path, bytes, sha256 });
  }
  if (options.cacheFile !== undefined) await writeCache(options.cacheFile, { ...cached, ...fresh });
  return { files, weightsSha256: weightsHash(files) };
}

/** Paths below the directory, sorted. */
async function checkpointFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new CheckpointMissing(
      `There is no checkpoint at ${directory}: is the directory there, and does the worker of the duty "jobs" see it under the same path as the jobs?`,
    );
  });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length).replace(/^\/+/, ''))
    .filter((path) => !NO_PART.test(path) && !path.split('/').some((part) => part.startsWith('.')));
  if (paths.length > 0) return paths.sort();
  throw new CheckpointMissing(`${directory} has no file: expected a checkpoint.`);
}

async function hashFile(path: string, { heartbeat, signal }: HashOptions): Promise<string> {
  const hash = createHash('sha256');
  const parts = createReadStream(path, { highWaterMark: HASH_PART_BYTES, signal }) as AsyncIterable<Buffer>;
  for await (const part of parts) {
    hash.update(part);
    heartbeat();
  }
  return hash.digest('hex');
}

/** A cache that can't be read is none. */
async function readCache(file: string): Promise<Cached> {
  try {
    return Cached.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
}

const files = createAtomicFiles();

async function writeCache(file: string, cached: Cached): Promise<void> {
  await files.replace(file, bytesToDisk(Buffer.from(JSON.stringify(cached))));
}
