import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Compression } from './decompress.js';
import type { InputFile } from './source-input.js';
import { readJsonl } from './read-jsonl.js';
import { readParquet } from './read-parquet.js';
import { SourceError } from './source-error.js';
import type { SourceItem } from './source-item.js';

const READABLE_NAMES = 'a name that ends in .jsonl, .jsonl.gz, .jsonl.zst or .parquet';
const JSONL_NAME = /\.(?:jsonl|ndjson)(?:\.(gz|zst))?$/;

export interface ReadFileOptions {
  /** Objects that can't be streamed are downloaded below it, and deleted when read. */
  readonly temporaryDirectory: string;
  /** Called as bytes arrive; may throw to stop. */
  readonly onProgress?: () => void;
  /** Ends a download that waits for the network. */
  readonly signal?: AbortSignal | undefined;
}

/** A file being read. */
export interface FileReading {
  readonly items: AsyncIterable<SourceItem>;
  /** SHA-256 of the file's bytes, once all of them were read; undefined before, and for local Parquet, which is read by parts. */
  sha256(): string | undefined;
}

/** How a file is read: as Parquet, or as JSON Lines under a compression. */
export type FileForm = 'parquet' | Compression;

/** The form that a file's name says: .jsonl or .ndjson, also .gz or .zst, or .parquet. Throws SourceError for other names. */
export function fileForm(path: string): FileForm {
  if (path.endsWith('.parquet')) return 'parquet';
  const match = JSONL_NAME.exec(path);
  if (match === null) throw new SourceError(`${path} has a form that can't be read: expected ${READABLE_NAMES}.`);
  return match[1] === 'gz' ? 'gzip' : match[1] === 'zst' ? 'zstd' : 'none';
}

/** Reads a file in the form that its name says. Throws SourceError for other names, and for bytes of another SHA-256 than is known. */
export function readFile(file: InputFile, options: ReadFileOptions): FileReading {
  let sha256: string | undefined;
  const onEnd = (digest: string) => (sha256 = digest);
  const bytes = () => hashed(file, options, onEnd);
  const form = fileForm(file.path);
  const items =
    form === 'parquet'
      ? readAnyParquet(file, { ...options, bytes, onEnd })
      : readJsonl(bytes(), { compression: form, name: file.path });
  return { items, sha256: () => sha256 };
}

async function* hashed(
  file: InputFile,
  options: ReadFileOptions,
  onEnd: (sha256: string) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of (await file.open(options.signal)) as AsyncIterable<Uint8Array>) {
    options.onProgress?.();
    hash.update(chunk);
    yield chunk;
  }
  const digest = hash.digest('hex');
  if (file.sha256 !== undefined && file.sha256 !== digest)
    throw new SourceError(
      `${file.path} was read with the SHA-256 ${digest}, expected ${file.sha256}: it is damaged where it lies, or was on the way. Run again; if it stays so, get the file from another place.`,
    );
  onEnd(digest);
}

interface ParquetOptions extends ReadFileOptions {
  readonly bytes: () => AsyncIterable<Uint8Array>;
  readonly onEnd: (sha256: string) => void;
}

/** Where it lies, where its input keeps it, or from a copy that is deleted. */
async function* readAnyParquet(file: InputFile, options: ParquetOptions): AsyncGenerator<SourceItem> {
  const localPath = file.localPath ?? (await file.keep?.(options.signal));
  if (localPath !== undefined) {
    yield* readParquet(localPath, file.path);
    // Compared when it was brought there.
    if (file.keep !== undefined && file.sha256 !== undefined) options.onEnd(file.sha256);
    return;
  }
  const directory = await mkdtemp(join(options.temporaryDirectory, 'download-'));
  try {
    const copy = join(directory, 'rows.parquet');
    await pipeline(options.bytes(), createWriteStream(copy));
    yield* readParquet(copy, file.path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
