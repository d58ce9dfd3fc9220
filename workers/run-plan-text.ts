import { aligned, grouped } from '../activities/plain-text.js';
import type { AskRange } from '../config/ask-estimate.js';
import type { RunPlan } from './run-plan.js';

/** A plan as plain text: tables of calls, trainings and evaluations, and what the numbers rest on. Pure. */
export function runPlanText({ questions, isPerThousand, pools, trainings, evaluations }: RunPlan): string {
  const calls = [
    ['calls', 'calls', 'tokens in', 'tokens out', 'cost'],
    ...pools.map(({ pool, calls: count, inputTokens, outputTokens, cost }) => [
      pool,
      rangeText(count, whole),
      rangeText(inputTokens, short),
      rangeText(outputTokens, short),
      rangeText(cost, (value) => value.toFixed(2)),
    ]),
  ];
  const trained = [
    ['trainings', 'method', 'on', 'rows', 'steps', 'tokens', 'GPUs'],
    ...trainings.map(({ student, method, trainingSet, rows, steps, tokens, gpus }) => [
      student,
      method,
      trainingSet,
      grouped(rows),
      grouped(steps),
      short(tokens),
      gpus === 0 ? '-' : String(gpus),
    ]),
  ];
  const asked = [
    ['evaluations', 'model', 'problems', 'answers', 'tokens out'],
    ...evaluations.map(({ evaluation, model, problems, answers, outputTokens }) => [
      evaluation,
      model,
      problems === null ? '?' : grouped(problems),
      answers === null ? '?' : grouped(answers),
      outputTokens === null ? '?' : short(outputTokens),
    ]),
  ];
  return [
    `plan     ${grouped(questions)} questions${isPerThousand ? '; the recipe asks for all there are: numbers are for a thousand' : ''}`,
    ...indented(calls),
    ...(trainings.length > 0 ? indented(trained) : []),
    ...(evaluations.length > 0 ? indented(asked) : []),
    '         if every question is accepted and nothing is in the ledger; from the least to the most that chains can need. Tokens: a quarter of each',
    '         token limit for an answer, 400 for instructions and question (ours): run a hundred questions first, and see what they take.',
  ].join('\n');
}

const indented = (rows: readonly (readonly string[])[]): string[] => aligned(rows).map((line) => `         ${line}`);

const rangeText = ({ least, most }: AskRange, text: (value: number) => string): string =>
  text(least) === text(most) ? text(most) : `${text(least)} to ${text(most)}`;

const whole = (value: number): string => grouped(Math.round(value));

/** 1234567 as 1.2M. */
function short(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)}K` : whole(value);
}
