import { setTimeout as delay } from 'node:timers/promises';
import type { JobEnd, JobLauncher, JobRef, JobSpec } from './job-launcher.js';

const POLL_MS = 2_000;
/** Whether an end is nobody's fault: the same work may be started again, and goes on from its last checkpoint. */
export const isRestartable = ({ reason }: Pick<JobEnd, 'reason'>): boolean =>
  reason === 'preempted' || reason === 'node-lost';

export interface FollowOptions {
  /** Called at every poll with the job that runs now, and why it waits where the system says so; may throw to stop. */
  readonly onPoll: (ref: JobRef, state: 'queued' | 'running', detail?: string) => Promise<void> | void;
  /** Aborted: the job is cancelled, its end awaited, and the signal's reason thrown. */
  readonly signal: AbortSignal;
  /** Starts after a preemption or a lost node. @default 5 */
  readonly maxRestarts?: number;
  /** @default 2 s */
  readonly pollMs?: number;
}

/** How a piece of work ended, and under which of its jobs. */
export interface FollowedJob {
  readonly ref: JobRef;
  readonly end: JobEnd;
  readonly restarts: number;
}

/**
 * Submits a job and stays with it until it has ended. Safe to run twice and by several processes: a job of that name that runs is followed, one
 * that has ended is not run again. After a preemption or the loss of a node the work is started again as `<name>-r1`, `<name>-r2` ...; other ends
 * are returned for the caller to judge. Throws what the launcher throws, and the signal's reason.
 */
export async function followJob(launcher: JobLauncher, spec: JobSpec, options: FollowOptions): Promise<FollowedJob> {
  const { maxRestarts = 5 } = options;
  for (let restarts = 0; ; restarts += 1) {
    const name = restarts === 0 ? spec.name : `${spec.name}-r${restarts}`;
    const { ref, end } = await followOne(launcher, { ...spec, name }, options);
    if (!isRestartable(end) || restarts === maxRestarts) return { ref, end, restarts };
  }
}

async function followOne(
  launcher: JobLauncher,
  spec: JobSpec,
  { onPoll, signal, pollMs = POLL_MS }: FollowOptions,
): Promise<{ readonly ref: JobRef; readonly end: JobEnd }> {
  signal.throwIfAborted();
  const ref = await launcher.submit(spec);
  try {
    for (;;) {
      const status = await launcher.poll(ref);
      if (status.state === 'ended') return { ref, end: status.end };
      // Between the submission and the start of a job that was submitted by a process that died there: starting it again starts it once.
      if (status.state === 'absent') await launcher.submit(spec);
      else await onPoll(ref, status.state, status.state === 'queued' ? status.detail : undefined);
      await delay(pollMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    await endJob(launcher, ref, { pollMs });
    throw signal.reason;
  }
}

/** Makes a job end and waits until it has. The launcher makes a job end that does not want to, so this comes to an end too. */
export async function endJob(
  launcher: JobLauncher,
  ref: JobRef,
  { pollMs, onPoll }: { readonly pollMs: number; readonly onPoll?: () => void },
): Promise<void> {
  await launcher.cancel(ref);
  while (['queued', 'running'].includes((await launcher.poll(ref)).state)) {
    onPoll?.();
    await delay(pollMs);
  }
}
