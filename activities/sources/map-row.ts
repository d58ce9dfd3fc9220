import type { Fields } from '../../config/recipe.js';
import { chainOf, readStill2Form, readThinkForm, type ChainText, type ParsedChain } from './chain-forms.js';
import { extractAnswer } from './extract-answer.js';
import { readField, readFields, type FoundField } from './field-path.js';
import type { RowForm } from './row-form.js';

type Row = Readonly<Record<string, unknown>>;
type ChainFields = NonNullable<Fields['chains']>;

/** What a source row says, before it has an identity. */
export interface QuestionCandidate {
  /** Without white space at its ends. */
  readonly question: string;
  readonly answer: string | null;
  readonly domain: string | null;
  readonly rowId: string | null;
  readonly chains: readonly (ChainText & { readonly teacher: string })[];
}

/** A row that could be read, with what was wrong with those of its chains that could not; or what was wrong with the row. */
export type MappedRow =
  { readonly candidate: QuestionCandidate; readonly chainFaults: readonly string[] } | { readonly fault: string };

/** Reads a row by its form. A mapped field that is missing or of another type is a fault that says what was expected and found, never a guess. */
export function mapRow(row: Row, rowForm: RowForm): MappedRow {
  const fields = fittingForm(row, rowForm.forms);
  try {
    const question = questionOf(row, fields);
    const answer = fields.answer === undefined ? null : answerOf(row, fields.answer, fields.extract);
    const domain = domainOf(row, fields, rowForm.domain);
    const rowId = fields.id === undefined ? null : scalarText(row, fields.id);
    const { chains, faults } = chainsOf(row, fields.chains);
    return { candidate: { question, answer, domain, rowId, chains }, chainFaults: faults };
  } catch (error) {
    if (error instanceof FieldFault) return { fault: error.message };
    throw error;
  }
}

/** Ends the reading of one row; never leaves this file. */
class FieldFault extends Error {
  constructor(path: string, message: string) {
    super(`field "${path}": ${message}`);
  }
}

/** A row in several forms is read in the first that it has every field of. */
function fittingForm(row: Row, forms: readonly Fields[]): Fields {
  const hasField = (path: string) => (readField(row, path) ?? null) !== null;
  const fitting =
    (forms.length > 1 ? forms.find((form) => fieldPaths(form).every(hasField)) : undefined) ?? forms.at(-1);
  if (fitting === undefined) throw new TypeError('Expected at least one form of rows.');
  return fitting;
}

const fieldPaths = (form: Fields): string[] => [form.question, form.answer ?? [], form.id ?? []].flat();

function questionOf(row: Row, fields: Fields): string {
  return [fields.question]
    .flat()
    .map((path) => {
      const value = readField(row, path);
      if (typeof value !== 'string') throw new FieldFault(path, `expected text, found ${describeValue(value)}`);
      return checkedText(path, value);
    })
    .join(' ');
}

function answerOf(row: Row, path: string, extract: Fields['extract']): string {
  const extracted = extractAnswer(scalarText(row, path), extract);
  if ('fault' in extracted) throw new FieldFault(path, extracted.fault);
  return extracted.answer;
}

function domainOf(row: Row, fields: Fields, fallback: string | null): string | null {
  if (fields.domain === undefined) return fallback;
  const isNamed = (readField(row, fields.domain) ?? null) !== null;
  return isNamed || fallback === null ? scalarText(row, fields.domain) : fallback;
}

/** Text, or a number or truth value written as text. */
function scalarText(row: Row, path: string): string {
  const value = readField(row, path);
  switch (typeof value) {
    case 'string':
      return checkedText(path, value);
    case 'number':
      return numberText(path, value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      throw new FieldFault(path, `expected text or a number, found ${describeValue(value)}`);
  }
}

function checkedText(path: string, value: string): string {
  const text = value.trim();
  if (text === '') throw new FieldFault(path, 'expected text, found an empty one');
  // Half a surrogate pair is replaced when it is written as UTF-8: the text would change in silence.
  if (/\p{Surrogate}/u.test(text))
    throw new FieldFault(path, 'expected text, found half of a Unicode surrogate pair in it');
  return text;
}

function numberText(path: string, value: number): string {
  if (!Number.isFinite(value)) throw new FieldFault(path, `expected a number, found ${value}`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new FieldFault(
      path,
      'found a whole number of more than 15 digits, which JSON readers round: write it as text',
    );
  return String(value);
}

function chainsOf(row: Row, form: ChainFields | undefined): { chains: QuestionCandidate['chains']; faults: string[] } {
  if (form === undefined) return { chains: [], faults: [] };
  const chains: (ChainText & { teacher: string })[] = [];
  const faults: string[] = [];
  for (const { path, parsed } of form.form === 'fields' ? pairedChains(row, form) : taggedChains(row, form)) {
    if ('fault' in parsed) faults.push(`field "${path}": ${parsed.fault}`);
    else if (chains.some((chain) => chain.thought === parsed.thought && chain.solution === parsed.solution))
      faults.push(`field "${path}": the same chain stands in this row before`);
    else chains.push({ teacher: form.teacher, ...parsed });
  }
  return { chains, faults };
}

interface FoundChain {
  readonly path: string;
  readonly parsed: ParsedChain;
}

function taggedChains(row: Row, form: Exclude<ChainFields, { form: 'fields' }>): FoundChain[] {
  const parse = form.form === 'think' ? readThinkForm : readStill2Form;
  return form.fields
    .flatMap((path) => readFields(row, path))
    .flatMap((field) => (Array.isArray(field.value) ? readFields(row, `${field.path}.*`) : field))
    .map((field) => ({ path: field.path, parsed: withText(field, parse) }));
}

/** With "*" in both paths the n-th thought belongs to the n-th solution. */
function pairedChains(row: Row, form: Extract<ChainFields, { form: 'fields' }>): FoundChain[] {
  const thoughts = readFields(row, form.thought);
  const solutions = readFields(row, form.solution);
  if (thoughts.length !== solutions.length)
    return [
      {
        path: form.solution,
        parsed: { fault: `expected as many solutions as thoughts, found ${solutions.length} and ${thoughts.length}` },
      },
    ];
  return thoughts.map((thought, index) => {
    const solution = solutions[index] ?? thought;
    return {
      path: thought.path,
      parsed: withText(thought, (text) => withText(solution, (other) => chainOf(text, other))),
    };
  });
}

function withText(field: FoundField, parse: (text: string) => ParsedChain): ParsedChain {
  if (typeof field.value !== 'string')
    return { fault: `expected text in "${field.path}", found ${describeValue(field.value)}` };
  return /\p{Surrogate}/u.test(field.value) ? { fault: 'found half of a Unicode surrogate pair' } : parse(field.value);
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value)}`;
}
