import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import { toFailure } from './failures.js';

/** Heartbeats a heartbeat timeout: a lost one or two must not look like a lost worker. */
const BEATS_PER_TIMEOUT = 4;

export interface Effort {
  /** Aborted when the activity is cancelled or the worker shuts down. */
  readonly signal: AbortSignal;
  /** Aborted when somebody asks for the activity to be cancelled, and by nothing else: ends what would go on without this worker, as a job does. */
  readonly cancelled: AbortSignal;
  /** Execution of the workflow: who pays, and whose jobs these are. */
  readonly execution: string;
  /** Shown as heartbeat details: how far the activity is. */
  readonly progress: (details: unknown) => void;
}

/** What work that pays for answers needs. */
export type PaidEffort = Pick<Effort, 'signal' | 'progress' | 'execution'>;
/** What work needs that stays with a job. */
export type WatchingEffort = Pick<Effort, 'signal' | 'cancelled' | 'progress' | 'execution'>;

/** Progress of what goes on without this worker: throws, and so leaves it at work, once the activity has to end. */
export function watching({ signal, progress }: Pick<Effort, 'signal' | 'progress'>): Effort['progress'] {
  return (details) => {
    signal.throwIfAborted();
    progress(details);
  };
}

/** Runs an activity's work with heartbeats in the background and its errors told apart once. */
export async function withEffort<Result>(work: (effort: Effort) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  // Every call of a group listens for its own cancellation; more than ten are no leak. Not 0, which means the same: Node 20 then finds that
  // the signal is no event target when undici's fetch asks for its limit.
  setMaxListeners(Infinity, context.cancellationSignal);
  let details: unknown;
  const beat = (): void => context.heartbeat(details);
  const { heartbeatTimeoutMs, workflowExecution, activityId } = context.info;
  const timer = heartbeatTimeoutMs ? setInterval(beat, heartbeatTimeoutMs / BEATS_PER_TIMEOUT) : undefined;
  try {
    return await work({
      signal: context.cancellationSignal,
      cancelled: requestsToCancel(context),
      execution: workflowExecution?.runId ?? activityId,
      progress: (next) => (details = next),
    });
  } catch (error) {
    // Rejects with the CancelledFailure that tells the server why.
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw toFailure(error, context.info.attempt);
  } finally {
    clearInterval(timer);
  }
}

function requestsToCancel(context: Context): AbortSignal {
  const requests = new AbortController();
  const { cancellationSignal: signal } = context;
  const onAbort = (): void => {
    if (context.cancellationDetails?.cancelRequested) requests.abort(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return requests.signal;
}
