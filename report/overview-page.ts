import type { FunnelStage, GroupRow, Overview, Spent, VerdictCount } from '../activities/report/page-data.js';
import { difficultyBars, heatMap, legend, levelHistogram, table } from './charts.js';
import { element, type Child } from './dom.js';
import { brief, decimal, money, number, percent } from './format.js';
import { provenanceCard } from './provenance-card.js';
import { trainingCards } from './training-cards.js';

/** Everything about the data set as a whole. */
export function overviewPage(overview: Overview): HTMLElement {
  const { training, scores, usage } = overview;
  return element(
    'main',
    { id: 'main', tabindex: -1 },
    element('h1', { class: 'visually-hidden' }, `Overview of ${overview.name} ${overview.version}`),
    overview.description === '' ? null : element('p', { class: 'lead' }, overview.description),
    tiles(overview),
    element(
      'div',
      { class: 'cards' },
      ...(training ? trainingCards(training) : []),
      card('From rows to questions', '', funnel(overview.funnel.questions)),
      card('From chains to kept chains', '', funnel(overview.funnel.chains)),
      card(
        'Reasoning verbosity (RV)',
        'Accepted chains; how much is said against what the problem needs.',
        levelHistogram('RV', [{ name: 'accepted', counts: scores.rv }]),
        unscored(scores.unscored),
      ),
      card(
        'Cognitive difficulty (CD)',
        'Accepted chains; how demanding the method is.',
        levelHistogram('CD', [{ name: 'accepted', counts: scores.cd }]),
      ),
      card(
        'RV by CD',
        'Accepted chains. Selection favours the diagonal: hard is long, easy is short.',
        heatMap('Accepted chains by RV and CD', scores.rvByCd),
      ),
      difficultyCard(overview),
      verdictCard(overview.verdicts),
      card(
        'Tokens and cost by role',
        'Every call behind these rows, each counted once, whoever paid for it.',
        spentTable('Role', usage.byRole),
        spentTable('Pool', usage.byPool),
      ),
      card(
        'Tokens and cost by end',
        'What the kept chains cost, and what was spent on the others.',
        spentTable('Chain', usage.byEnd),
      ),
      groupCard('Sources', 'Source', overview.bySource),
      groupCard('Domains', 'Domain', overview.byDomain),
      groupCard('Teachers', 'Teacher', overview.byTeacher),
      provenanceCard(overview.provenance),
    ),
  );
}

