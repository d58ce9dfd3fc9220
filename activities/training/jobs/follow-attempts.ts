import { followJob, type FollowedJob } from '../../jobs/follow-job.js';
import type { JobLauncher, JobRef } from '../../jobs/job-launcher.js';
import { cancelledBy, lastAttempt, nextAttempt, noteCancellation, type TrainingAttempt } from './training-attempts.js';

/** Work that jobs do in one folder, one after another until one of them leaves its result. */
export interface Attempts<Result> {
  /** Absolute path, where the tries are noted. */
  readonly folder: string;
  readonly jobs: JobLauncher;
  /** Identity of the execution of the workflow, or of the command. */
  readonly execution: string;
  /** Aborted: the job is to end. */
  readonly cancelled: AbortSignal;
  /** The program goes on from its checkpoint when it is started again with the same configuration. */
  readonly resumesByItself: boolean;
  /** @default that of followJob */
  readonly pollMs?: number | undefined;
  /** Writes what a try reads, and notes it. */
  readonly begin: (about: Omit<TrainingAttempt, 'spec'>) => Promise<TrainingAttempt>;
  /** What a job left; undefined: nothing. */
  readonly read: () => Promise<Result | undefined>;
  /** Called at every look at the job; may throw, which leaves the job alone. */
  readonly onPoll: (job: JobRef, state: 'queued' | 'running') => Promise<void> | void;
  /** Why nothing was left, when no other try is worth it. */
  readonly failure: (followed: FollowedJob) => Promise<Error>;
}

export interface EndedAttempts<Result> {
  readonly result: Result;
  readonly job: JobRef;
  /** Times that the work was started again. */
  readonly restarts: number;
}

/**
 * Stays with the work of a folder until its result is there, beginning it unless somebody did: any number of executions may follow one job. Throws
 * `failure`, what the launcher throws, and the signal's reason.
 */
export async function followAttempts<Result>(attempts: Attempts<Result>): Promise<EndedAttempts<Result>> {
  const { folder, execution, resumesByItself, begin, read } = attempts;
  for (;;) {
    const attempt = (await lastAttempt(folder)) ?? (await begin({ number: 1, execution, interruptions: 0 }));
    const { followed, wasAtWork } = await followAttempt(attempts, attempt);
    const result = await read();
    if (result !== undefined) return { result, job: followed.ref, restarts: attempt.interruptions + followed.restarts };
    const next = nextAttempt(attempt, {
      ...{ execution, wasAtWork, end: followed.end, resumesByItself },
      cancelledBy: await cancelledBy(folder, attempt.number),
    });
    if (!next) throw await attempts.failure(followed);
    await begin(next);
  }
}

/** `wasAtWork`: the job was seen queued or running, so that it did not end before. */
async function followAttempt(
  { folder, jobs, execution, cancelled, resumesByItself, pollMs, onPoll }: Omit<Attempts<unknown>, 'read'>,
  { spec, number }: TrainingAttempt,
): Promise<{ readonly followed: FollowedJob; readonly wasAtWork: boolean }> {
  let wasAtWork = false;
  const note = (): void => noteCancellation(folder, number, execution);
  cancelled.addEventListener('abort', note, { once: true });
  try {
    const followed = await followJob(jobs, spec, {
      signal: cancelled,
      ...(!resumesByItself && { maxRestarts: 0 }),
      ...(pollMs !== undefined && { pollMs }),
      async onPoll(job, state) {
        wasAtWork = true;
        await onPoll(job, state);
      },
    });
    return { followed, wasAtWork };
  } finally {
    cancelled.removeEventListener('abort', note);
  }
}
