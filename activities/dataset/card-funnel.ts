import type { CardStats } from './card-facts.js';
import { inline, table } from './card-text.js';
import { percent } from '../plain-text.js';
import type { OutcomeCounts } from './stats.js';

/** From rows of the sources to accepted chains: every one that was lost, with its reason. */
export function funnel({ plan, questions, chains }: CardStats): string {
  const sum = (of: (source: CardStats['plan']['sources'][number]) => number): number =>
    plan.sources.reduce((total, source) => total + of(source), 0);
  const steps: [string, number][] = [
    ['rows read from the sources', sum(({ rows }) => rows)],
    ['- passed over (`only`)', sum(({ passedOver = 0 }) => passedOver)],
    ['- broken rows', sum(({ badRows }) => badRows)],
    ['- exact duplicates', sum(({ duplicates }) => duplicates)],
    ['- near duplicates', sum(({ nearDuplicates }) => nearDuplicates)],
    ['- too close to a benchmark', sum(({ contaminated }) => contaminated)],
    ["- not needed (the recipe's limits)", sum(({ notNeeded }) => notNeeded)],
    ['questions worked on', questions.total],
    ...losses(questions.byReason),
    ['**questions accepted**', questions.accepted],
    ['chains of all questions', chains.total],
    ...losses(chains.byReason),
    ['**chains accepted**', chains.accepted],
  ];
  return [
    '## From rows to accepted chains',
    table(
      ['', 'count'],
      steps.filter(([name, count]) => count > 0 || !name.startsWith('-')),
    ),
    ...(questions.failed > 0
      ? [`${questions.failed} of the questions failed for reasons of infrastructure: they say nothing about the data.`]
      : []),
    outcomeTable('teacher', chains.byTeacher),
    outcomeTable('rewrites of the chain', chains.byRound),
    table(
      ['accepted chains by who wrote the kept text', 'chains', 'share'],
      Object.entries(chains.acceptedByRevision).map(([by, count]) => [
        inline(by),
        count,
        percent(count, chains.accepted),
      ]),
    ),
  ].join('\n\n');
}

const losses = (byReason: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(byReason)
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .map(([reason, count]) => [`- ${inline(reason)}`, count]);

const outcomeTable = (what: string, counts: Readonly<Record<string, OutcomeCounts>>): string =>
  table(
    [what, 'chains', 'accepted', 'share'],
    Object.entries(counts).map(([name, { total, accepted }]) => [
      inline(name),
      total,
      accepted,
      percent(accepted, total),
    ]),
  );
