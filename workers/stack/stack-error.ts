/** A server of the embedded stack can't be found, started or reached. The message says which, why and what to do. */
export class StackError extends Error {
  override name = 'StackError';
}
