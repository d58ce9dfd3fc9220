import type { JobEnd, JobEndReason, JobStatus } from './job-launcher.js';
import { TIME_LIMIT_MARK } from './slurm-job-script.js';

const WAITING = [
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'SPECIAL_EXIT',
  'RESIZING',
  'SUSPENDED',
  'STOPPED',
  'RESV_DEL_HOLD',
];
const RUNNING = ['RUNNING', 'COMPLETING', 'SIGNALING', 'STAGE_OUT'];
const ENDS: Readonly<Record<string, JobEndReason>> = {
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
  TIMEOUT: 'time-limit',
  DEADLINE: 'time-limit',
  OUT_OF_MEMORY: 'out-of-memory',
  PREEMPTED: 'preempted',
  NODE_FAIL: 'node-lost',
  BOOT_FAIL: 'node-lost',
};

/** What Slurm knows of a job. */
export interface SlurmJob {
  /** Such as `RUNNING`; what follows the word ("CANCELLED by 0") is cut off. */
  readonly state: string;
  /** Code and signal as Slurm writes them, "7:0". */
  readonly exitCode: string | null;
  /** Why it waits or ended, in Slurm's words. */
  readonly reason: string | null;
  /** How often Slurm started it again. */
  readonly restarts: number;
}

/** A job of `scontrol show job --oneliner`. */
export function parseScontrolJob(line: string): SlurmJob | undefined {
  const field = (name: string) => new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(line)?.[1];
  const state = field('JobState');
  if (state === undefined) return undefined;
  const reason = field('Reason');
  return {
    state: stateWord(state),
    exitCode: field('ExitCode') ?? null,
    reason: reason === 'None' ? null : (reason ?? null),
    restarts: Number(field('Restarts') ?? 0),
  };
}

/** A job of `sacct --parsable2 --noheader --format=State,ExitCode`, its first line. */
export function parseSacctJob(text: string): SlurmJob | undefined {
  const [state, exitCode = null] = text.split('\n', 1)[0]?.split('|') ?? [];
  return state ? { state: stateWord(state), exitCode, reason: null, restarts: 0 } : undefined;
}

const stateWord = (state: string): string => /^[A-Z_]+/.exec(state)?.[0] ?? state;

/** The note that the job's own script made, "7" or "124 time-limit". */
export function endOfNote(note: string): JobEnd {
  const [code = '', mark] = note.trim().split(' ');
  const exitCode = Number(code);
  const reason = mark === TIME_LIMIT_MARK ? 'time-limit' : exitCode === 0 ? 'succeeded' : 'failed';
  return { reason, exitCode, signal: null, detail: null };
}

/** What a job is, from Slurm's state. Throws RangeError for a state that Slurm does not document. */
export function statusOf(job: SlurmJob): JobStatus {
  if (WAITING.includes(job.state))
    return { state: 'queued', ...(job.reason !== null && { detail: `Slurm: ${job.reason}` }) };
  if (RUNNING.includes(job.state)) return { state: 'running' };
  const reason = ENDS[job.state];
  if (reason === undefined) throw new RangeError(`Slurm tells a state that is not known here: ${job.state}`);
  const [code, signal] = (job.exitCode ?? '').split(':').map(Number);
  return {
    state: 'ended',
    end: {
      reason,
      exitCode: code ?? null,
      signal: signal === undefined || signal === 0 || Number.isNaN(signal) ? null : String(signal),
      detail: job.reason === null ? `Slurm: ${job.state}` : `Slurm: ${job.state}, ${job.reason}`,
    },
  };
}
