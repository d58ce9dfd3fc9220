import { CancellationScope, condition } from '@temporalio/workflow';
import { canStart, finish, isDone, start, type Window } from './window.js';

/** The window of a workflow, replaced by messages and by jobs that end. */
export interface WindowHolder {
  window: Window;
}

/**
 * Runs jobs through the window until it is done. A job handles its own failures; one that throws stops the window:
 * the jobs in flight are cancelled and waited for, then the first error is thrown. Cancellation of the workflow waits for them too,
 * so that children stop their spending in order instead of being terminated.
 */
export async function runWindow(holder: WindowHolder, job: (index: number) => Promise<void>): Promise<void> {
  const jobs = new CancellationScope();
  const errors: unknown[] = [];
  const run = async (index: number): Promise<void> => {
    try {
      await job(index);
    } catch (error) {
      errors.push(error);
      holder.window = { ...holder.window, stopped: true };
      jobs.cancel();
    }
    holder.window = finish(holder.window, index);
    launch();
  };
  // A job that ends starts the next one itself, in the scope it runs in: the loop below wakes for messages alone. One round of a scope and a condition
  // are eight promises, and the SDK takes a stack trace for each.
  const launch = (): void => {
    while (canStart(holder.window)) {
      const { next } = holder.window;
      holder.window = start(holder.window);
      void run(next);
    }
  };
  try {
    while (!isDone(holder.window)) {
      await jobs.run(() => {
        launch();
        return Promise.resolve();
      });
      await condition(() => canStart(holder.window) || isDone(holder.window));
    }
  } finally {
    holder.window = { ...holder.window, stopped: true };
    await CancellationScope.nonCancellable(() => condition(() => holder.window.inFlight.length === 0));
  }
  if (errors.length > 0) throw errors[0];
}
