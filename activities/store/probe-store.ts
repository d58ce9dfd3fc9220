import { randomUUID } from 'node:crypto';
import { StoreError, type ObjectStore } from './object-store.js';

const FIRST = new TextEncoder().encode('first');
const SECOND = new TextEncoder().encode('second');

/**
 * Writes, reads, lists and deletes one small object and checks that a conditional write is honoured: without it two workers could each
 * believe that their paid answer is the one kept. Resolves when the store can be used; throws StoreError saying what is wrong.
 */
export async function probeStore(store: ObjectStore): Promise<void> {
  const key = `probe/${randomUUID()}`;
  try {
    const created = await store.putIfAbsent(key, FIRST);
    const createdAgain = await store.putIfAbsent(key, SECOND);
    if (!created || createdAgain) throw ignoresConditions(store);
    await expectContent(store, key);
    await expectListed(store, key);
  } catch (error) {
    // The first fault is the one to tell, so a second one while tidying up is passed over.
    await store.delete(key).catch(() => undefined);
    throw error;
  }
  await store.delete(key);
}

const ignoresConditions = (store: ObjectStore) =>
  new StoreError(
    'misconfigured',
    `The store (${store.description}) does not honour conditional writes: a second "write if absent" of one key ` +
      'succeeded. Use a server that supports PUT with If-None-Match: * (AWS, SeaweedFS, MinIO, Ceph, R2 do).',
  );

async function expectContent(store: ObjectStore, key: string): Promise<void> {
  const content = await store.get(key);
  if (content && Buffer.compare(content, FIRST) === 0) return;
  throw new StoreError(
    'misconfigured',
    `The store (${store.description}) returned other bytes than were written to ${key}.`,
  );
}

async function expectListed(store: ObjectStore, key: string): Promise<void> {
  for await (const info of store.list(key)) {
    if (info.key === key && info.bytes === FIRST.length) return;
  }
  throw new StoreError(
    'misconfigured',
    `The store (${store.description}) does not list ${key}, which it has: its listings cannot be relied on.`,
  );
}
