import { NO_FILTER } from '../activities/report/explorer-filter.js';
import type { ImprovementPage } from '../activities/report/improvement-data.js';
import type { PageData } from '../activities/report/page-data.js';
import { datasetBook, type Book } from './book.js';
import { element, fill, setAttribute } from './dom.js';
import type { ExplorerPage } from './explorer-page.js';
import { improvementBook } from './improvement-book.js';
import { readRoute, writeRoute, type Route } from './route.js';
import { themeButton } from './theme.js';

const book = bookOf(
  JSON.parse(document.getElementById('report-data')?.textContent ?? '{}') as PageData | ImprovementPage,
);
const content = element('div', { id: 'content' });
const tabs = [
  tab(book.tabs.overview, { page: 'overview' }),
  tab(book.tabs.explorer, { page: 'explore', filter: NO_FILTER, offset: 0, open: undefined, chain: undefined }),
];
let overviewElement: HTMLElement | undefined;
let explorer: ExplorerPage | undefined;

start();

function bookOf(data: PageData | ImprovementPage): Book {
  return 'improvement' in data ? improvementBook(data) : datasetBook(data);
}

function start(): void {
  const skip = element('a', { href: '#main', class: 'skip' }, 'Skip to the content');
  skip.addEventListener('click', (event) => {
    event.preventDefault();
    document.getElementById('main')?.focus();
  });
  fill(
    document.getElementById('app') ?? document.body,
    skip,
    element(
      'header',
      { class: 'top' },
      element(
        'p',
        { class: 'title' },
        element('strong', {}, book.title),
        ' ',
        element('span', { class: 'version' }, book.version),
      ),
      element('nav', { 'aria-label': 'Report' }, tabs),
      themeButton(),
    ),
    content,
    element(
      'footer',
      {},
      `Written by cotmill ${book.writtenBy}. Drawn with Observable Plot (ISC), KaTeX (MIT) and jsdiff (BSD-3-Clause).`,
    ),
  );
  window.addEventListener('hashchange', () => void show(readRoute(location.hash)));
  void show(readRoute(location.hash));
}

function tab(name: string, route: Route): HTMLElement {
  return element('a', { href: writeRoute(route), 'data-page': route.page }, name);
}

/** Changes the address, and with it what is shown. */
function go(route: Route, how?: 'replace'): void {
  const hash = writeRoute(route);
  if (how !== 'replace') {
    location.hash = hash;
    return;
  }
  history.replaceState(null, '', hash);
  void show(route);
}

async function show(route: Route): Promise<void> {
  for (const one of tabs) setAttribute(one, 'aria-current', one.dataset['page'] === route.page ? 'page' : null);
  if (route.page === 'overview') {
    overviewElement ??= book.overview();
    place(overviewElement);
    return;
  }
  explorer ??= book.explorer(go);
  place(explorer.element);
  await explorer.show(route);
}

function place(page: HTMLElement): void {
  if (content.firstChild !== page) content.replaceChildren(page);
}
