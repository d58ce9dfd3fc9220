import { InferenceError } from '../inference/inference.js';
import { StoreError } from '../store/object-store.js';

/** The error that decides about a group of asks: what an operator must mend, then what is this program's fault, then what will pass. */
export function worstError(errors: readonly unknown[]): unknown {
  return [...errors].sort((a, b) => gravity(b) - gravity(a))[0];
}

function gravity(error: unknown): number {
  if (error instanceof InferenceError) return error.kind === 'misconfigured' ? 4 : error.kind === 'unavailable' ? 1 : 0;
  if (error instanceof StoreError) return error.kind === 'unavailable' ? 1 : 4;
  return isAbort(error) ? 3 : 2;
}

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelledFailure');
