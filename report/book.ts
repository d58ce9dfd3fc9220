import type { PageData } from '../activities/report/page-data.js';
import { dataSource } from './data-source.js';
import { datasetWords, explorerPage, type ExplorerOptions, type ExplorerPage } from './explorer-page.js';
import { datasetChoices } from './filter-form.js';
import { overviewPage } from './overview-page.js';

/** What a report is about, and its two pages: everything that differs from one kind of report to another. */
export interface Book {
  readonly title: string;
  readonly version: string;
  /** Version of cotmill. */
  readonly writtenBy: string;
  readonly tabs: { readonly overview: string; readonly explorer: string };
  overview(): HTMLElement;
  explorer(go: ExplorerOptions['go']): ExplorerPage;
}

/** The report of a data set, or of a training set. */
export function datasetBook(data: PageData): Book {
  const { overview } = data;
  const { name, version } = overview.training ?? overview;
  return {
    ...{ title: name, version, writtenBy: overview.provenance.cotmill },
    tabs: { overview: 'Overview', explorer: 'Explorer' },
    overview: () => overviewPage(overview),
    explorer: (go) =>
      explorerPage({
        title: `Explorer of ${overview.name} ${overview.version}`,
        choices: datasetChoices(overview),
        settings: overview.settings,
        source: dataSource(data),
        words: datasetWords(),
        go,
      }),
  };
}
