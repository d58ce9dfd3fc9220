import type { ExplorerFilter } from '../activities/report/explorer-filter.js';
import type { Overview } from '../activities/report/page-data.js';
import { element, on, type Child } from './dom.js';

const TYPING_PAUSE_MS = 200;

export interface FilterActions {
  /** Gets the whole filter. */
  readonly changed: (filter: ExplorerFilter) => void;
  readonly clear: () => void;
}

/** A choice among the values that a field of the filter may have here. */
export interface FilterChoice {
  readonly label: string;
  readonly name: 'outcome' | 'reason' | 'teacher' | 'source' | 'domain' | 'firstRating' | 'lastRating';
  readonly values: readonly string[];
}

/** What a list can be narrowed by. */
export interface FilterChoices {
  of(kind: ExplorerFilter['kind']): readonly FilterChoice[];
  /** Whether chains have RV and CD. */
  readonly hasLevels: boolean;
}

/** Of a data set. */
export const datasetChoices = (overview: Overview): FilterChoices => ({
  hasLevels: true,
  of: (kind) => [
    { label: 'Outcome', name: 'outcome', values: ['accepted', 'rejected', 'failed'] },
    { label: 'Reason', name: 'reason', values: Object.keys(overview[kind].byReason) },
    { label: 'Teacher', name: 'teacher', values: namesOf(overview.byTeacher) },
    { label: 'Source', name: 'source', values: namesOf(overview.bySource) },
    { label: 'Domain', name: 'domain', values: namesOf(overview.byDomain) },
    { label: 'First rating', name: 'firstRating', values: DIFFICULTIES },
    { label: 'Last rating', name: 'lastRating', values: DIFFICULTIES },
  ],
});

/** The search field and the choices above the list. */
export function filterForm(choices: FilterChoices, filter: ExplorerFilter, actions: FilterActions): HTMLFormElement {
  let current = filter;
  const change = (part: Partial<ExplorerFilter>): void => {
    current = { ...current, ...part };
    actions.changed(current);
  };
  const choice = ({ label, name, values }: FilterChoice): Child =>
    values.length < (name === 'reason' ? 1 : 2) && current[name] === ''
      ? null
      : select(label, { value: filter[name], values }, (value) => change({ [name]: value }));
  const levels = (): Child[] => [
    range('RV', { from: filter.rvMin, to: filter.rvMax }, (rvMin, rvMax) => change({ rvMin, rvMax })),
    range('CD', { from: filter.cdMin, to: filter.cdMax }, (cdMin, cdMax) => change({ cdMin, cdMax })),
  ];
  const clear = element('button', { type: 'button', class: 'quiet', id: 'clear' }, 'Clear');
  on(clear, 'click', actions.clear);
  const form = element(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Filter questions and chains' },
    kindSwitch(filter.kind, (kind) => change({ kind, outcome: '', reason: '' })),
    searchField(filter.text, (text) => change({ text })),
    folded(...choices.of(filter.kind).map(choice), ...(choices.hasLevels ? levels() : []), clear),
  );
  on(form, 'submit', (event) => event.preventDefault());
  return form;
}

/** On a narrow screen the choices take a screen of their own: there they open on demand. */
function folded(...choices: readonly Child[]): HTMLElement {
  const isNarrow = matchMedia('(max-width: 600px)').matches;
  return element(
    'details',
    { open: !isNarrow },
    element('summary', {}, 'Filters'),
    element('div', { class: 'choices' }, choices),
  );
}

const DIFFICULTIES = ['easy', 'medium', 'hard'];

/** Rows of a table that stand for one value. */
const namesOf = (rows: Overview['bySource']): string[] =>
  rows.map(({ name }) => name).filter((name) => !/^\d+ others$/.test(name) && name !== '(none)');

function kindSwitch(kind: ExplorerFilter['kind'], changed: (kind: ExplorerFilter['kind']) => void): HTMLElement {
  const button = (value: ExplorerFilter['kind'], name: string): HTMLButtonElement => {
    const made = element('button', { type: 'button', class: 'quiet', 'aria-pressed': String(kind === value) }, name);
    on(made, 'click', () => changed(value));
    return made;
  };
  return element(
    'div',
    { class: 'switch', role: 'group', 'aria-label': 'List' },
    button('questions', 'Questions'),
    button('chains', 'Chains'),
  );
}

function searchField(text: string, changed: (text: string) => void): HTMLElement {
  const input = element('input', {
    type: 'search',
    id: 'search',
    value: text,
    autocomplete: 'off',
    placeholder: 'words, or an id',
  });
  let waiting: ReturnType<typeof setTimeout> | undefined;
  on(input, 'input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => changed(input.value.trim()), TYPING_PAUSE_MS);
  });
  return element('label', { class: 'search' }, element('span', {}, 'Search'), input);
}

function select(
  label: string,
  { value, values }: { value: string; values: readonly string[] },
  changed: (value: string) => void,
): HTMLElement {
  const options = [['', 'any'] as const, ...values.map((one) => [one, one] as const)];
  const made = element(
    'select',
    {},
    options.map(([of, name]) => element('option', { value: of, selected: of === value }, name)),
  );
  on(made, 'change', () => changed(made.value));
  return element('label', {}, element('span', {}, label), made);
}

function range(
  label: string,
  { from, to }: { from: number | null; to: number | null },
  changed: (from: number | null, to: number | null) => void,
): HTMLElement {
  const levels = Array.from({ length: 10 }, (_, value) => value);
  const end = (name: string, value: number | null): HTMLSelectElement =>
    element(
      'select',
      { 'aria-label': `${label} ${name}` },
      element('option', { value: '' }, name === 'from' ? '0' : '9'),
      levels.map((one) => element('option', { value: one, selected: one === value }, one)),
    );
  const [low, high] = [end('from', from), end('to', to)];
  const read = (one: HTMLSelectElement): number | null => (one.value === '' ? null : Number(one.value));
  for (const one of [low, high]) on(one, 'change', () => changed(read(low), read(high)));
  return element(
    'fieldset',
    { class: 'range' },
    element('legend', {}, label),
    low,
    element('span', { 'aria-hidden': 'true' }, 'to'),
    high,
  );
}
