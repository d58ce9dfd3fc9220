import { SourceError } from '../activities/sources/source-error.js';
import { StoreError } from '../activities/store/object-store.js';
import { ConfigError } from '../config/config-error.js';
import { TemporalUnreachable } from './connection.js';
import { StackError } from './stack/stack-error.js';

/** Exit codes of every command. Scripts and CI may rely on them. */
export const EXIT = {
  ok: 0,
  /** The run ended in failure: too many failed questions, nothing accepted, a stopped pool, a spent budget. */
  runFailed: 1,
  /** A recipe, deployment, source or argument is wrong; nothing was asked. */
  badInput: 2,
  /** Temporal, the store or a tool can't be reached. */
  unreachable: 3,
  /** The run was cancelled; it can be continued under the same name. */
  cancelled: 4,
} as const;

/** A failure that a command wants to end with: message for people, code for scripts. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Exit code of an error that reached the top. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof ConfigError || error instanceof SourceError) return EXIT.badInput;
  if (error instanceof TemporalUnreachable || error instanceof StoreError || error instanceof StackError)
    return EXIT.unreachable;
  return EXIT.runFailed;
}

/** Errors whose message says all that a user needs; any other is shown with its stack. */
export const isExpected = (error: unknown): error is Error =>
  [CommandError, ConfigError, SourceError, StoreError, TemporalUnreachable, StackError].some(
    (kind) => error instanceof kind,
  );
