import { NO_FILTER } from '../activities/report/explorer-filter.js';
import type { Settings } from '../activities/report/page-data.js';
import type { DataSource } from './data-source.js';
import { element, fill, on, setAttribute, type Child } from './dom.js';
import { listPane } from './explorer-list.js';
import { filterForm, type FilterChoices } from './filter-form.js';
import { number } from './format.js';
import { questionView } from './question-view.js';
import type { ExploreRoute, Route } from './route.js';

/** The list of questions or chains, and the one that is open beside it. */
export interface ExplorerPage {
  readonly element: HTMLElement;
  show(route: ExploreRoute): Promise<void>;
}

export interface ExplorerOptions {
  /** What it is about, for those who don't see it. */
  readonly title: string;
  readonly choices: FilterChoices;
  readonly settings: Settings;
  readonly source: DataSource;
  readonly words: ExplorerWords;
  readonly go: (route: Route, how?: 'replace') => void;
}

/** What an explorer says of itself. */
export interface ExplorerWords {
  /** Where nothing is open. */
  readonly empty: string;
  /** What of a sample is in it, and where the rest is. */
  readonly sampled: readonly Child[];
  /** Where a question is that is not in the sample. */
  readonly elsewhere: string;
}

/** Of a data set. */
export const datasetWords = (): ExplorerWords => ({
  empty: 'Open a question to see why it is in, or out.',
  sampled: [
    ', some of every outcome and reason. ',
    element('code', {}, 'cotmill report --serve'),
    ' opens all of them.',
  ],
  elsewhere: '"cotmill report --serve" shows every one.',
});

export function explorerPage({ title, choices, settings, source, words, go }: ExplorerOptions): ExplorerPage {
  const filters = element('div', {});
  const detail = element('section', { class: 'detail', 'aria-label': 'Opened question' });
  const list = listPane(source, (offset) => {
    if (shown) go({ ...shown, offset }, 'replace');
    split.scrollIntoView({ block: 'start' });
  });
  const split = element('div', { class: 'split' }, list.element, detail);
  const heading = element('h1', { class: 'visually-hidden' }, title);
  const page = element(
    'main',
    { id: 'main', class: 'explorer', tabindex: -1 },
    heading,
    sampleNote(source, words),
    filters,
    split,
  );
  let shown: ExploreRoute | undefined;
  let turn = 0;

  async function show(route: ExploreRoute): Promise<void> {
    const previous = shown;
    shown = route;
    if (previous?.filter.kind !== route.filter.kind) showFilters(route);
    setAttribute(split, 'data-open', route.open !== undefined);
    const listing = list.show(route);
    if (previous?.open !== route.open || previous?.chain !== route.chain) await showDetail(route);
    await listing;
    if (previous?.open !== undefined && route.open === undefined) list.focusRow(previous);
  }

  function showFilters({ filter }: ExploreRoute): void {
    const changed = (next: ExploreRoute['filter']): void => {
      if (shown) go({ ...shown, filter: next, offset: 0 }, 'replace');
    };
    const clear = (): void => {
      const cleared = { ...NO_FILTER, kind: shown?.filter.kind ?? filter.kind };
      changed(cleared);
      fill(filters, filterForm(choices, cleared, { changed, clear }));
      filters.querySelector<HTMLElement>('#search')?.focus();
    };
    fill(filters, filterForm(choices, filter, { changed, clear }));
  }

  async function showDetail({ open, chain }: ExploreRoute): Promise<void> {
    const mine = (turn += 1);
    if (open === undefined) return fill(detail, emptyText(words.empty));
    const view = await openedView({ settings, source, words }, open, chain);
    if (mine !== turn) return;
    fill(detail, view);
    placeCloseButton(detail, close);
    detail.scrollTop = 0;
    const target = chain === undefined ? '#question-title' : `details[data-chain="${chain}"] > summary`;
    detail.querySelector<HTMLElement>(target)?.focus();
  }

  function close(): void {
    if (shown?.open !== undefined) go({ ...shown, open: undefined, chain: undefined });
  }

  on(page, 'keydown', (event) => onKey(event, page, close));
  return { element: page, show };
}

/** Esc leads from a question back to its row; "/" to the search field. */
function onKey(event: KeyboardEvent, page: HTMLElement, close: () => void): void {
  if (event.key === 'Escape') close();
  if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  page.querySelector<HTMLElement>('#search')?.focus();
}

async function openedView(
  { settings, source, words }: Pick<ExplorerOptions, 'settings' | 'source' | 'words'>,
  id: string,
  chain: number | undefined,
): Promise<HTMLElement> {
  try {
    const question = await source.open(id);
    return question ? questionView(question, settings, chain) : emptyText(absentText(id, source, words));
  } catch (error) {
    return element('p', { class: 'warning' }, error instanceof Error ? error.message : String(error));
  }
}

const emptyText = (text: string): HTMLElement => element('p', { class: 'empty' }, text);

const absentText = (id: string, { sample }: DataSource, { elsewhere }: ExplorerWords): string =>
  sample ? `Question ${id} is not in the sample of this file; ${elsewhere}` : `There is no question ${id}.`;

/** In the question's own header, or above what stands in its place. */
function placeCloseButton(detail: HTMLElement, close: () => void): void {
  const header = detail.querySelector('header');
  const button = element(
    'button',
    { type: 'button', class: `quiet back${header ? '' : ' alone'}` },
    'Back to the list',
  );
  on(button, 'click', close);
  if (header) header.append(button);
  else detail.prepend(button);
}

function sampleNote({ sample }: DataSource, { sampled }: ExplorerWords): HTMLElement | null {
  if (sample === undefined) return null;
  const chains = sample.questions.reduce((sum, question) => sum + question.chains.length, 0);
  return element(
    'p',
    { class: 'sample-note', role: 'note' },
    element(
      'strong',
      {},
      `A sample: ${number(sample.questions.length)} of ${number(sample.totals.questions)} questions`,
    ),
    ` with ${number(chains)} of ${number(sample.totals.chains)} chains`,
    sampled,
  );
}
