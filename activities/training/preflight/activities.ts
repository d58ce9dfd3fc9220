import { Context } from '@temporalio/activity';
import { withEffort } from '../../activity-context.js';
import type { PreflightInput, PreflightSummary } from './preflight-input.js';
import type { Preflights } from './preflight.js';

/** The activity that looks at a training before anything is booked for it, for workers that see the directories of the launchers. */
export function createPreflightActivities(preflights: Preflights) {
  /**
   * Renders, counts and compares the rows of a training that are in its folder. Fails with Training.Refused, all reasons named, when it must not
   * start; with Training.Failed, Input.Invalid or Source.Invalid when nothing can be said. Cancelling it cancels its job.
   */
  async function preflightTraining(input: PreflightInput): Promise<PreflightSummary> {
    return withEffort(async ({ signal, progress }) => {
      const context = Context.current();
      const end = new AbortController();
      const onAbort = (): void => {
        if (context.cancellationDetails?.cancelRequested) end.abort(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      return await preflights.require(input, {
        execution: context.info.workflowExecution?.runId ?? context.info.activityId,
        cancelled: end.signal,
        signal,
        report: (state) => {
          signal.throwIfAborted();
          progress({ state });
        },
      });
    });
  }

  return { preflightTraining };
}
