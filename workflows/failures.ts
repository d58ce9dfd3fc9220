import { ApplicationFailure, TemporalFailure } from '@temporalio/common';

/** Failure types that concern the whole run, not one question: an operator has to act, and asking on would burn questions. */
export const RUN_STOPPING = [
  'Pool.Misconfigured',
  'Store.Misconfigured',
  'Grader.Unavailable',
  'Input.Invalid',
  'Source.Invalid',
  'Dataset.Exists',
] as const;

/** The innermost application failure of a chain of activity and child failures. */
export function rootFailure(error: unknown): ApplicationFailure | undefined {
  let root: ApplicationFailure | undefined;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) root = cause;
  }
  return root;
}

/** Does this failure concern the whole run? */
export function stopsRun(error: unknown): boolean {
  const type = rootFailure(error)?.type;
  return (RUN_STOPPING as readonly (string | undefined | null)[]).includes(type);
}

/** Type and message for a row: why did this question fail? */
export function describeFailure(error: unknown): { reason: string; message: string } {
  const root = rootFailure(error);
  if (root) return { reason: root.type ?? 'Internal', message: root.message.slice(0, 500) };
  const last = error instanceof TemporalFailure && error.cause instanceof Error ? error.cause : error;
  return { reason: 'Internal', message: (last instanceof Error ? last.message : String(last)).slice(0, 500) };
}

/** Fails a run for good, with the message that the operator reads first. */
export const runFailure = (type: string, message: string): ApplicationFailure =>
  ApplicationFailure.create({ type, message, nonRetryable: true });
