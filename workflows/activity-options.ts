import type { ActivityOptions } from '@temporalio/workflow';

/**
 * Calls to models. A call may wait hours for a slot or for a pool that is down, so only the heartbeat finds a lost worker;
 * it is short because cancellation, too, arrives with it. Attempts are unlimited: what must not be retried says so itself.
 */
export const asking = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  allowEagerDispatch: false,
} as const satisfies ActivityOptions;

/** Short reads and writes of the store. An outage is waited for: giving up would lose paid work. */
export const storage = {
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  allowEagerDispatch: false,
} as const satisfies ActivityOptions;

/**
 * Jobs that are stayed with for days. The short heartbeat carries how far they are, and brings cancellation; the job itself outlives every attempt, so
 * attempts are unlimited.
 */
export const following = {
  startToCloseTimeout: '60 days',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  allowEagerDispatch: false,
} as const satisfies ActivityOptions;

/** Passes over many rows: planning, shard commits, assembly. Heartbeats tell a lost worker from a long file. */
export const bulk = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
  allowEagerDispatch: false,
} as const satisfies ActivityOptions;
