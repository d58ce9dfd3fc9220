import { listChains, listQuestions, writeFilter, type ExplorerFilter } from '../activities/report/explorer-filter.js';
import type {
  ChainSummary,
  ListPage,
  PageData,
  QuestionDetail,
  QuestionSummary,
  Sample,
} from '../activities/report/page-data.js';

/** Where the explorer's rows come from: the sample in the file, or the server behind the page. */
export interface DataSource {
  /** undefined: everything is there. */
  readonly sample: Sample | undefined;
  questions(filter: ExplorerFilter, offset: number): Promise<ListPage<QuestionSummary>>;
  chains(filter: ExplorerFilter, offset: number): Promise<ListPage<ChainSummary>>;
  /** undefined: there is no such question, or it is not in the sample. */
  open(id: string): Promise<QuestionDetail | undefined>;
}

export const dataSource = ({ sample }: PageData): DataSource =>
  sample === null ? servedSource() : sampleSource(sample);

export const sampleSource = (sample: Sample): DataSource => ({
  sample,
  questions: (filter, offset) => Promise.resolve(listQuestions(sample.questions, filter, offset)),
  chains: (filter, offset) => Promise.resolve(listChains(sample.questions, filter, offset)),
  open: (id) => Promise.resolve(sample.questions.find((question) => question.id === id)),
});

function servedSource(): DataSource {
  let listing: AbortController | undefined;

  /** Only the newest list counts: the one before it is dropped on the way. */
  async function list<Row>(name: string, filter: ExplorerFilter, offset: number): Promise<ListPage<Row>> {
    listing?.abort();
    listing = new AbortController();
    const parameters = new URLSearchParams([...writeFilter(filter), ['offset', String(offset)]]);
    const response = await fetch(`api/${name}?${parameters.toString()}`, { signal: listing.signal });
    return (await answer(response)) as ListPage<Row>;
  }

  return {
    sample: undefined,
    questions: (filter, offset) => list('questions', filter, offset),
    chains: (filter, offset) => list('chains', filter, offset),
    async open(id) {
      const response = await fetch(`api/question?${new URLSearchParams({ id }).toString()}`);
      return response.status === 404 ? undefined : ((await answer(response)) as QuestionDetail);
    },
  };
}

async function answer(response: Response): Promise<unknown> {
  if (response.ok) return response.json();
  throw new Error(`The server answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
}
