import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../config/canonical-json.js';
import { jobName } from '../../jobs/job-name.js';
import type { TrainingPlan } from './training-plan.js';

/** Of 63 that a job's name may have: "train-", the hash with its hyphen, and "-99-r5" for later attempts and restarts are taken. */
const NAME_CHARACTERS = 38;

/** Everything that decides about the weights. */
export interface TrainingContent extends Pick<TrainingPlan, 'method' | 'settings' | 'devices'> {
  readonly baseWeightsSha256: string;
  /** Of the files of the view. */
  readonly dataSha256: string;
  readonly control: TrainingPlan['training']['control'];
  readonly trainerKind: string;
  /** SHA-256 of the chat template that is put in place of the model's own; null: none is. */
  readonly chatTemplateSha256: string | null;
}

/** Settings that change how a training is watched and kept, not what comes out of it. */
const NOT_IN_IDENTITY = ['saveSteps', 'logSteps'] as const;

/** Identity of a training: equal ones are not done twice, whoever asks. Pure. */
export function trainingHash(content: TrainingContent): string {
  const settings = Object.fromEntries(
    Object.entries(content.settings).filter(([name]) => !(NOT_IN_IDENTITY as readonly string[]).includes(name)),
  );
  return createHash('sha256')
    .update(canonicalJson({ ...content, settings }))
    .digest('hex');
}

/** `train-<student>-<12 digits of the training's hash>`, at most 57 characters, fit for every launcher. Pure. */
export const trainingJobName = (student: string, trainingSha256: string): string =>
  jobName({ kind: 'train', about: student, sha256: trainingSha256, characters: NAME_CHARACTERS });
