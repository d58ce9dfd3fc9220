import { InferenceError } from '../inference/inference.js';
import { StoreError } from '../store/object-store.js';

/** Waits for all, then throws the {@link worstError} if any failed: what the others paid for is kept by then. */
export async function allOrWorst<Result>(work: readonly Promise<Result>[]): Promise<Result[]> {
  const settled = await Promise.allSettled(work);
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failures.length > 0) throw worstError(failures);
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

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
