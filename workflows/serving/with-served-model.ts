import { CancellationScope, isCancellation, proxyActivities, uuid4 } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type { ModelToServe, ServedModel } from '../../activities/serving/served-model.js';
import { bulk, following } from '../activity-options.js';
import { rootFailure } from '../failures.js';
import { JOBS_QUEUE } from '../task-queues.js';

/** Starts after a server was lost, one piece of work. [ours] */
const MAX_RESTARTS = 5;
const NAME_DIGITS = 8;

const { startServing } = proxyActivities<Activities>({ ...following, taskQueue: JOBS_QUEUE });
const { holdServing } = proxyActivities<Activities>({
  ...following,
  taskQueue: JOBS_QUEUE,
  // Whoever has what he wanted need not wait until the next heartbeat has told it.
  cancellationType: 'TRY_CANCEL',
});
const { stopServing } = proxyActivities<Activities>({ ...bulk, taskQueue: JOBS_QUEUE });

/**
 * Serves a model while the work goes on, and ends the server whatever becomes of it. When the server is lost the work is cancelled and done again with
 * a new one, so it has to find what it has done: answers are in the ledger. Fails with Serving.Failed; with Serving.Lost after the last restart; as the
 * work does.
 */
export async function withServedModel<Result>(
  toServe: ModelToServe,
  work: (served: ServedModel) => Promise<Result>,
): Promise<Result> {
  // A name of its own every time: jobs that have ended do not start again, neither for a run of the same name nor after a reset.
  const owner = `${toServe.owner}-${uuid4().slice(0, NAME_DIGITS)}`;
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await serveOnce({ ...toServe, owner: restarts === 0 ? owner : `${owner}-r${restarts}` }, work);
    } catch (error) {
      const isLost = !isCancellation(error) && rootFailure(error)?.type === 'Serving.Lost';
      if (!isLost || restarts === MAX_RESTARTS) throw error;
    }
  }
}

async function serveOnce<Result>(
  toServe: ModelToServe,
  work: (served: ServedModel) => Promise<Result>,
): Promise<Result> {
  const served = await startServing(toServe);
  try {
    return await whileHeld(served, work);
  } finally {
    await CancellationScope.nonCancellable(() => stopServing(served));
  }
}

/** Work and hold side by side: when one ends the other is cancelled, and waited for. */
const whileHeld = <Result>(served: ServedModel, work: (served: ServedModel) => Promise<Result>): Promise<Result> =>
  CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const working = work(served);
    const holding = holdServing(served);
    try {
      // It ends by being cancelled, or fails.
      return await Promise.race([working, holding.then(() => working)]);
    } finally {
      scope.cancel();
      await Promise.allSettled([working, holding]);
    }
  });
