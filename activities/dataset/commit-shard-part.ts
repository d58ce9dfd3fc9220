import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createGunzip, createGzip } from 'node:zlib';
import type { ObjectStore } from '../store/object-store.js';
import { createLineSplitter } from '../sources/line-splitter.js';

/** One file of a committed shard: JSON lines, gzip. */
export interface ShardPart {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  /** Of the JSON lines before compression: gzip of another machine may have other bytes. */
  readonly sha256: string;
}

/** Thrown when a part of a shard is missing or is not what was written. Trying again does not help: commit the shard again. */
export class ShardDamaged extends Error {
  override name = 'ShardDamaged';
}

/** Compresses lines as they come; only compressed bytes stay in memory. */
export interface PartWriter {
  write(line: string): Promise<void>;
  /** Stores the part under `<prefix>-<first 16 hex digits of its SHA-256>.jsonl.gz`. */
  store(store: ObjectStore, prefix: string): Promise<ShardPart>;
}

/** Level 3 of gzip: nearly the size of level 6 for text, at half of its time. */
const GZIP_LEVEL = 3;
/** A call of zlib costs as much as compressing a few KB. */
const BLOCK_BYTES = 256 * 1024;
/** No line of ours is longer; a part with one is damaged. */
const MAX_LINE_BYTES = 512 * 1024 * 1024;

export function createPartWriter(): PartWriter {
  const gzip = createGzip({ level: GZIP_LEVEL });
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let rows = 0;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));

  async function compress(): Promise<void> {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    hash.update(bytes);
    if (!gzip.write(bytes)) await once(gzip, 'drain');
  }

  return {
    async write(line) {
      const bytes = Buffer.from(`${line}\n`);
      rows += 1;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= BLOCK_BYTES) await compress();
    },
    async store(store, prefix) {
      await compress();
      const ended = once(gzip, 'end');
      gzip.end();
      await ended;
      const body = Buffer.concat(chunks);
      const sha256 = hash.digest('hex');
      const key = `${prefix}-${sha256.slice(0, 16)}.jsonl.gz`;
      await store.put(key, body);
      return { key, bytes: body.length, rows, sha256 };
    },
  };
}

/**
 * The rows of a part, in their order. Throws ShardDamaged when the object is missing or, after the last row, when its content is not what
 * was written: use nothing of a part that was not read to its end.
 */
export async function* readPart(store: ObjectStore, part: ShardPart): AsyncGenerator<unknown> {
  const where = `${part.key} in ${store.description}`;
  const stream = await store.getStream(part.key);
  if (!stream) throw new ShardDamaged(`There is no ${where}, which its shard names. Commit the shard again.`);
  const hash = createHash('sha256');
  const splitter = createLineSplitter(MAX_LINE_BYTES);
  const gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of stream.pipe(gunzip) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      for (const line of splitter.push(chunk)) yield parseLine(line, where);
    }
  } catch (error) {
    if (isDamage(error))
      throw new ShardDamaged(`${where} is not readable gzip. Commit the shard again.`, { cause: error });
    throw error;
  } finally {
    stream.destroy();
    gunzip.destroy();
  }
  const found = hash.digest('hex');
  if (found !== part.sha256) {
    throw new ShardDamaged(`${where} has the SHA-256 ${found}, expected ${part.sha256}. Commit the shard again.`);
  }
}

function parseLine(line: { readonly bytes: Buffer } | { readonly tooLongBytes: number }, where: string): unknown {
  if (!('bytes' in line)) throw new ShardDamaged(`${where} has a line of ${line.tooLongBytes} bytes.`);
  return JSON.parse(line.bytes.toString('utf8'));
}

/** Faults of the content, not of the way here: zlib's own codes, and lines that are no JSON. */
function isDamage(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('Z_');
}
