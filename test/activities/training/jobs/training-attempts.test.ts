import { describe, expect, it } from 'vitest';
import type { JobEnd } from '../../../../activities/jobs/job-launcher.js';
import { beginAttempt, lastAttempt, nextAttempt } from '../../../../activities/training/jobs/training-attempts.js';
import { temporaryDirectory } from '../../../support/temporary-directory.js';

const end = (reason: JobEnd['reason'], more: Partial<JobEnd> = {}): JobEnd => ({
  ...{ reason, exitCode: null, signal: null, detail: null },
  ...more,
});
const OWN = { number: 2, execution: 'this', interruptions: 0 };
const OTHER = { ...OWN, execution: 'other', interruptions: 3 };
const KILLED = end('failed', { signal: 'SIGKILL' });

describe('what follows a try that ended without a model', () => {
  const next = (interruptions: number) => ({ number: 3, execution: 'this', interruptions });
  interface Case {
    readonly attempt?: typeof OWN;
    readonly wasAtWork?: boolean;
    readonly end: JobEnd;
    readonly cancelledBy?: string;
    readonly next: ReturnType<typeof next> | undefined;
  }

  it.each<[string, Case]>([
    ['own, failed', { end: end('failed', { exitCode: 1 }), next: undefined }],
    ['own, out of memory', { end: end('out-of-memory', { signal: 'SIGKILL' }), next: undefined }],
    ['own, cancelled by somebody', { end: end('cancelled'), next: undefined }],
    ['own, preempted as often as is right', { end: end('preempted'), next: undefined }],
    ['own, killed', { end: KILLED, next: next(1) }],
    ['own, killed in a container', { end: end('failed', { exitCode: 137 }), next: next(1) }],
    ['own, killed again and again', { attempt: { ...OWN, interruptions: 3 }, end: KILLED, next: undefined }],
    ['another run’s, ended before', { attempt: OTHER, wasAtWork: false, end: end('failed'), next: next(0) }],
    ['another run’s, cancelled by somebody', { attempt: OTHER, end: end('cancelled'), next: undefined }],
    [
      'another run’s, cancelled with it',
      { attempt: OTHER, end: end('cancelled'), cancelledBy: 'other', next: next(0) },
    ],
    ['own, cancelled with another run', { end: end('cancelled'), cancelledBy: 'other', next: next(0) }],
    ['another run’s, failed before our eyes', { attempt: OTHER, end: end('failed', { exitCode: 1 }), next: undefined }],
    ['another run’s, killed before our eyes', { attempt: OTHER, end: KILLED, next: next(1) }],
  ])('%s', (_name, { attempt = OWN, wasAtWork = true, end: ended, cancelledBy, next: expected }) => {
    expect(nextAttempt(attempt, { execution: 'this', wasAtWork, end: ended, cancelledBy })).toEqual(expected);
  });

  it('is a new try with a new configuration where the program does not resume by itself', () => {
    const context = { execution: 'this', wasAtWork: true, resumesByItself: false };
    expect(nextAttempt(OWN, { ...context, end: end('preempted') })).toMatchObject({ number: 3, interruptions: 1 });
    expect(nextAttempt(OWN, { ...context, end: end('time-limit') })).toBeUndefined();
  });

  it('is begun by one of several', async () => {
    const directory = temporaryDirectory('attempts');
    const { path } = directory;
    try {
      expect(await lastAttempt(path)).toBeUndefined();
      const begin = (execution: string, number: number) =>
        beginAttempt(path, {
          ...{ number, execution, interruptions: 0 },
          spec: { name: 'train-a-0', command: ['true'], directory: path, resources: { cpus: 1 } },
        });
      const both = await Promise.all([begin('one', 1), begin('other', 1)]);
      expect(both[0]).toEqual(both[1]);
      expect(await lastAttempt(path)).toEqual(both[0]);
      await begin('later', 10);
      expect(await lastAttempt(path)).toMatchObject({ number: 10, execution: 'later' });
    } finally {
      directory.remove();
    }
  });
});
