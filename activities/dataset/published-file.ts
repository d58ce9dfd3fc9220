import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from '../store/object-store.js';

/** A published file is missing or is not what its manifest says. Trying again does not help: build the data set again. */
export class PublishedFileDamaged extends Error {
  override name = 'PublishedFileDamaged';
}

/** An object as its manifest names it. */
export interface PublishedFile {
  readonly key: string;
  /** Left out: no manifest says it yet. */
  readonly sha256?: string | undefined;
}

export interface LocalCopy {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with every part that came. */
  readonly heartbeat?: (() => void) | undefined;
}

/** Copies an object to a local file in flat memory. Throws PublishedFileDamaged, or StoreError; with the signal's reason when aborted. */
export async function download(store: ObjectStore, { key, sha256 }: PublishedFile, to: LocalCopy): Promise<void> {
  const where = `${key} in ${store.description}`;
  const stream = await store.getStream(key);
  if (!stream)
    throw new PublishedFileDamaged(`There is no ${where}, which its manifest names: build the data set again.`);
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      to.heartbeat?.();
      done(null, chunk);
    },
  });
  try {
    await pipeline(stream, hashing, createWriteStream(to.path), { signal: to.signal });
  } catch (error) {
    to.signal?.throwIfAborted();
    throw error;
  }
  const found = hash.digest('hex');
  if (sha256 !== undefined && found !== sha256)
    throw new PublishedFileDamaged(
      `${where} is damaged: it has the SHA-256 ${found}, its manifest says ${sha256}: restore it, or build the data set again.`,
    );
}

/** SHA-256 of a local file. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
