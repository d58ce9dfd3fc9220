/** A step of the set-up that cannot be done. The message says what failed and what to install or set; no stack is shown. */
export class SetUpError extends Error {
  name = 'SetUpError';
}
