import type { AnsweredRange } from '../../activities/evaluation/answer-problems.js';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { PreparedEvaluation } from '../../activities/evaluation/prepare-evaluation.js';

/** Answers of the ranges that have ended in this execution. */
export type AnsweredSoFar = Pick<AnsweredRange, 'samples' | 'scored' | 'correct'>;

export const nothingAnswered: AnsweredSoFar = { samples: 0, scored: 0, correct: 0 };

export const addAnswered = (sum: AnsweredSoFar, { samples, scored, correct }: AnsweredSoFar): AnsweredSoFar => ({
  samples: sum.samples + samples,
  scored: sum.scored + scored,
  correct: sum.correct + correct,
});

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

/** How far an evaluation is, in Markdown, for the UI. Pure. */
export function describeEvaluation(prepared: PreparedEvaluation, sum?: AnsweredSoFar): string {
  const { title, problems, samples, unanswered, perRange, unreadable } = prepared;
  const asked = `${problems} problems${samples > 1 ? `, ${samples} samples each` : ''}`;
  const left = unreadable > 0 ? `; ${unreadable} rows can not be read` : '';
  const toAsk = Math.min(problems, unanswered.length * perRange) * samples;
  const known = problems * samples - toAsk;
  const lines = sum
    ? [
        `${Math.min(problems * samples, known + sum.samples)} of ${problems * samples} answered`,
        ...(sum.scored > 0 ? [`right so far: ${share(sum.correct, sum.scored)}`] : []),
      ]
    : [];
  return [`${title}: ${asked}${left}`, ...lines].join('\n\n');
}

/** The end of an evaluation, in Markdown, for the UI. Pure. */
export function describeResult({ title }: PreparedEvaluation, result: EvaluationResult, fault?: string): string {
  const { model, passAt1, problems, scored, samples, meanTokens, meanDifficulty, secondOpinion, summaryKey } = result;
  const score =
    passAt1 === null
      ? 'nothing was scored'
      : `pass@1 ${share(passAt1.value, 1)} (${share(passAt1.low, 1)} to ${share(passAt1.high, 1)})`;
  const parts = [
    `**${model}** on ${title}: ${score}, ${problems} problems`,
    ...(scored < samples ? [`${samples - scored} answers without a score`] : []),
    ...(meanTokens === null ? [] : [`${Math.round(meanTokens)} tokens an answer`]),
    ...(meanDifficulty === null ? [] : [`mean CD ${meanDifficulty.toFixed(1)}`]),
    ...(secondOpinion === null ? [] : [`${secondOpinion.harness}: ${share(secondOpinion.value, 1)}`]),
  ];
  const missing = fault === undefined ? [] : ['', `no second opinion: ${fault}`];
  return [parts.join('; '), '', `files: \`${summaryKey}\``, ...missing].join('\n');
}
