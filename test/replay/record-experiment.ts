import { startRun } from '../../workers/run-client.js';
import { smallExperiment, writeSmallExperiment } from '../support/small-experiment.js';
import type { System } from '../support/system.js';
import type { RecordHistory } from './record-selection.js';

/** A run that trains students one after the other, with a control, asks them and other models, and misses a gate. */
export async function recordExperiment(system: System, record: RecordHistory): Promise<void> {
  const name = 'taught';
  writeSmallExperiment(system.directory, name);
  await (await startRun(system.client, { run: name, recipe: smallExperiment(name) })).result();
  await record(name, 'distill-experiment');
  await record(`${name}/experiment`, 'experiment');
  await record(`${name}/student/${name}-next`, 'train-student');
  await record(`${name}/student/${name}-control`, 'train-student-control');
  await record(`${name}/evaluation/held-out/fake`, 'evaluate-model-pool');
  await record(`${name}/evaluation/held-out/${name}-next`, 'evaluate-model-served');
}
