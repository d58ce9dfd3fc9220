import { PAGE_ROWS, type ExplorerFilter } from '../activities/report/explorer-filter.js';
import type {
  ChainSummary,
  QuestionLearning,
  QuestionSummary,
  RolloutLearning,
} from '../activities/report/page-data.js';
import type { DataSource } from './data-source.js';
import { element, fill, on, setAttribute } from './dom.js';
import { figure, level, number } from './format.js';
import { badge } from './question-view.js';
import { writeRoute, type ExploreRoute } from './route.js';

/** The list of questions or chains, a page of it at a time. */
export interface ListPane {
  readonly element: HTMLElement;
  /** Shows the rows of a route unless they are shown already. */
  show(route: ExploreRoute): Promise<void>;
  focusRow(route: ExploreRoute): void;
}

interface Row {
  readonly open: string;
  readonly chain: number | undefined;
  readonly parts: HTMLElement;
}

export function listPane(source: DataSource, turnPage: (offset: number) => void): ListPane {
  const status = element('p', { class: 'note', role: 'status', id: 'list-status' });
  const list = element('ul', { class: 'rows', 'aria-label': 'Questions and chains' });
  const pager = element('nav', { class: 'pager', 'aria-label': 'Pages of the list' });
  let shown = '';
  let turn = 0;

  async function show(route: ExploreRoute): Promise<void> {
    const wanted = JSON.stringify([route.filter, route.offset]);
    if (wanted !== shown) {
      shown = wanted;
      await load(route, (turn += 1));
    }
    markOpen(list, route);
  }

  async function load({ filter, offset }: ExploreRoute, mine: number): Promise<void> {
    setAttribute(list, 'aria-busy', 'true');
    try {
      const { total, rows } = await listed(source, filter, offset);
      if (mine !== turn) return;
      fill(list, rows.map(rowElement));
      const range = `${number(offset + 1)} to ${number(offset + rows.length)} of ${number(total)} ${filter.kind}`;
      fill(status, total === 0 ? 'Nothing fits.' : range);
      fill(pager, pageButtons(offset, total, turnPage));
      setAttribute(list, 'aria-busy', null);
    } catch (error) {
      if (mine !== turn) return;
      shown = '';
      setAttribute(list, 'aria-busy', null);
      fill(status, error instanceof Error ? error.message : String(error));
    }
  }

  on(list, 'keydown', (event) => moveFocus(list, event));
  return {
    element: element('div', { class: 'list' }, status, list, pager),
    show,
    focusRow: ({ open, chain }) => rowLink(list, rowKey(open ?? '', chain))?.focus(),
  };
}

const rowElement = ({ open, chain, parts }: Row): HTMLElement =>
  element('li', {}, element('a', { href: '#/explore', 'data-row': rowKey(open, chain), class: 'row' }, parts));

const rowKey = (question: string, chain: number | undefined): string =>
  chain === undefined ? question : `${question}/${chain}`;

const rowLink = (list: HTMLElement, key: string): HTMLElement | undefined =>
  [...list.querySelectorAll<HTMLElement>('a')].find((row) => row.dataset['row'] === key);

/** Each row leads to its question within the filter that is shown. */
function markOpen(list: HTMLElement, route: ExploreRoute): void {
  for (const row of list.querySelectorAll<HTMLElement>('a')) {
    const key = row.dataset['row'] ?? '';
    const [open = '', chain] = key.split('/');
    setAttribute(row, 'href', writeRoute({ ...route, open, chain: chain === undefined ? undefined : Number(chain) }));
    setAttribute(row, 'aria-current', key === rowKey(route.open ?? '', route.chain) ? 'true' : null);
  }
}

function moveFocus(list: HTMLElement, event: KeyboardEvent): void {
  const rows = [...list.querySelectorAll<HTMLElement>('a')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const target = rowByKey(event.key, at, rows.length);
  if (target === undefined) return;
  event.preventDefault();
  rows[target]?.focus();
}

/** The row that a key leads to from row `at`, or undefined when the key is for something else. */
function rowByKey(key: string, at: number, rows: number): number | undefined {
  if (key === 'ArrowDown' || key === 'j') return Math.min(rows - 1, at + 1);
  if (key === 'ArrowUp' || key === 'k') return Math.max(0, at - 1);
  if (key === 'Home') return 0;
  return key === 'End' ? rows - 1 : undefined;
}

function pageButtons(offset: number, total: number, turnPage: (offset: number) => void): HTMLElement[] {
  const button = (name: string, target: number, isEnabled: boolean): HTMLButtonElement => {
    const made = element('button', { type: 'button', class: 'quiet', disabled: !isEnabled }, name);
    on(made, 'click', () => turnPage(Math.max(0, target)));
    return made;
  };
  if (total <= PAGE_ROWS) return [];
  return [
    button('Previous', offset - PAGE_ROWS, offset > 0),
    button('Next', offset + PAGE_ROWS, offset + PAGE_ROWS < total),
  ];
}

async function listed(
  source: DataSource,
  filter: ExplorerFilter,
  offset: number,
): Promise<{ total: number; rows: Row[] }> {
  if (filter.kind === 'chains') {
    const { total, rows } = await source.chains(filter, offset);
    return { total, rows: rows.map((row) => ({ open: row.questionId, chain: row.index, parts: chainRow(row) })) };
  }
  const { total, rows } = await source.questions(filter, offset);
  return { total, rows: rows.map((row) => ({ open: row.id, chain: undefined, parts: questionRow(row) })) };
}

const questionRow = (row: QuestionSummary): HTMLElement =>
  rowParts(row.text, badge(row.outcome, row.reason), [
    ...(row.learning ? roundFacts(row.learning) : chainFacts(row)),
    row.domain ?? row.source,
    `${number(row.tokens)} tokens`,
  ]);

const chainFacts = (row: QuestionSummary): string[] => [
  `${row.acceptedChains} of ${row.chains} chains kept`,
  ...(row.rounds > 0 ? [`${row.rounds} ${row.rounds === 1 ? 'rewrite' : 'rewrites'}`] : []),
];

const roundFacts = ({ round, right, decided }: QuestionLearning): string[] => [
  `round ${round}`,
  `${right} of ${decided} right`,
];

const chainRow = (row: ChainSummary): HTMLElement =>
  rowParts(row.text, badge(row.outcome, row.reason), [
    `chain ${row.index}, ${row.teacher}`,
    ...(row.learning ? rolloutFacts(row.learning) : [`RV ${level(row.rv)}, CD ${level(row.cd)}`, ...ratings(row)]),
    ...(row.tokens === null ? [] : [`${number(row.tokens)} tokens`]),
  ]);

function ratings({ firstRating, lastRating }: ChainSummary): string[] {
  if (firstRating === null) return [];
  return [firstRating === lastRating ? firstRating : `${firstRating}, then ${lastRating ?? '-'}`];
}

const rolloutFacts = ({ verdict, perplexity }: RolloutLearning): string[] => [
  verdict,
  `perplexity ${figure(perplexity)}`,
];

const rowParts = (text: string, end: HTMLElement, facts: readonly string[]): HTMLElement =>
  element(
    'span',
    { class: 'row-parts' },
    element('span', { class: 'row-text' }, text),
    end,
    element('span', { class: 'row-facts' }, facts.join('  \u00b7  ')),
  );
