import { createHash } from 'node:crypto';
import { requestBody } from '../../activities/inference/request-body.js';
import { decodeRecord } from '../../activities/ledger/record-codec.js';
import type { CallRecord } from '../../activities/ledger/record.js';
import type { ObjectStore } from '../../activities/store/object-store.js';

const PREFIX = 'calls/';
const READS_AT_ONCE = 32;

/** Keys of all calls in the ledger. */
export async function ledgerKeys(store: ObjectStore): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { key } of store.list(PREFIX)) keys.add(key.slice(key.lastIndexOf('/') + 1));
  return keys;
}

/** What the request log calls a request, by its record: the sha256 of the body that was sent. Pure. */
export const bodyHash = ({ key, request }: Pick<CallRecord, 'key' | 'request'>): string =>
  createHash('sha256')
    .update(JSON.stringify(requestBody(request, { key, structuredOutput: true })))
    .digest('hex');

export async function readRecord(store: ObjectStore, key: string): Promise<CallRecord> {
  const body = await store.get(`${PREFIX}${key.slice(0, 2)}/${key}`);
  if (!body) throw new Error(`the ledger lost ${key}`);
  return decodeRecord(body, key);
}

/** Body hashes of these records, added to `known`: equal requests have equal keys, whichever run sent them. */
export async function readBodyHashes(
  store: ObjectStore,
  keys: Iterable<string>,
  known: Map<string, string>,
): Promise<void> {
  const missing = [...keys].filter((key) => !known.has(key));
  const next = missing.values();
  const read = async (): Promise<void> => {
    for (const key of next) known.set(key, bodyHash(await readRecord(store, key)));
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, read));
}
