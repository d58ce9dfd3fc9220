import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { ConfigError } from '../config/config-error.js';
import { ShardDamaged } from './dataset/commit-shard-part.js';
import { DatasetExists } from './dataset/manifest.js';
import { HarnessFailed } from './evaluation/harness/harness-failed.js';
import { MathVerifyUnavailableError } from './grading/math-verify.js';
import { JobConflict, JobLauncherError } from './jobs/job-launcher.js';
import { ModelExists } from './models/model-registry.js';
import { CheckpointMissing } from './models/weights.js';
import { PlanCorrupt } from './dataset/plan-manifest.js';
import { InferenceError, type InferenceErrorKind } from './inference/inference.js';
import { PublishError } from './publication/publish-error.js';
import { LedgerCorrupt } from './ledger/store-ledger.js';
import { CodeSandboxUnavailable } from './question/check-answer.js';
import { PublishedFileDamaged } from './dataset/published-file.js';
import { ServingFailed, ServingLost } from './serving/serving-error.js';
import { TrainingShortfall } from './selection/select-chains.js';
import { TrainingSetExists } from './selection/training-manifest.js';
import { SourceError, SourceUnavailable } from './sources/source-error.js';
import { StoreError } from './store/object-store.js';
import { TrainingFailed, TrainingRefused } from './training/jobs/judge-training.js';

/** Attempts after which an error that nothing here knows is taken for a fault of the program and given up. */
const MAX_UNKNOWN_ATTEMPTS = 5;

const POOL_FAILURE: Record<InferenceErrorKind, { type: string; retry: boolean }> = {
  overloaded: { type: 'Pool.Overloaded', retry: true },
  unavailable: { type: 'Pool.Unavailable', retry: true },
  rejected: { type: 'Pool.Rejected', retry: false },
  misconfigured: { type: 'Pool.Misconfigured', retry: false },
};

const LAUNCHER_UNAVAILABLE = { type: 'Launcher.Unavailable', retry: true };
const LAUNCHER_REFUSED = { type: 'Launcher.Refused', retry: false };

/** Errors that another attempt ends with again, and the type of their failure. */
const FINAL: readonly (readonly [kind: abstract new (...input: never[]) => Error, type: string])[] = [
  [ConfigError, 'Input.Invalid'],
  [SourceError, 'Source.Invalid'],
  [PlanCorrupt, 'Source.Invalid'],
  [ShardDamaged, 'Store.Damaged'],
  [PublishedFileDamaged, 'Store.Damaged'],
  [DatasetExists, 'Dataset.Exists'],
  [TrainingSetExists, 'Training.Exists'],
  [TrainingShortfall, 'Training.Shortfall'],
  [MathVerifyUnavailableError, 'Grader.Unavailable'],
  [CodeSandboxUnavailable, 'Grader.Unavailable'],
  [LedgerCorrupt, 'Ledger.Corrupt'],
  [JobConflict, 'Job.Conflict'],
  [ModelExists, 'Model.Exists'],
  [CheckpointMissing, 'Model.Missing'],
  [TrainingRefused, 'Training.Refused'],
  [TrainingFailed, 'Training.Failed'],
  [HarnessFailed, 'Harness.Failed'],
  [ServingFailed, 'Serving.Failed'],
  [ServingLost, 'Serving.Lost'],
];

/** Says once, for every activity, which errors are worth another attempt and how long to wait for it. */
export function toFailure(error: unknown, attempt: number): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof InferenceError)
    return failure(error, { ...POOL_FAILURE[error.kind], delayMs: error.retryAfterMs });
  if (error instanceof StoreError) {
    return error.kind === 'unavailable'
      ? failure(error, { type: 'Store.Unavailable', retry: true })
      : failure(error, { type: 'Store.Misconfigured', retry: false });
  }
  if (error instanceof JobLauncherError)
    return failure(error, error.retryable ? LAUNCHER_UNAVAILABLE : LAUNCHER_REFUSED);
  if (error instanceof SourceUnavailable) return failure(error, { type: 'Source.Unavailable', retry: true });
  if (error instanceof PublishError) return failure(error, publishFailure(error));
  const final = FINAL.find(([kind]) => error instanceof kind);
  if (final && error instanceof Error) return failure(error, { type: final[1], retry: false });
  return attempt < MAX_UNKNOWN_ATTEMPTS || !(error instanceof Error)
    ? error
    : failure(error, { type: 'Internal', retry: false });
}

const publishFailure = ({ kind, retryAfterMs }: PublishError) =>
  kind === 'unavailable' || kind === 'overloaded'
    ? { type: 'Publish.Unavailable', retry: true, delayMs: retryAfterMs }
    : { type: kind === 'exists' ? 'Publish.Exists' : 'Publish.Refused', retry: false };

function failure(
  cause: Error,
  { type, retry, delayMs }: { type: string; retry: boolean; delayMs?: number | undefined },
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: cause.message,
    nonRetryable: !retry,
    // What passes by itself must not light up the failure metrics.
    ...(retry && { category: ApplicationFailureCategory.BENIGN }),
    ...(delayMs !== undefined && { nextRetryDelay: delayMs }),
  });
}
