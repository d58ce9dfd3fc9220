import type { Fields } from '../../config/recipe.js';
import { extractAnswer } from './extract-answer.js';
import { readField } from './field-path.js';
import { chainsOf, type TaughtChain } from './map-chains.js';
import { withMessages } from './map-messages.js';
import { describeValue, FieldFault, hasField, scalarText, textField, type Row } from './row-fields.js';
import type { RowForm } from './row-form.js';

/** A row with more is left out: a shard is read as a whole. */
const MAX_TESTS_CHARACTERS = 16 * 1024 * 1024;

/** What a source row says, before it has an identity. */
export interface QuestionCandidate {
  /** Without white space at its ends. */
  readonly question: string;
  readonly answer: string | null;
  readonly domain: string | null;
  readonly rowId: string | null;
  readonly chains: readonly TaughtChain[];
  /** Text of a JSON object: field -> text, number or truth value. */
  readonly metadata?: string;
  /** Text of a JSON object: field -> its value. */
  readonly tests?: string;
}

/** A row that could be read, with what was wrong with those of its chains that could not; or what was wrong with the row. */
export type MappedRow =
  { readonly candidate: QuestionCandidate; readonly chainFaults: readonly string[] } | { readonly fault: string };

/**
 * Reads a row in the first form that it fits. If it fits none, the fault is that of the last form of which it has every field, or else of
 * the last at all: a field that is missing or of another type is a fault that says what was expected and found, never a guess.
 */
export function mapRow(row: Row, { forms, domain, chainSolutions }: RowForm): MappedRow {
  let fault: string | undefined;
  let last = '';
  for (const fields of forms) {
    try {
      const view = fields.messages === undefined ? row : withMessages(row, fields.messages);
      const mapped = readForm(view, fields, { domain, chainSolutions });
      if (!('fault' in mapped)) return mapped;
      last = mapped.fault;
      if (fieldPaths(fields).every((path) => hasField(view, path))) fault = last;
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      last = error.message;
    }
  }
  return { fault: fault ?? last };
}

function readForm(
  row: Row,
  fields: Fields,
  { domain: sourceDomain, chainSolutions }: Pick<RowForm, 'domain' | 'chainSolutions'>,
): MappedRow {
  try {
    const question = questionOf(row, fields);
    const answer = fields.answer === undefined ? null : answerOf(row, fields.answer, fields);
    const domain = domainOf(row, fields, sourceDomain);
    const rowId = fields.id === undefined ? null : scalarText(row, fields.id);
    const metadata = metadataOf(row, fields.metadata);
    const tests = testsOf(row, fields.tests);
    const { chains, faults } = chainsOf(row, fields.chains, chainSolutions);
    const extras = { ...(metadata !== undefined && { metadata }), ...(tests !== undefined && { tests }) };
    return { candidate: { question, answer, domain, rowId, chains, ...extras }, chainFaults: faults };
  } catch (error) {
    if (error instanceof FieldFault) return { fault: error.message };
    throw error;
  }
}

const fieldPaths = (form: Fields): string[] => [form.question, form.answer ?? [], form.id ?? []].flat();

const questionOf = (row: Row, fields: Fields): string =>
  [fields.question]
    .flat()
    .map((path) => textField(row, path))
    .join(fields.join === 'paragraph' ? '\n\n' : ' ');

function answerOf(row: Row, path: string, { extract, noAnswer }: Fields): string | null {
  if (noAnswer !== undefined && isNoAnswer(readField(row, path), noAnswer)) return null;
  const extracted = extractAnswer(scalarText(row, path), extract);
  if ('fault' in extracted) throw new FieldFault(path, extracted.fault);
  return extracted.answer;
}

/** Sets that mark missing answers also leave some of them empty. A row without the field is of another form. */
function isNoAnswer(value: unknown, marks: readonly string[]): boolean {
  if (value === null) return true;
  if (typeof value !== 'string') return false;
  const text = value.trim().toLowerCase();
  return text === '' || marks.some((mark) => mark.toLowerCase() === text);
}

function domainOf(row: Row, fields: Fields, fallback: string | null): string | null {
  if (fields.domain === undefined) return fallback;
  return hasField(row, fields.domain) || fallback === null ? scalarText(row, fields.domain) : fallback;
}

function metadataOf(row: Row, paths: Fields['metadata']): string | undefined {
  const entries = (paths ?? [])
    .filter((path) => hasField(row, path))
    .map((path): [string, unknown] => [path, scalarValue(path, readField(row, path))]);
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}

function scalarValue(path: string, value: unknown): string | number | boolean {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  // Times of Parquet.
  if (value instanceof Date) return value.toISOString();
  throw new FieldFault(path, `expected text, a number or a truth value, found ${describeValue(value)}`);
}

function testsOf(row: Row, paths: Fields['tests']): string | undefined {
  const entries = (paths ?? []).filter((path) => hasField(row, path)).map((path) => [path, readField(row, path)]);
  if (entries.length === 0) return undefined;
  const tests = JSON.stringify(Object.fromEntries(entries), (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  if (tests.length > MAX_TESTS_CHARACTERS)
    throw new FieldFault(
      (paths ?? []).join(', '),
      `found tests of ${tests.length} characters, expected at most ${MAX_TESTS_CHARACTERS}: name fewer fields`,
    );
  return tests;
}
