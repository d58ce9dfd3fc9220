import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { CommanderError } from 'commander';
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
  /** The data can't fill what was asked for exactly; nothing was written. */
  shortfall: 5,
  /** The run ended and missed a gate of its recipe; everything that it made stands. */
  gateMissed: 6,
  /** The time to wait is over and the run is still at work. */
  stillRunning: 7,
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
  // Help and version are errors to the parser too, with code 0; all others are faults of the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  if (BAD_INPUT.some((kind) => error instanceof kind)) return EXIT.badInput;
  return AWAY.some((kind) => error instanceof kind) ? EXIT.unreachable : EXIT.runFailed;
}

const BAD_INPUT = [ConfigError, SourceError];
const AWAY = [TemporalUnreachable, StoreError, StackError, ServiceError, NamespaceNotFoundError];

/** What a user has to read of an error that reached the top: undefined when it was said already, with a stack when nobody expected it. */
export function errorText(error: unknown): string | undefined {
  if (error instanceof CommanderError) return undefined;
  if (error instanceof NamespaceNotFoundError) return `Temporal has no namespace "${error.namespace}".`;
  if (error instanceof ServiceError)
    return `Temporal: ${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}`;
  if ([CommandError, ...BAD_INPUT, ...AWAY].some((kind) => error instanceof kind)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
