import { StoreError, type ObjectStore } from '../store/object-store.js';
import { LedgerCorrupt, type Ledger } from './ledger.js';
import { createRecordCache } from './record-cache.js';
import { decodeRecord, encodeRecord } from './record-codec.js';
import type { CallRecord, Role } from './record.js';

export { LedgerCorrupt } from './ledger.js';

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;
/** Whose answers are texts, which later steps and the commit of a shard read. What a judge says becomes a value, and its record is not read again. */
const AUTHORS: ReadonlySet<Role> = new Set(['teacher', 'solver', 'rewriter', 'student']);

export interface StoreLedgerOptions {
  /** Memory for the records of texts used last, in bytes. Default 32 MiB; 0 keeps none. */
  readonly cacheBytes?: number;
}

/** Key of a record in the store; two hexadecimal digits spread directories over file systems and prefixes over S3. */
export const recordKey = (key: string): string => `calls/${key.slice(0, 2)}/${key}`;

/** A look into the store on its way. */
interface Reading {
  readonly found: Promise<CallRecord | undefined>;
  /** Recorded by this process since it began. */
  recorded: CallRecord | undefined;
}

/**
 * The ledger in a store, one JSON object a call, shared by any number of workers. Records never change, so a text that was read or
 * written once is answered from memory; concurrent finds of one key share one read.
 */
export function createStoreLedger(store: ObjectStore, options: StoreLedgerOptions = {}): Ledger {
  const cache = createRecordCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const readings = new Map<string, Reading>();

  async function read(key: string): Promise<CallRecord | undefined> {
    const body = await store.get(recordKey(key));
    return body ? remembered(decode(body, key)) : readings.get(key)?.recorded;
  }

  function remembered(record: CallRecord): CallRecord {
    if (AUTHORS.has(record.request.role)) cache.add(record);
    return record;
  }

  function find(key: string): Promise<CallRecord | undefined> {
    const known = cache.get(key);
    if (known) return Promise.resolve(known);
    const shared = readings.get(key);
    if (shared) return shared.found;
    const found = read(key);
    readings.set(key, { found, recorded: undefined });
    const end = (): unknown => readings.delete(key);
    found.then(end, end);
    return found;
  }

  async function record(paid: CallRecord): Promise<{ record: CallRecord; repeated: boolean }> {
    const body = encodeRecord(paid);
    const isFirst = await store.putIfAbsent(recordKey(paid.key), body);
    const kept = isFirst ? paid : await storedOr(paid, body);
    const reading = readings.get(paid.key);
    if (reading) reading.recorded = kept;
    return { record: remembered(kept), repeated: kept !== paid };
  }

  /** The record that was there before; the paid one itself when a network lost the answer to a write that had succeeded. */
  async function storedOr(paid: CallRecord, body: Uint8Array): Promise<CallRecord> {
    const stored = await store.get(recordKey(paid.key));
    if (!stored) throw vanished(paid.key);
    return Buffer.compare(stored, body) === 0 ? paid : decode(stored, paid.key);
  }

  const vanished = (key: string) =>
    new StoreError(
      'unavailable',
      `${recordKey(key)} was there and is gone (${store.description}): is someone deleting records of the ledger?`,
    );

  return { find, record };
}

function decode(body: Uint8Array, key: string): CallRecord {
  try {
    return decodeRecord(body, key);
  } catch (error) {
    throw new LedgerCorrupt(recordKey(key), error instanceof Error ? error.message : String(error), { cause: error });
  }
}
