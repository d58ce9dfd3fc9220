import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { ExperimentPlan, ExperimentTask } from '../../activities/experiment/experiment-plan.js';
import type { Comparison, ExperimentSummary, GateResult } from '../../activities/experiment/experiment-summary.js';
import type { TrainedStudent } from '../../activities/models/model-manifest.js';
import type { ExperimentProgress } from '../messages.js';
import type { Standing } from './planner.js';
import type { TaskBoard } from './run-tasks.js';

/** How far an experiment is: its tasks, counted and named. Pure. */
export function experimentProgress({ tasks }: ExperimentPlan, standing: Standing): ExperimentProgress {
  const count = (kind: ExperimentTask['kind'], states: readonly string[]): number =>
    tasks.filter((task) => task.kind === kind && states.includes(standing.get(task.id) ?? 'waiting')).length;
  const named = (state: string): string[] => tasks.filter(({ id }) => standing.get(id) === state).map(({ id }) => id);
  const of = (kind: ExperimentTask['kind']) => ({
    total: tasks.filter((task) => task.kind === kind).length,
    done: count(kind, ['done']),
  });
  return {
    students: of('student'),
    evaluations: of('evaluation'),
    running: named('running'),
    failed: [...named('failed'), ...named('skipped')],
  };
}

/** The tasks of an experiment at work, in Markdown, for the UI. */
export function describeTasks({ tasks }: ExperimentPlan, { states, failures }: TaskBoard): string {
  const rows = tasks.map(({ id }) => {
    const why = failures.get(id);
    return `| \`${id}\` | ${states.get(id) ?? 'waiting'}${why === undefined ? '' : `: ${cell(why)}`} |`;
  });
  return ['| task | state |', '|---|---|', ...rows].join('\n');
}

/** An experiment that has ended, in Markdown, for the UI. */
export function describeExperiment({ students, evaluations, comparisons, gates, tableKey }: ExperimentSummary): string {
  return [
    ...studentTable(students),
    ...evaluationTable(evaluations, comparisons),
    ...gateTable(gates),
    ...(tableKey === null ? [] : ['', `table: \`${tableKey}\``]),
  ]
    .join('\n')
    .trim();
}

function studentTable(students: readonly TrainedStudent[]): string[] {
  if (students.length === 0) return [];
  return [
    '',
    '| student | trained | from | steps | loss | |',
    '|---|---|---|---|---|---|',
    ...students.map(
      ({ name, version, method, base, result, published }) =>
        `| ${name} ${version} | ${method} | ${base} | ${result.steps} | ${result.loss?.toFixed(3) ?? '-'} | ${published} |`,
    ),
  ];
}

function evaluationTable(evaluations: readonly EvaluationResult[], comparisons: readonly Comparison[]): string[] {
  if (evaluations.length === 0) return [];
  return [
    '',
    '| evaluation | model | pass@1 | 95 % interval | tokens | differs from |',
    '|---|---|---|---|---|---|',
    ...evaluations.map((result) => {
      const { evaluation, model } = result;
      const own = comparisons.filter((each) => each.evaluation === evaluation && each.model === model);
      return `| ${evaluation} | ${model} | ${scoreCells(result)} | ${visibleDifferences(own, 'nothing')} |`;
    }),
  ];
}

/** Three cells of a row: pass@1, its interval, tokens. */
export function scoreCells(result: Pick<EvaluationResult, 'passAt1' | 'meanTokens'> | undefined): string {
  const score = result?.passAt1;
  const value = score ? `${points(score.value)} | ${points(score.low)} to ${points(score.high)}` : '- | -';
  return `${value} | ${typeof result?.meanTokens === 'number' ? Math.round(result.meanTokens) : '-'}`;
}

/** Whom a model differs from by more than noise; `none` says that it is nobody, and nothing is said where nothing was compared. */
export function visibleDifferences(own: readonly Comparison[], none: string): string {
  const visible = own.filter(({ isLargerThanNoise }) => isLargerThanNoise);
  const words = visible.map(({ baseline, difference }) => `${baseline} (${signedPoints(difference.value)})`).join(', ');
  return words || (own.length === 0 ? '' : `${none}: within noise`);
}

/** Gates as rows of Markdown, with a blank line before them; nothing where there are none. */
export function gateTable(gates: readonly GateResult[]): string[] {
  if (gates.length === 0) return [];
  const rows = gates.map(
    ({ gate, passed, found }) => `| ${passed ? 'passed' : '**missed**'} | ${cell(gate)} | ${cell(found)} |`,
  );
  return ['', '| gate | wanted | found |', '|---|---|---|', ...rows];
}

/** 0.1234 as 12.3, in points of a hundred. */
export const points = (share: number): string => (100 * share).toFixed(1);
const signedPoints = (share: number): string => `${share >= 0 ? '+' : ''}${points(share)}`;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').slice(0, 200);
