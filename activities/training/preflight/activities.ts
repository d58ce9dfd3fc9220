import { watching, withEffort } from '../../activity-context.js';
import type { PreflightInput, PreflightSummary } from './preflight-input.js';
import type { Preflights } from './preflight.js';

/** The activity that looks at a training before anything is booked for it, for workers that see the directories of the launchers. */
export function createPreflightActivities(preflights: Preflights) {
  /**
   * Renders, counts and compares the rows of a training that are in its folder. Fails with Training.Refused, all reasons named, when it must not
   * start; with Training.Failed, Input.Invalid or Source.Invalid when nothing can be said. Cancelling it cancels its job.
   */
  async function preflightTraining(input: PreflightInput): Promise<PreflightSummary> {
    return withEffort((effort) => {
      const { execution, cancelled, signal } = effort;
      const watch = watching(effort);
      return preflights.require(input, { execution, cancelled, signal, report: (state) => watch({ state }) });
    });
  }

  return { preflightTraining };
}
