import { describe, expect, it } from 'vitest';
import {
  trainingFailure,
  TrainingFailed,
  TrainingRefused,
} from '../../../../activities/training/jobs/judge-training.js';
import type { JobEnd } from '../../../../activities/jobs/job-launcher.js';

const failure = (reason: JobEnd['reason'], { log = '', exitCode = null as number | null } = {}) =>
  trainingFailure({
    ...{ student: 's', job: 'train-s-1', log, result: undefined },
    end: { reason, exitCode, signal: null, detail: null },
  });

describe('a training that ended without a model', () => {
  it.each([
    ['failed', { exitCode: 1 }, /failed, exit code 1, job train-s-1\. What to do: correct what the log says/],
    ['out-of-memory', {}, /out-of-memory.*lower batchSize or maxLength/],
    ['failed', { exitCode: 1, log: 'torch.OutOfMemoryError: CUDA out of memory. Tried' }, /out-of-memory, exit code 1/],
    ['time-limit', {}, /raise the trainer's timeLimitMs and run again: it goes on from its last checkpoint/],
    ['cancelled', {}, /cancelled outside of cotmill/],
    ['succeeded', { exitCode: 0 }, /the program ended well but left no result/],
    ['node-lost', {}, /Its log is empty/],
  ] as const)('%s: says what to do', (reason, about, message) => {
    const error = failure(reason, about);
    expect(error).toBeInstanceOf(TrainingFailed);
    expect(error.message).toMatch(message);
  });

  it('says what the trainer refused', () => {
    const end = { reason: 'failed', exitCode: 2, signal: null, detail: null } as const;
    const result = { status: 'refused', reason: 'beta: DPO needs one' } as const;
    const error = trainingFailure({ student: 's', job: 'train-s-1', end, result, log: '' });
    expect(error).toBeInstanceOf(TrainingRefused);
    expect(error.message).toBe("Student s can't be trained (job train-s-1): beta: DPO needs one");
  });
});
