import { CommandError, EXIT } from '../exit-codes.js';

/** Ctrl-C, or SIGTERM, lets go of what is under way: the signal is aborted with words for the user. `stop` when there is nothing more to let go of. */
export function interruptible(message: string): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new CommandError(message, EXIT.cancelled));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    stop: () => void process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  };
}