/** A part of the page with its heading. */
export function card(title: string, note: string, ...children: readonly Child[]): HTMLElement {
  const id = `card-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  return element(
    'section',
    { class: 'card', 'aria-labelledby': id },
    element('h2', { id }, title),
    note === '' ? null : element('p', { class: 'note' }, note),
    ...children,
  );
}

function tiles({ questions, chains, usage, lengths }: Overview): HTMLElement {
  const spent = usage.byRole.reduce((sum, { cost }) => sum + cost, 0);
  const calls = usage.byRole.reduce((sum, one) => sum + one.calls, 0);
  const tokens = usage.byRole.reduce((sum, one) => sum + one.inputTokens + one.outputTokens, 0);
  const entries: readonly [string, string, string][] = [
    [
      'Questions accepted',
      number(questions.accepted),
      `${percent(questions.accepted, questions.total)} of ${number(questions.total)}`,
    ],
    ['Chains kept', number(chains.accepted), `${percent(chains.accepted, chains.total)} of ${number(chains.total)}`],
    [
      'Questions out',
      number(questions.rejected + questions.failed),
      `${number(questions.rejected)} rejected, ${number(questions.failed)} failed`,
    ],
    ['Calls', brief(calls), `${brief(tokens)} tokens`],
    ['Cost', money(spent), questions.accepted === 0 ? '' : `${money(spent / questions.accepted)} an accepted question`],
    [
      'Length',
      lengths ? `${brief(lengths.p50)}` : '-',
      lengths ? `tokens in the middle; 99 % up to ${brief(lengths.p99)}` : 'no text',
    ],
  ];
  return tileList(entries);
}

/** Figures at the head of a page: name, value, note. */
export const tileList = (entries: readonly (readonly [name: string, value: string, note: string])[]): HTMLElement =>
  element(
    'dl',
    { class: 'tiles' },
    entries.map(([name, value, note]) =>
      element(
        'div',
        { class: 'tile' },
        element('dt', {}, name),
        element('dd', { class: 'value' }, value),
        element('dd', { class: 'note' }, note),
      ),
    ),
  );

function funnel(stages: readonly FunnelStage[]): HTMLElement {
  const most = Math.max(1, ...stages.map(({ count }) => count));
  return element(
    'ol',
    { class: 'funnel' },
    stages.map(({ name, count, lost }) => {
      const bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
      bar.style.setProperty('--share', String(count / most));
      return element(
        'li',
        {},
        element('span', { class: 'stage' }, name),
        element('span', { class: 'count' }, number(count)),
        bar,
        lost.length === 0
          ? null
          : element(
              'span',
              { class: 'lost' },
              `lost: ${lost.map((one) => `${one.reason} ${number(one.count)}`).join(', ')}`,
            ),
      );
    }),
  );
}

const unscored = (count: number): Child =>
  count === 0 ? null : element('p', { class: 'note' }, `${number(count)} accepted chains have no score.`);

function difficultyCard({ difficulty }: Overview): HTMLElement {
  const { flow, byRound } = difficulty;
  const of = (side: 'first' | 'last', rating: string): number =>
    flow.reduce((sum, one) => sum + (one[side] === rating ? one.chains : 0), 0);
  const bar = (name: string, side: 'first' | 'last') => ({
    ...{ name, easy: of(side, 'easy'), medium: of(side, 'medium'), hard: of(side, 'hard') },
  });
  const rounds = byRound.map((row, index) => ({ name: index === 0 ? 'original' : `rewrite ${index}`, ...row }));
  if (flow.length === 0) return card('Difficulty for the student', 'The recipe asks for no rating.');
  return card(
    'Difficulty for the student',
    'Every rated chain, by its first and its last rating; below, the ratings of the texts that each round brought.',
    legend(['easy', 'medium', 'hard'].map((name) => ({ name, variable: name }))),
    difficultyBars('Difficulty before and after alignment', [bar('before', 'first'), bar('after', 'last')]),
    element('h3', {}, 'By round'),
    difficultyBars('Ratings by round', rounds),
  );
}

const RULES = ['equal', 'different', 'undecided', 'none'] as const;
const JUDGES = [
  { name: 'right', judge: true },
  { name: 'wrong', judge: false },
  { name: 'not asked', judge: null },
] as const;

/** What the rule and the judge said of the same answers. */
function verdictCard(verdicts: readonly VerdictCount[]): HTMLElement {
  const of = (rule: string, judge: boolean | null): number =>
    verdicts.reduce((sum, one) => sum + (one.rule === rule && one.judge === judge ? one.chains : 0), 0);
  const agreeing = of('equal', true) + of('different', false);
  const both = agreeing + of('equal', false) + of('different', true);
  const cell = (rule: string, judge: boolean | null): Child => {
    const contradicts = (rule === 'equal' && judge === false) || (rule === 'different' && judge === true);
    const count = of(rule, judge);
    return contradicts && count > 0 ? element('strong', { class: 'contradiction' }, number(count)) : number(count);
  };
  return card(
    'Verdicts: rule and judge',
    both === 0
      ? 'No answer was checked by both.'
      : `Of ${number(both)} answers that both decided, they agree on ${percent(agreeing, both)}. The rule wins where they differ.`,
    table(
      ['Rule \\ judge', ...JUDGES.map(({ name }) => name)],
      RULES.map((rule) => [rule === 'none' ? 'no reference' : rule, ...JUDGES.map(({ judge }) => cell(rule, judge))]),
    ),
  );
}

function spentTable(name: string, rows: readonly Spent[]): HTMLElement {
  const all = rows.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  return element(
    'div',
    { class: 'table-scroll' },
    table(
      [name, 'Calls', 'Tokens in', 'Tokens out', 'Share', 'Cost'],
      rows.map((row) => [
        row.name,
        number(row.calls),
        number(row.inputTokens),
        number(row.outputTokens),
        percent(row.outputTokens, all),
        money(row.cost),
      ]),
    ),
  );
}

const groupCard = (title: string, name: string, rows: readonly GroupRow[]): HTMLElement =>
  element(
    'section',
    { class: 'card wide', 'aria-labelledby': `group-${name}` },
    element('h2', { id: `group-${name}` }, title),
    element(
      'div',
      { class: 'table-scroll' },
      table(
        [name, 'Questions', 'Accepted', 'Chains', 'Kept', 'Mean RV', 'Mean CD', 'Mean tokens', 'Cost'],
        rows.map((row) => [
          row.name,
          number(row.questions),
          percent(row.acceptedQuestions, row.questions),
          number(row.chains),
          percent(row.acceptedChains, row.chains),
          decimal(row.rv),
          decimal(row.cd),
          row.tokens === null ? '-' : number(Math.round(row.tokens)),
          money(row.cost),
        ]),
      ),
    ),
  );
