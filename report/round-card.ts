import { NO_FILTER } from '../activities/report/explorer-filter.js';
import { reasonMeaning } from '../activities/report/explain-learning.js';
import type { ChosenRow, ReasonCount, RoundPart, Spread } from '../activities/report/improvement-data.js';
import { table } from './charts.js';
import { element, on, type Child } from './dom.js';
import { figure, money, number, percent, points } from './format.js';
import { rolloutChart } from './round-charts.js';
import { writeRoute } from './route.js';

/** What the examples have of a round, so that a reason leads to them. */
export interface RoundCardOptions {
  readonly part: RoundPart;
  readonly isOpen: boolean;
  /** Whether the sample has a question, or chain, of this round and reason. */
  readonly hasExample: (kind: 'questions' | 'chains', reason: string) => boolean;
}

/** One round: what was explored, what of it is learnt, and why the rest is not. */
export function roundCard({ part, isOpen, hasExample }: RoundCardOptions): HTMLElement {
  const id = `round-${part.round}`;
  const body = element('div', { class: 'round-body' });
  const details = element(
    'details',
    { class: 'card wide round', open: isOpen, 'data-round': part.round },
    element(
      'summary',
      {},
      element('h2', { id }, `Round ${part.round}`),
      element('span', { class: 'note' }, `${foundWords(part)} of ${number(part.rollouts)} rollouts`),
      part.training === null ? element('span', { class: 'badge rejected' }, 'nothing trained') : null,
    ),
    body,
  );
  // Plots and tables of twenty rounds take a while: those of a closed round are made when it is opened.
  const show = (): void => {
    if (details.open && !body.hasChildNodes()) body.append(...parts({ part, hasExample }));
  };
  on(details, 'toggle', show);
  if (isOpen) show();
  return details;
}

export const foundWords = ({ found, variant }: Pick<RoundPart, 'found' | 'variant'>): string =>
  `${number(found)} ${variant === 'sft' ? 'chain' : 'pair'}${found === 1 ? '' : 's'} learnt`;

function parts({ part, hasExample }: Omit<RoundCardOptions, 'isOpen'>): HTMLElement[] {
  const reasons = (title: string, kind: 'questions' | 'chains', rows: readonly ReasonCount[]): HTMLElement =>
    element(
      'section',
      {},
      element('h3', {}, title),
      reasonTable(rows, (reason) =>
        hasExample(kind, reason) ? examplesOf({ round: part.round, kind, reason }) : undefined,
      ),
    );
  return [
    element('section', {}, element('h3', {}, 'What happened'), facts(part)),
    element(
      'section',
      {},
      element('h3', {}, 'Rollouts by length and perplexity'),
      part.points.length === 0
        ? element('p', { class: 'note' }, 'No rollout was measured.')
        : rolloutChart(`Rollouts of round ${part.round} by tokens and perplexity`, part.points, part.band),
    ),
    element(
      'section',
      { class: 'wide' },
      element('h3', {}, part.variant === 'sft' ? 'Chains to learn' : 'Pairs to learn'),
      element('p', { class: 'note' }, spreadWords(part)),
      chosenTable(part),
    ),
    reasons('Questions that give nothing', 'questions', part.questionsLeftOut),
    reasons('Rollouts of hard questions that are not learnt', 'chains', part.rolloutsLeftOut),
  ];
}

