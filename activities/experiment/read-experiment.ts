import { readSchemaOne } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { experimentRecordKey, type ExperimentRecord } from './experiment-record.js';

/** What the newest execution of a run found; undefined when it has no experiment. Throws StoreError, or Error when the object is no record. */
export async function readExperimentRecord(store: ObjectStore, run: string): Promise<ExperimentRecord | undefined> {
  return readSchemaOne(store, experimentRecordKey(run));
}
