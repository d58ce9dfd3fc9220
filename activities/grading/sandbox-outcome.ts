/** What a program printed. */
export interface Printed {
  readonly stdout: string;
  /** The last 4 KiB. */
  readonly stderr: string;
}

/**
 * How a run ended. All but `unavailable` were decided by the program, and it can lie about which: it may exit with any code and print any error. No
 * lie gains it more than another way to fail.
 */
export type SandboxOutcome =
  | ({ readonly kind: 'exited'; readonly exitCode: number } & Printed)
  | ({ readonly kind: 'signalled'; readonly signal: number } & Printed)
  /** `cpu`: it computed for too long. `wall`: it did not end, which on a busy machine need not be its fault. */
  | ({ readonly kind: 'time-limit'; readonly clock: 'cpu' | 'wall' } & Printed)
  | ({ readonly kind: 'memory-limit' } & Printed)
  | ({ readonly kind: 'output-limit' } & Printed)
  /** The program was not run, and nothing is known about it. */
  | { readonly kind: 'unavailable'; readonly reason: string };
