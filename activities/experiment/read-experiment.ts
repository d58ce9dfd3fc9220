import type { ObjectStore } from '../store/object-store.js';
import { experimentRecordKey, type ExperimentRecord } from './experiment-record.js';

/** What the newest execution of a run found; undefined when it has no experiment. Throws StoreError, or Error when the object is no record. */
export async function readExperimentRecord(store: ObjectStore, run: string): Promise<ExperimentRecord | undefined> {
  const key = experimentRecordKey(run);
  const bytes = await store.get(key);
  if (!bytes) return undefined;
  const where = `${key} in ${store.description}`;
  try {
    const record = JSON.parse(Buffer.from(bytes).toString('utf8')) as ExperimentRecord;
    if (record.schema === 1) return record;
  } catch (cause) {
    throw new Error(`${where} is not JSON: expected the results of an experiment.`, { cause });
  }
  throw new Error(`${where} is of another schema than 1: it was written by another version of cotmill.`);
}
