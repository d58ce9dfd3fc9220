import type { JobEnd } from '../../jobs/job-launcher.js';
import { endWords, lastLines } from '../../jobs/job-words.js';
import type { TrainerResult } from './trainer-kind.js';

/** The training ended without a model. Trying the same again does not help: somebody has to look at it. */
export class TrainingFailed extends Error {
  override name = 'TrainingFailed';
}

/** The trainer can't train on this configuration or these rows. */
export class TrainingRefused extends Error {
  override name = 'TrainingRefused';
}

export interface EndedTraining {
  readonly student: string;
  readonly job: string;
  readonly end: JobEnd;
  /** No trained model. */
  readonly result: TrainerResult | undefined;
  /** The end of the job's output. */
  readonly log: string;
}

const ADVICE: Readonly<Record<JobEnd['reason'], string>> = {
  succeeded: 'the program ended well but left no result; its log says what it did',
  failed: 'correct what the log says and run again',
  cancelled: 'the job was cancelled outside of cotmill; run again to go on from its last checkpoint',
  'out-of-memory':
    'give its trainer more memory, or lower batchSize or maxLength, or use gradientCheckpointing or lora, and run again',
  'time-limit': "raise the trainer's timeLimitMs and run again: it goes on from its last checkpoint",
  preempted: 'it was preempted too often; run again to go on from its last checkpoint',
  'node-lost': 'its machine was lost too often; run again to go on from its last checkpoint',
};

/** PyTorch's own words: the job ends as `failed`, and the memory of the GPU was what was missing. */
const OUT_OF_GPU_MEMORY = /torch\.(?:cuda\.)?OutOfMemoryError|CUDA out of memory/i;

/** Why a training ended without a model, what to do about it, and the last lines of its log. Pure. */
export function trainingFailure({ student, job, end, result, log }: EndedTraining): TrainingRefused | TrainingFailed {
  if (result?.status === 'refused' && end.reason === 'failed')
    return new TrainingRefused(`Student ${student} can't be trained (job ${job}): ${result.reason}`);
  const reason = end.reason === 'failed' && OUT_OF_GPU_MEMORY.test(log) ? 'out-of-memory' : end.reason;
  return new TrainingFailed(
    `The training of student ${student} ended without a model: ${endWords(end, reason)}, job ${job}. What to do: ${ADVICE[reason]}.${logText(log)}`,
  );
}

function logText(log: string): string {
  const text = lastLines(log);
  return text === '' ? ' Its log is empty.' : `\nThe end of its log:\n${text}`;
}
