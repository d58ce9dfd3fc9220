import type { Readable } from 'node:stream';

/** What a listing tells of an object. `key` has no leading slash and uses "/" between segments. */
export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
}

/**
 * A flat, durable key-value store of immutable-by-convention objects. Contract (one suite over every driver):
 * an acknowledged write survives a crash of the process; nothing half-written is ever visible; listings are complete or fail.
 * Every method throws {@link StoreError} when the store can't be reached or refuses, and TypeError for a key or prefix that no store may
 * hold: see object-key.ts (segments of letters, digits, ".", "_", "=" and "-").
 */
export interface ObjectStore {
  /** For messages: where this store is, without secrets. */
  readonly description: string;
  /** The whole object, or undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Writes or replaces. */
  put(key: string, body: Uint8Array): Promise<void>;
  /**
   * Writes unless the key exists; exactly one of several racers gets true. Over a network the winner's answer may be lost and asked for
   * again: then all get false, and the object tells whose it is.
   */
  putIfAbsent(key: string, body: Uint8Array): Promise<boolean>;
  stat(key: string): Promise<ObjectInfo | undefined>;
  /**
   * All objects whose key starts with the prefix (it may end inside a segment), each once; those of one directory, which is the key up to
   * its last slash, in ascending order. Directories come whole keys ascending from some servers, names ascending from others (does "a/1"
   * come before "a-b"?): sort where that matters.
   */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Deletes; absent is no error. */
  delete(key: string): Promise<void>;
  /** Streams an object of any size, or undefined when there is none. A stream that fails ends with a StoreError; destroy what is not read to its end. */
  getStream(key: string): Promise<Readable | undefined>;
  /** Uploads a local file of any size, visible only when complete. A local file that can't be read is Node's own error. */
  putFile(key: string, localPath: string): Promise<void>;
}

/** The store could not be reached or refused. `kind` says whether waiting can help. */
export class StoreError extends Error {
  override name = 'StoreError';
  readonly kind: 'unavailable' | 'denied' | 'misconfigured';

  constructor(kind: StoreError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
