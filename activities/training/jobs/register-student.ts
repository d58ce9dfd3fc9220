import { stat } from 'node:fs/promises';
import type { JobLauncher, JobRef } from '../../jobs/job-launcher.js';
import type { TrainedStudent } from '../../models/model-manifest.js';
import { registerModel, trainedStudent, type ModelDocument } from '../../models/model-registry.js';
import { hashCheckpoint, type HashOptions } from '../../models/weights.js';
import { jsonDocument } from '../../store/json-objects.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { TrainingRuns } from './run-training.js';
import type { FinishedTraining, TrainingPlan } from './training-plan.js';

export interface RegisterInput {
  readonly run: string;
  readonly plan: TrainingPlan;
  readonly finished: FinishedTraining;
  /** Store key of the report of the preflight; null: there was none. */
  readonly preflightKey: string | null;
}

/** Registers what a training left. Safe to run twice. Throws ModelExists, CheckpointMissing, StoreError, or the signal's reason. */
export function createStudentRegistration({
  store,
  runs,
}: {
  readonly store: ObjectStore;
  readonly runs: TrainingRuns;
}) {
  return async function register(input: RegisterInput, options: HashOptions): Promise<TrainedStudent> {
    const { run, plan, finished, preflightKey } = input;
    const { result, folder, launcher } = await runs.collect(plan);
    const weights = await hashCheckpoint(result.model, options);
    const { steps, rows, tokens, loss, seconds, versions } = result;
    const documents = [
      { path: 'config.json', localPath: folder.config },
      { path: 'loss-curve.json', text: jsonDocument(result.lossCurve) },
      { path: 'output.log', text: await wholeLog(launcher.jobs, finished.job) },
      ...(await preflightDocument(store, preflightKey)),
    ];
    const { manifest, published } = await registerModel(
      store,
      {
        schema: 1,
        ...plan.student,
        method: plan.method,
        base: plan.base,
        training: plan.training,
        settings: plan.settings,
        trainingSha256: plan.trainingSha256,
        trainer: plan.trainer,
        checkpoint: { directory: result.model, files: [...weights.files] },
        weightsSha256: weights.weightsSha256,
        result: { steps, rows, tokens, loss, seconds, restarts: finished.restarts },
        versions: { ...versions },
        run,
        finishedAt: (await stat(result.model)).mtime.toISOString(),
      },
      documents,
    );
    return trainedStudent(manifest, published);
  };
}

/** Longest log that is kept. */
const MAX_LOG_CHARACTERS = 2_000_000;

/** What the job that finished a training said, from its start. */
async function wholeLog(jobs: JobLauncher, job: JobRef): Promise<string> {
  let text = '';
  for (let from = 0; text.length < MAX_LOG_CHARACTERS;) {
    const part = await jobs.logs(job, from);
    if (part.nextOffset <= from) break;
    text += part.text;
    from = part.nextOffset;
  }
  return text;
}

async function preflightDocument(store: ObjectStore, key: string | null): Promise<ModelDocument[]> {
  const bytes = key === null ? undefined : await store.get(key);
  return bytes ? [{ path: 'preflight.json', text: Buffer.from(bytes).toString('utf8') }] : [];
}
