import { Readable } from 'node:stream';
import { readFile } from 'node:fs/promises';
import type { ObjectInfo, ObjectStore } from '../../activities/store/object-store.js';

/** A store in memory that records its writes. Streams come in chunks of `chunkBytes`. */
export interface MemoryStore extends ObjectStore {
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** Keys in the order in which they were written. */
  readonly writes: readonly string[];
  /** Whole-object reads by key. */
  readonly reads: readonly string[];
}

export interface MemoryStoreOptions {
  readonly chunkBytes?: number;
  /** Called before a write; may throw in place of it. */
  readonly beforePut?: (key: string) => void;
}

export function createMemoryStore({ chunkBytes = 65_536, beforePut }: MemoryStoreOptions = {}): MemoryStore {
  const objects = new Map<string, Uint8Array>();
  const writes: string[] = [];
  const reads: string[] = [];

  function write(key: string, body: Uint8Array): void {
    beforePut?.(key);
    objects.set(key, Uint8Array.from(body));
    writes.push(key);
  }

  async function* list(prefix: string): AsyncGenerator<ObjectInfo> {
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      yield await Promise.resolve({ key, bytes: objects.get(key)?.byteLength ?? 0 });
    }
  }

  return {
    description: 'memory',
    objects,
    writes,
    reads,
    get(key) {
      reads.push(key);
      return Promise.resolve(objects.get(key));
    },
    async put(key, body) {
      await Promise.resolve();
      write(key, body);
    },
    async putIfAbsent(key, body) {
      await Promise.resolve();
      if (objects.has(key)) return false;
      write(key, body);
      return true;
    },
    stat(key) {
      const body = objects.get(key);
      return Promise.resolve(body && { key, bytes: body.byteLength });
    },
    list,
    delete(key) {
      objects.delete(key);
      return Promise.resolve();
    },
    getStream(key) {
      const body = objects.get(key);
      return Promise.resolve(body && Readable.from(chunksOf(body, chunkBytes), { objectMode: false }));
    },
    async putFile(key, localPath) {
      write(key, await readFile(localPath));
    },
  };
}

export function* chunksOf(bytes: Uint8Array, chunkBytes: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += chunkBytes)
    yield Buffer.from(bytes.subarray(start, start + chunkBytes));
}
