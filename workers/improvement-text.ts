import type { EvaluationResult } from '../activities/evaluation/evaluation-result.js';
import type { ImprovementSummary, RoundResult } from '../activities/improve/round-result.js';
import { points } from '../activities/plain-text.js';
import type { RunStatus } from './run-client.js';
import { taskLines, taskWords } from './task-progress.js';

/** One line: how far a self-improvement is. Pure. */
export function improvementWords({ improvement }: Pick<RunStatus, 'improvement'>): string[] {
  if (!improvement) return [];
  return [loopWords(improvement), ...improvement.running.map((task) => taskWords(task, improvement.notes))];
}

/** The same for a screen. Pure. */
export function improvementLines({ run, improvement }: Pick<RunStatus, 'run' | 'improvement'>): string[] {
  if (!improvement) return [];
  return [
    loopWords(improvement),
    ...taskLines(improvement.running, improvement.notes),
    ...(improvement.step === 'waiting for approval' ? [`  cotmill approve ${run}   (or --end)`] : []),
  ];
}

function loopWords({ round, maxRounds, step, exploring }: NonNullable<RunStatus['improvement']>): string {
  if (round === 0) return 'self-improvement: the imitation is evaluated';
  const at = `round ${round} of at most ${maxRounds ?? '?'}: ${step}`;
  if (step !== 'exploring' || !exploring || exploring.questions === 0) return at;
  return `${at}, ${exploring.finished} of ${exploring.questions} questions, ${exploring.inFlight} in flight`;
}

/** What a self-improvement came to: why it ended, and a line for each round. Pure. */
export function improvementResultLines({
  imitation,
  imitationScores,
  rounds,
  stop,
  best,
  tableKey,
  reportKey,
}: ImprovementSummary): string[] {
  return [
    `improve   ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'}, ended: ${stop.reason} (${stop.words})`,
    `imitation ${imitation.name} ${imitation.version}${scoreWords(imitationScores)}`,
    ...rounds.map(roundLine),
    `best      ${best.name} ${best.version}`,
    `table     ${tableKey}`,
    `report    ${reportKey}`,
  ];
}

function roundLine({ round, explored, chosen, student, scores }: RoundResult): string {
  const rate = chosen.passRate === null ? '' : `, pass rate ${points(chosen.passRate)} %`;
  const found = `${chosen.found} new ${chosen.variant === 'sft' ? 'chains' : 'pairs'}`;
  const learnt = student ? `${student.name} ${student.version}${scoreWords(scores)}` : 'nothing trained';
  return `round ${round}   ${explored.questions} questions explored${rate}, ${found}; ${learnt}; calls ${explored.calls.new} new, ${explored.calls.reused} reused`;
}

const scoreWords = (scores: readonly EvaluationResult[]): string =>
  scores
    .map(({ evaluation, passAt1 }) =>
      passAt1
        ? `, ${evaluation} ${points(passAt1.value)} (${points(passAt1.low)} to ${points(passAt1.high)})`
        : `, ${evaluation} without a score`,
    )
    .join('');
