import { aligned, grouped } from '../activities/plain-text.js';
import type { AskRange } from '../config/ask-estimate.js';
import type { Bounds } from './plan-assumptions.js';
import type { PlannedImprovement, PlannedStep } from './planned-improvement.js';
import type { RunPlan } from './run-plan.js';

/** A plan as plain text: tables of calls, trainings and evaluations, and what the numbers rest on. Pure. */
export function runPlanText(plan: RunPlan): string {
  const { questions, isPerThousand, improvement } = plan;
  return [
    `plan     ${grouped(questions)} questions${isPerThousand ? '; the recipe asks for all there are: numbers are for a thousand' : ''}`,
    ...indented(callRows(plan)),
    ...indented(trainingRows(plan)),
    ...indented(evaluationRows(plan)),
    ...indented([
      'if every question is accepted and nothing is in the ledger; from the least to the most that chains can need. Tokens: a quarter of each',
      'token limit for an answer, 400 for instructions and question (ours): run a hundred questions first, and see what they take.',
    ]),
    ...(improvement ? improvementLines(improvement) : []),
    ...(isTimed(plan)
      ? [
          'times    at the speeds that the deployment gives (tokensPerSecond), which are what somebody believes; waiting and starting not counted',
        ]
      : ['times    unknown: the deployment gives no tokensPerSecond for its pools, trainers and servers']),
  ].join('\n');
}

function callRows({ pools }: RunPlan): string[] {
  return aligned([
    ['calls', 'calls', 'tokens in', 'tokens out', 'cost', 'time'],
    ...pools.map(({ pool, calls, inputTokens, outputTokens, cost, seconds }) => [
      pool,
      rangeText(calls, whole),
      rangeText(inputTokens, short),
      rangeText(outputTokens, short),
      rangeText(cost, money),
      seconds === null ? '?' : rangeText(seconds, duration),
    ]),
  ]);
}

function trainingRows({ trainings }: RunPlan): string[] {
  if (trainings.length === 0) return [];
  return aligned([
    ['trainings', 'method', 'on', 'rows', 'steps', 'tokens', 'GPUs', 'time'],
    ...trainings.map(({ student, method, trainingSet, rows, steps, tokens, gpus, seconds }) => [
      student,
      method,
      trainingSet,
      grouped(rows),
      grouped(steps),
      short(tokens),
      gpus === 0 ? '-' : String(gpus),
      known(seconds, duration),
    ]),
  ]);
}

function evaluationRows({ evaluations }: RunPlan): string[] {
  if (evaluations.length === 0) return [];
  return aligned([
    ['evaluations', 'model', 'problems', 'answers', 'tokens out', 'time'],
    ...evaluations.map(({ evaluation, model, problems, answers, outputTokens, seconds }) => [
      evaluation,
      model,
      known(problems, grouped),
      known(answers, grouped),
      known(outputTokens, short),
      known(seconds, duration),
    ]),
  ]);
}

function improvementLines({ questions, isPerThousand, expected, rounds }: PlannedImprovement): string[] {
  const steps = rounds.flatMap(({ steps: own }) => own);
  const rows = rounds.flatMap(({ round, steps: own }) =>
    own.map((step, index) => [index === 0 ? `round ${round}` : '', ...stepCells(step)]),
  );
  const sum = (name: 'seconds' | 'gpuHours' | 'cost', text: (value: number) => string): string => {
    const figures = steps.flatMap((step) => step[name] ?? []);
    const total: Bounds = {
      expected: figures.reduce((all, one) => all + one.expected, 0),
      most: figures.reduce((all, one) => all + one.most, 0),
    };
    return figures.length === 0 ? '?' : `${boundsText(total, text)}${figures.length < steps.length ? ' and more' : ''}`;
  };
  return [
    `improve  ${grouped(questions)} hard questions a round, ${rounds.length} rounds at most${isPerThousand ? '; the recipe explores all there are: numbers are for a thousand' : ''}`,
    ...indented(
      aligned([
        ['', 'step', 'what', 'tokens', 'time', 'GPU hours', 'cost'],
        ...rows,
        ['together', '', '', '', sum('seconds', duration), sum('gpuHours', short), sum('cost', money)],
      ]),
    ),
    ...indented([
      'what is expected, and in brackets the most that can be. Expected if pass rates of the hard questions are spread evenly from 0 to 1 (ours) and no',
      `round changes that: ${expected.rollouts.toFixed(1)} rollouts a question, something to learn from ${percent(expected.learnable)} of the questions, pairs from ${percent(expected.pairable)}. Harder questions`,
      'take more and give less. The most: every question takes every rollout, and every answer its whole token limit. Perplexities: reading is three times as fast as training or writing (ours).',
    ]),
  ];
}

function stepCells({ step, counted, count, tokens, trainingSteps, seconds, gpuHours, cost }: PlannedStep): string[] {
  const steps = trainingSteps ? `, ${boundsText(trainingSteps, whole)} steps` : '';
  return [
    step,
    `${boundsText(count, whole)} ${counted}${steps}`,
    boundsText(tokens, short),
    known(seconds, (value) => boundsText(value, duration)),
    known(gpuHours, (value) => boundsText(value, short)),
    known(cost, (value) => boundsText(value, money)),
  ];
}

const isTimed = ({ pools, trainings, evaluations, improvement }: RunPlan): boolean =>
  [...pools, ...trainings, ...evaluations, ...(improvement?.rounds ?? []).flatMap(({ steps }) => steps)].some(
    ({ seconds }) => seconds !== null,
  );

const indented = (lines: readonly string[]): string[] => lines.map((line) => `         ${line}`.trimEnd());

const known = <Value>(value: Value | null, text: (value: Value) => string): string =>
  value === null ? '?' : text(value);

const rangeText = ({ least, most }: AskRange, text: (value: number) => string): string =>
  text(least) === text(most) ? text(most) : `${text(least)} to ${text(most)}`;

const boundsText = ({ expected, most }: Bounds, text: (value: number) => string): string =>
  text(expected) === text(most) ? text(most) : `${text(expected)} (${text(most)})`;

const whole = (value: number): string => grouped(Math.round(value));
const money = (value: number): string => value.toFixed(2);
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** 1234567 as 1.2M. */
function short(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)}K` : whole(value);
}

/** 5400 as 1.5 h. */
function duration(seconds: number): string {
  if (seconds >= 2 * 86_400) return `${(seconds / 86_400).toFixed(1)} d`;
  if (seconds >= 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return seconds >= 60 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
}