function facts(part: RoundPart): HTMLElement {
  const { questions, rollouts, right, passRate, hardLeft, training, student, calls, outputTokens, cost } = part;
  const entries: readonly [string, Child][] = [
    ['Explored by', part.explorer],
    ['Explored', `${number(questions)} questions, ${number(rollouts)} rollouts, ${number(right)} right`],
    ['Pass rate', passRate === null ? '-' : `${points(passRate)} %, the mean over the questions`],
    ['Hard questions left', `${number(hardLeft)} of which nothing was ever learnt`],
    ['Learnt', foundWords(part)],
    ['Trained on', training ? `${training.set}, ${number(training.rows)} rows` : 'nothing: too little was found'],
    [
      'Student',
      student
        ? `${student.name}: ${student.method} of ${student.base}, ${number(student.steps)} steps, loss ${figure(student.loss)}`
        : '-',
    ],
    [
      'Spent',
      `${number(calls.new)} calls new, ${number(calls.reused)} reused; ${number(outputTokens)} tokens out, cost ${money(cost)}`,
    ],
    ['Exploration', element('code', {}, `${part.run}: ${part.dataset}`)],
    ['Whole choice', element('code', {}, part.choiceKey)],
  ];
  return element(
    'dl',
    { class: 'facts' },
    entries.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

/** Lengths and perplexities of what was chosen, side by side. */
function spreadWords({ lengths, perplexities, band, variant }: RoundPart): string {
  const between = ({ min, median, max }: Spread, write: (value: number) => string): string =>
    `${write(min)} to ${write(max)}, in the middle ${write(median)}`;
  const side = (name: Spread['side']): string => {
    const [length, perplexity] = [lengths, perplexities].map((spreads) => spreads.find((one) => one.side === name));
    const figures = [
      ...(length ? [`tokens ${between(length, number)}`] : []),
      ...(perplexity ? [`perplexity ${between(perplexity, figure)}`] : []),
    ];
    const words = `${variant === 'dpo' ? `${name} side: ` : ''}${figures.join('; ')}`;
    return figures.length === 0 ? '' : `${words.charAt(0).toUpperCase()}${words.slice(1)}. `;
  };
  const rule = band ? `A chosen chain has a perplexity of ${figure(band.low)} to ${figure(band.high)}.` : '';
  return `${side('chosen')}${side('rejected')}${rule}`.trim() || 'Nothing was chosen.';
}

function chosenTable({ chosen, found, variant, round }: RoundPart): Child {
  if (chosen.length === 0) return null;
  const isPairs = variant === 'dpo';
  const head = isPairs
    ? ['Question', 'Chosen: tokens', 'Perplexity', 'Rejected: tokens', 'Perplexity']
    : ['Question', 'Tokens', 'Perplexity'];
  const rows = chosen.map((row) => [
    chosenLink(row, round),
    ...[row.chosen, ...(row.rejected ? [row.rejected] : [])].flatMap(({ tokens, perplexity }) => [
      tokens === null ? '-' : number(tokens),
      figure(perplexity),
    ]),
  ]);
  const more = found - chosen.length;
  return element(
    'div',
    { 'data-chosen': round },
    element('div', { class: 'table-scroll' }, table(head, rows)),
    more > 0 ? element('p', { class: 'note' }, `and ${number(more)} more, all in the file of the whole choice`) : null,
  );
}

/** Leads to the question where the file has it. */
function chosenLink({ questionId, text }: ChosenRow, round: number): Child {
  if (text === null) return element('code', {}, questionId.slice(0, 12));
  const href = examplesOf({ round, kind: 'questions', reason: 'chosen' }, questionId);
  return element('a', { href, class: 'excerpt' }, text);
}

function reasonTable(rows: readonly ReasonCount[], link: (reason: string) => string | undefined): Child {
  if (rows.length === 0) return element('p', { class: 'note' }, 'None.');
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  const name = (reason: string): Child => {
    const href = link(reason);
    return element(
      'span',
      { class: 'reason' },
      href === undefined ? element('strong', {}, reason) : element('a', { href }, reason),
      element('span', { class: 'note' }, reasonMeaning(reason)),
    );
  };
  return element(
    'div',
    { class: 'table-scroll' },
    table(
      ['Reason', 'Number', 'Share'],
      rows.map(({ reason, count }) => [name(reason), number(count), percent(count, all)]),
    ),
  );
}

interface Examples {
  readonly round: number;
  readonly kind: 'questions' | 'chains';
  readonly reason: string;
}

/** @param open id of one of them */
const examplesOf = ({ round, kind, reason }: Examples, open?: string): string =>
  writeRoute({
    page: 'explore',
    filter: { ...NO_FILTER, kind, reason, teacher: `round ${round}` },
    ...{ offset: 0, open, chain: undefined },
  });
