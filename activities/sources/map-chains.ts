import type { Fields } from '../../config/recipe.js';
import {
  chainOf,
  readStill2Form,
  readTaggedForm,
  readThinkForm,
  type ChainText,
  type ParsedChain,
  type SolutionNeed,
} from './chain-forms.js';
import { readFields, type FoundField } from './field-path.js';
import { describeValue, type Row } from './row-fields.js';

const MAX_TEACHER_CHARACTERS = 128;

type ChainFields = NonNullable<Fields['chains']>;
type PairedFields = Extract<ChainFields, { form: 'fields' }>;

/** A chain of a row and who wrote it. */
export type TaughtChain = ChainText & { readonly teacher: string };

interface FoundChain {
  readonly path: string;
  readonly parsed: ParsedChain;
  /** undefined: the row names none. */
  readonly teacher?: string | undefined;
}

/** The chains of a row, each once, and what is wrong with those that can't be read. */
export function chainsOf(
  row: Row,
  form: ChainFields | undefined,
  need: SolutionNeed = 'needed',
): { chains: TaughtChain[]; faults: string[] } {
  const chains: TaughtChain[] = [];
  const faults: string[] = [];
  if (form === undefined) return { chains, faults };
  const found = form.form === 'fields' ? pairedChains(row, form, need) : taggedChains(row, form, need);
  for (const { path, parsed, teacher } of found) {
    if ('fault' in parsed) faults.push(`field "${path}": ${parsed.fault}`);
    else if (chains.some((chain) => chain.thought === parsed.thought && chain.solution === parsed.solution))
      faults.push(`field "${path}": the same chain stands in this row before`);
    else chains.push({ teacher: teacher ?? form.teacher, ...parsed });
  }
  return { chains, faults };
}

const TAGGED_FORMS = { think: readThinkForm, still2: readStill2Form, tagged: readTaggedForm } as const;

function taggedChains(row: Row, form: Exclude<ChainFields, PairedFields>, need: SolutionNeed): FoundChain[] {
  const parse = TAGGED_FORMS[form.form];
  return form.fields
    .flatMap((path) => readFields(row, path))
    .flatMap((field) => (Array.isArray(field.value) ? readFields(row, `${field.path}.*`) : field))
    .map((field) => ({ path: field.path, parsed: withText(field, (text) => parse(text, need)) }));
}

/** With "*" in the paths the n-th thought belongs to the n-th solution and the n-th teacher. */
function pairedChains(row: Row, form: PairedFields, need: SolutionNeed): FoundChain[] {
  const thoughts = readFields(row, form.thought);
  const solutions = solutionsOf(row, form, { thoughts, need });
  const teachers = form.teacherField === undefined ? [] : readFields(row, form.teacherField);
  if (thoughts.length !== solutions.length) {
    const counts = `${solutions.length} and ${thoughts.length}`;
    return [
      {
        path: form.solution ?? form.thought,
        parsed: { fault: `expected as many solutions as thoughts, found ${counts}` },
      },
    ];
  }
  return thoughts.map((thought, index) => {
    const solution = solutions[index] ?? thought;
    const teacher = teacherName(teachers[index]);
    if (typeof teacher === 'object') return { path: thought.path, parsed: teacher };
    const parsed = withText(thought, (text) => withText(solution, (other) => chainOf(text, other, need)));
    return { path: thought.path, parsed, teacher };
  });
}

/** Where solutions are optional, a missing one is an empty one. */
function solutionsOf(
  row: Row,
  { solution }: PairedFields,
  { thoughts, need }: { readonly thoughts: readonly FoundField[]; readonly need: SolutionNeed },
): FoundField[] {
  if (solution === undefined) return thoughts.map(({ path }) => ({ path, value: '' }));
  const found = readFields(row, solution);
  return need === 'needed' ? found : found.map(({ path, value }) => ({ path, value: value ?? '' }));
}

/** A teacher as the row names it: any short text, for it becomes nothing but a value of a column. */
function teacherName(field: FoundField | undefined): string | undefined | { readonly fault: string } {
  if (field === undefined || (field.value ?? '') === '') return undefined;
  if (typeof field.value !== 'string')
    return { fault: `expected the name of a teacher in "${field.path}", found ${describeValue(field.value)}` };
  const name = field.value.trim();
  if (name.length > MAX_TEACHER_CHARACTERS || /[\p{Surrogate}\p{Control}]/u.test(name))
    return { fault: `expected a name of at most ${MAX_TEACHER_CHARACTERS} characters in "${field.path}"` };
  return name === '' ? undefined : name;
}

function withText(field: FoundField, parse: (text: string) => ParsedChain): ParsedChain {
  if (typeof field.value !== 'string')
    return { fault: `expected text in "${field.path}", found ${describeValue(field.value)}` };
  return /\p{Surrogate}/u.test(field.value) ? { fault: 'found half of a Unicode surrogate pair' } : parse(field.value);
}
