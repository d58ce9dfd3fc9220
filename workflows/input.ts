import { ApplicationFailure } from '@temporalio/workflow';

const MAX_CONCURRENCY = 10_000;
const RUN_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** Runs started from the Temporal CLI or UI met no client code: their input is checked here, and a bad one fails the run at once. */
export function checkRunInput(input: unknown, workflowId: string): string {
  if (!isObject(input)) {
    throw invalid(`input: expected one JSON object {"run": name, "recipe": {...}}, got ${describe(input)}`);
  }
  const { run = workflowId, recipe } = input;
  if (typeof run !== 'string' || !RUN_NAME.test(run)) {
    throw invalid(
      `run: expected a name of at most 64 lower-case letters, digits, ".", "_" and "-", got ${describe(run)}. Give "run", or start the workflow under such an id.`,
    );
  }
  if (!isObject(recipe)) {
    throw invalid(`recipe: expected the recipe as a JSON object, got ${describe(recipe)}`);
  }
  return run;
}

/** What a field of an input has to be; `packed` = an object, or the text that stands for it between our own workflows. */
type FieldKind = 'object' | 'packed' | 'number' | 'string';

/** Workflows below a run get their input from their parents. One started by hand with another must fail at once, not stumble over it for ever. */
export function checkFields(input: unknown, fields: Readonly<Record<string, FieldKind>>): void {
  if (!isObject(input)) {
    throw invalid(`input: expected one JSON object with ${Object.keys(fields).join(', ')}, got ${describe(input)}`);
  }
  for (const [name, kind] of Object.entries(fields)) {
    const value = input[name];
    const fits = kind === 'packed' ? isObject(value) || typeof value === 'string' : kindOf(value) === kind;
    if (!fits) throw invalid(`${name}: expected ${EXPECTED[kind]}, got ${describe(value)}`);
  }
}

const EXPECTED = { object: 'an object', packed: 'an object', number: 'a number', string: 'a text' } as const;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const kindOf = (value: unknown): string => (typeof value === 'object' && !isObject(value) ? 'none' : typeof value);

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
