import type { ChainDetail, ChainSummary, ListPage, QuestionDetail, QuestionSummary } from './page-data.js';

/** What the explorer lists. Everything but `kind` narrows; '' and null do not. */
export interface ExplorerFilter {
  readonly kind: 'questions' | 'chains';
  /** In the question's text, or the beginning of an id of question or chain. */
  readonly text: string;
  /** Of the question, or of the chain where chains are listed. */
  readonly outcome: string;
  readonly reason: string;
  readonly source: string;
  readonly domain: string;
  /** Of a chain; a question is listed when one of its chains fits all of these. */
  readonly teacher: string;
  readonly firstRating: string;
  readonly lastRating: string;
  readonly rvMin: number | null;
  readonly rvMax: number | null;
  readonly cdMin: number | null;
  readonly cdMax: number | null;
}

export const NO_FILTER: ExplorerFilter = {
  kind: 'questions',
  text: '',
  outcome: '',
  reason: '',
  source: '',
  domain: '',
  teacher: '',
  firstRating: '',
  lastRating: '',
  rvMin: null,
  rvMax: null,
  cdMin: null,
  cdMax: null,
};

export const PAGE_ROWS = 50;
const MAX_TEXT_CHARS = 200;
const LEVELS = ['rvMin', 'rvMax', 'cdMin', 'cdMax'] as const;
const WORDS = ['text', 'outcome', 'reason', 'source', 'domain', 'teacher', 'firstRating', 'lastRating'] as const;
const SNIPPET_CHARS = 160;

/** Reads a filter from the parameters of an address. What is no filter is left out. */
export function readFilter(parameters: { get(name: string): string | null }): ExplorerFilter {
  const words = WORDS.map((name) => [name, (parameters.get(name) ?? '').slice(0, MAX_TEXT_CHARS)]);
  const levels = LEVELS.map((name) => [name, readLevel(parameters.get(name))]);
  const kind = parameters.get('kind') === 'chains' ? 'chains' : 'questions';
  return { ...NO_FILTER, ...Object.fromEntries([...words, ...levels]), kind } as ExplorerFilter;
}

/** The parameters of a filter, those that narrow nothing left out. */
export function writeFilter(filter: ExplorerFilter): [string, string][] {
  const named = Object.entries(filter).filter(([name, value]) => value !== '' && value !== null && name !== 'kind');
  return [
    ...(filter.kind === 'chains' ? [['kind', 'chains'] as [string, string]] : []),
    ...named.map(([name, value]) => [name, String(value)] as [string, string]),
  ];
}

const readLevel = (text: string | null): number | null => (text !== null && /^[0-9]$/.test(text) ? Number(text) : null);

/** The first page rows of a sample from `offset`, by the same rules as the queries over the tables. */
export function listQuestions(
  questions: readonly QuestionDetail[],
  filter: ExplorerFilter,
  offset: number,
): ListPage<QuestionSummary> {
  const found = questions.filter((question) => fitsQuestion(question, filter));
  return { total: found.length, rows: found.slice(offset, offset + PAGE_ROWS).map(questionSummary) };
}

export function listChains(
  questions: readonly QuestionDetail[],
  filter: ExplorerFilter,
  offset: number,
): ListPage<ChainSummary> {
  const found = questions.flatMap((question) =>
    fitsPlace(question, filter)
      ? question.chains
          .filter((chain) => fitsText(question, [chain], filter) && fitsEnd(chain, filter) && fitsChain(chain, filter))
          .map((chain) => ({ question, chain }))
      : [],
  );
  return {
    total: found.length,
    rows: found.slice(offset, offset + PAGE_ROWS).map(({ question, chain }) => chainSummary(question, chain)),
  };
}

/** Whether a filter asks for something that only chains have. */
export const narrowsChains = (filter: ExplorerFilter): boolean =>
  filter.teacher !== '' ||
  filter.firstRating !== '' ||
  filter.lastRating !== '' ||
  LEVELS.some((name) => filter[name] !== null);

const fitsQuestion = (question: QuestionDetail, filter: ExplorerFilter): boolean =>
  fitsPlace(question, filter) &&
  fitsEnd(question, filter) &&
  fitsText(question, question.chains, filter) &&
  (!narrowsChains(filter) || question.chains.some((chain) => fitsChain(chain, filter)));

const fitsPlace = ({ source, domain }: QuestionDetail, filter: ExplorerFilter): boolean =>
  equalOrAny(filter.source, source) && equalOrAny(filter.domain, domain);

const fitsEnd = (
  { outcome, reason }: { readonly outcome: string; readonly reason: string | null },
  filter: ExplorerFilter,
): boolean => equalOrAny(filter.outcome, outcome) && equalOrAny(filter.reason, reason);

const fitsChain = (chain: ChainDetail, filter: ExplorerFilter): boolean =>
  equalOrAny(filter.teacher, chain.teacher) &&
  equalOrAny(filter.firstRating, chain.ratings[0] ?? null) &&
  equalOrAny(filter.lastRating, chain.ratings.at(-1) ?? null) &&
  within(chain.rv, filter.rvMin, filter.rvMax) &&
  within(chain.cd, filter.cdMin, filter.cdMax);

function fitsText({ id, question }: QuestionDetail, chains: readonly ChainDetail[], { text }: ExplorerFilter): boolean {
  if (text === '') return true;
  const wanted = text.toLowerCase();
  return (
    question.text.toLowerCase().includes(wanted) ||
    id.startsWith(wanted) ||
    chains.some((chain) => chain.id.startsWith(wanted))
  );
}

const equalOrAny = (wanted: string, value: string | null): boolean => wanted === '' || wanted === value;

const within = (level: number | null, min: number | null, max: number | null): boolean =>
  (min === null && max === null) || (level !== null && level >= (min ?? 0) && level <= (max ?? 9));

export const snippet = (text: string): string => text.slice(0, SNIPPET_CHARS).replace(/\s+/g, ' ');

function questionSummary(question: QuestionDetail): QuestionSummary {
  const { id, outcome, reason, source, domain, rounds, cost, chains, learning } = question;
  return {
    id,
    text: snippet(question.question.text),
    outcome,
    reason,
    source,
    domain,
    chains: chains.length,
    acceptedChains: chains.filter((chain) => chain.outcome === 'accepted').length,
    rounds,
    tokens: question.inputTokens + question.outputTokens,
    cost,
    ...(learning && { learning }),
  };
}

function chainSummary(question: QuestionDetail, chain: ChainDetail): ChainSummary {
  const { index, id, teacher, outcome, reason, rv, cd, ratings, rounds, tokens, learning } = chain;
  return {
    questionId: question.id,
    index,
    id,
    text: snippet(question.question.text),
    teacher,
    outcome,
    reason,
    rv,
    cd,
    firstRating: ratings[0] ?? null,
    lastRating: ratings.at(-1) ?? null,
    rounds,
    tokens,
    ...(learning && { learning }),
  };
}
