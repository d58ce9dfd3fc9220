import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { Comparison } from '../../activities/experiment/experiment-summary.js';
import type { ImprovementSummary, RoundResult, Stop } from '../../activities/improve/round-result.js';
import { points, scoreCells, visibleDifferences } from '../experiment/describe.js';
import { spentIn, type LoopState } from './rounds.js';

/** Everything that the table of a self-improvement shows. */
export interface LoopTable extends LoopState {
  readonly comparisons: readonly Comparison[];
  /** Left out: it goes on. */
  readonly stop?: Stop;
}

/** The rounds so far, in Markdown: for the workflow's page and for the store. Pure. */
export function describeLoop(table: LoopTable): string {
  const { imitation, imitationScores, rounds, stop } = table;
  const evaluations = [
    ...new Set([...imitationScores, ...rounds.flatMap(({ scores }) => scores)].map(({ evaluation }) => evaluation)),
  ];
  const spent = spentIn(rounds);
  return [
    ...(stop ? [`Ended: **${stop.reason}**. ${sentence(stop.words)}`, ''] : []),
    '| round | explored | rollouts | right | pass rate | new | trained on | student |',
    '|---|---|---|---|---|---|---|---|',
    `| 0 | - | - | - | - | - | the seed | ${imitation.name} ${imitation.version} (imitation only) |`,
    ...rounds.map(roundRow),
    ...evaluations.flatMap((evaluation) => scoreTable(evaluation, table)),
    '',
    `In this execution the rounds generated ${spent.outputTokens.toLocaleString('en-US')} tokens for ${spent.cost.toFixed(4)}; their trainings took ${(spent.trainingSeconds / 3600).toFixed(2)} hours.`,
    '',
    ...rounds.map(
      ({ round, chosen }) => `round ${round}, what was chosen and why the rest was not: \`${chosen.reportKey}\``,
    ),
  ].join('\n');
}

/** Where table and report of the rounds are, in Markdown. Pure. */
export const describeFiles = ({ tableKey, reportKey }: LoopFiles): string =>
  `table: \`${tableKey}\`, report: \`${reportKey}\``;

type LoopFiles = Pick<ImprovementSummary, 'tableKey' | 'reportKey'>;

function roundRow({ round, explored, chosen, student }: RoundResult): string {
  const found = `${chosen.found} ${chosen.variant === 'sft' ? 'chains' : 'pairs'}`;
  const trained = chosen.training ? `${chosen.training.rows} rows` : 'nothing';
  const name = student ? `${student.name} ${student.version}` : '-';
  const rate = chosen.passRate === null ? '-' : `${points(chosen.passRate)} %`;
  return `| ${round} | ${explored.questions} | ${chosen.rollouts} | ${chosen.right} | ${rate} | ${found} | ${trained} | ${name} |`;
}

function scoreTable(evaluation: string, { imitation, imitationScores, rounds, comparisons }: LoopTable): string[] {
  const models = [
    { round: 0, name: imitation.name, result: resultOf(evaluation, imitationScores) },
    ...rounds.flatMap(({ round, student, scores }) =>
      student ? [{ round, name: student.name, result: resultOf(evaluation, scores) }] : [],
    ),
  ];
  return [
    '',
    `| ${evaluation} | pass@1 | 95 % interval | tokens | better or worse than, beyond noise |`,
    '|---|---|---|---|---|',
    ...models.map(({ round, name, result }) => {
      const own = comparisons.filter((each) => each.evaluation === evaluation && each.model === name);
      return `| round ${round}: ${name} | ${scoreCells(result)} | ${visibleDifferences(own, 'none')} |`;
    }),
  ];
}

const resultOf = (evaluation: string, results: readonly EvaluationResult[]): EvaluationResult | undefined =>
  results.find((result) => result.evaluation === evaluation);
const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
