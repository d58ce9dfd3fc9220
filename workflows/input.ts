import { ApplicationFailure } from '@temporalio/workflow';

const MAX_CONCURRENCY = 10_000;
const RUN_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** Runs started from the Temporal CLI or UI met no client code: their input is checked here, and a bad one fails the run at once. */
export function checkRunInput(input: unknown, workflowId: string): string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid(`input: expected one JSON object {"run": name, "recipe": {...}}, got ${describe(input)}`);
  }
  const { run = workflowId, recipe } = input as { run?: unknown; recipe?: unknown };
  if (typeof run !== 'string' || !RUN_NAME.test(run)) {
    throw invalid(
      `run: expected a name of at most 64 lower-case letters, digits, ".", "_" and "-", got ${describe(run)}. Give "run", or start the workflow under such an id.`,
    );
  }
  if (typeof recipe !== 'object' || recipe === null || Array.isArray(recipe)) {
    throw invalid(`recipe: expected the recipe as a JSON object, got ${describe(recipe)}`);
  }
  return run;
}

/** Validator of the update `setConcurrency`. */
export function checkConcurrency(concurrency: unknown): void {
  if (
    typeof concurrency === 'number' &&
    Number.isInteger(concurrency) &&
    concurrency >= 1 &&
    concurrency <= MAX_CONCURRENCY
  )
    return;
  throw invalid(`setConcurrency: expected an integer from 1 to ${MAX_CONCURRENCY}, got ${describe(concurrency)}`);
}

const invalid = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'Input.Invalid');
const describe = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 80);
