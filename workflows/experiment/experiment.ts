import {
  executeChild,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { EvaluationTask, ExperimentPlan, StudentTask } from '../../activities/experiment/experiment-plan.js';
import type { FailedTask } from '../../activities/experiment/experiment-record.js';
import type { ExperimentSummary, GateResult } from '../../activities/experiment/experiment-summary.js';
import type { Activities } from '../../activities/index.js';
import type { ModelRef, TrainedStudent } from '../../activities/models/model-manifest.js';
import type { TrainingSummary } from '../../activities/selection/training-summary.js';
import type { EvaluatedModel } from '../../config/evaluation.js';
import { bulk, storage } from '../activity-options.js';
import { runFailure } from '../failures.js';
import { evaluateModel } from '../evaluation/evaluate-model.js';
import { checkFields } from '../input.js';
import { getProgress, noQuestions, type Phase, type Progress } from '../messages.js';
import { noSpending } from '../question/spending.js';
import { COT_DATASET, COT_PHASE, COT_RUN } from '../search-attributes.js';
import { emptyTally } from '../tally.js';
import { IO_QUEUE } from '../task-queues.js';
import { trainStudent } from '../training/train-student.js';
import { describeExperiment, describeTasks, experimentProgress } from './describe.js';
import { gatesOf, judgeGates } from './gates.js';
import { runTasks, type TaskBoard } from './run-tasks.js';

const { compareModels } = proxyActivities<Activities>({ ...bulk, taskQueue: IO_QUEUE });
const { planExperiment, writeExperiment } = proxyActivities<Activities>({ ...storage, taskQueue: IO_QUEUE });

export interface ExperimentInput {
  readonly run: string;
  /** As it stands in its file. */
  readonly recipe: unknown;
  readonly dataset: { readonly name: string; readonly version: string };
  readonly trainingSets: readonly TrainingSummary[];
  /** Of the build, for gates that ask for them; left out: such gates are not judged. */
  readonly questions?: RunSummary['questions'];
}

/** What the tasks have made so far, by their ids. */
interface Made {
  readonly students: Map<string, TrainedStudent>;
  readonly evaluations: Map<string, EvaluationResult>;
}

/**
 * Trains the students of a recipe, asks them and other models its benchmarks, compares and judges: everything that can be done is done, also beside
 * something that failed; then the run fails and names it. What is there already is not trained or paid again.
 */
export async function experiment(input: ExperimentInput): Promise<ExperimentSummary> {
  checkFields(input, { run: 'string', recipe: 'object', dataset: 'object' });
  const { run, recipe } = input;
  const board: TaskBoard = { states: new Map(), failures: new Map() };
  const made: Made = { students: new Map(), evaluations: new Map() };
  const node: { phase: Phase; plan: ExperimentPlan } = {
    phase: 'preparing',
    plan: { tasks: [], lanes: {}, pairs: [] },
  };
  setHandler(getProgress, () => progressOf(node, { board, made }));
  upsertSearchAttributes([
    { key: COT_RUN, value: run },
    { key: COT_DATASET, value: input.dataset.name },
  ]);

  node.plan = await planExperiment({ recipe });
  await runTasks(node.plan, board, {
    work: (task) => (task.kind === 'student' ? train(task, input, made) : evaluate(task, input, made)),
    changed: () => {
      enter(node, phaseOf(node.plan, board));
      setCurrentDetails(describeTasks(node.plan, board));
    },
  });

  enter(node, 'comparing');
  const { students, evaluations } = inOrder(node.plan, made);
  const comparisons = await compareModels({ pairs: node.plan.pairs, evaluations });
  const gates = judge(input, { evaluations, comparisons });
  const failed = failures(node.plan, board);
  const found = { students, evaluations, comparisons, gates };
  const { tableKey } = await writeExperiment({ run, dataset: input.dataset, failed, ...found });
  const summary: ExperimentSummary = { ...found, tableKey };
  setCurrentDetails(describeExperiment(summary));
  if (failed.length > 0) throw experimentFailure(failed, tableKey);
  enter(node, 'done');
  return summary;
}

async function train(task: StudentTask, { run, recipe, trainingSets }: ExperimentInput, made: Made): Promise<void> {
  const drawn = trainingSets.find(({ name }) => name === task.training.name);
  const training: ModelRef = drawn ? { name: drawn.name, version: drawn.version } : task.training;
  const base = task.base === null ? undefined : made.students.get(task.base);
  const student = await executeChild(trainStudent, {
    workflowId: `${run}/student/${task.name}`,
    args: [
      {
        run,
        student: entry(recipe, 'students', task.index),
        training,
        ...(base && { base: { name: base.name, version: base.version } }),
        evaluations: list(recipe, 'evaluations'),
      },
    ],
    staticSummary: `${task.name} on ${training.name} ${training.version}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });
  made.students.set(task.name, student);
}

async function evaluate(task: EvaluationTask, { run, recipe }: ExperimentInput, made: Made): Promise<void> {
  const evaluation = entry(recipe, 'evaluations', task.index);
  const student = task.student === null ? undefined : made.students.get(task.student);
  const result = await executeChild(evaluateModel, {
    workflowId: `${run}/evaluation/${task.evaluation}/${task.model}`,
    args: [
      {
        run,
        evaluation,
        model: entry(evaluation, 'models', task.place) as EvaluatedModel,
        ...(student && { student: { name: student.name, version: student.version } }),
        ...(task.server !== null && { server: task.server }),
      },
    ],
    staticSummary: `${task.evaluation}: ${task.model}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });
  made.evaluations.set(task.id, result);
}

/** An entry of a list of the recipe, which was checked when the experiment was planned. */
const entry = (owner: unknown, name: string, index: number): unknown => list(owner, name)[index];
const list = (owner: unknown, name: string): readonly unknown[] =>
  (owner as Readonly<Record<string, readonly unknown[]>>)[name] ?? [];

function judge(
  { recipe, questions }: ExperimentInput,
  found: Pick<ExperimentSummary, 'evaluations' | 'comparisons'>,
): GateResult[] {
  const gates = gatesOf(recipe);
  if (questions) return judgeGates(gates, { run: { questions }, ...found });
  const none = { total: 0, accepted: 0, rejected: 0, failed: 0, byReason: {} };
  return judgeGates(
    gates.filter((gate) => 'evaluation' in gate),
    { run: { questions: none }, ...found },
  );
}

/** What was made, in the order of the plan and not in that of the moments at which it was done. */
const inOrder = ({ tasks }: ExperimentPlan, made: Made): Pick<ExperimentSummary, 'students' | 'evaluations'> => ({
  students: tasks.flatMap((task) => (task.kind === 'student' ? (made.students.get(task.name) ?? []) : [])),
  evaluations: tasks.flatMap((task) => (task.kind === 'evaluation' ? (made.evaluations.get(task.id) ?? []) : [])),
});

/** Tasks without a result and why, in the order of the plan. */
const failures = ({ tasks }: ExperimentPlan, { states, failures: reasons }: TaskBoard): FailedTask[] =>
  tasks.flatMap(({ id, needs }) => {
    if (states.get(id) === 'done') return [];
    const lacks = needs.filter((need) => states.get(need) !== 'done').join(', ');
    return [{ id, reason: reasons.get(id) ?? `not started: it needs ${lacks}` }];
  });

function experimentFailure(failed: readonly FailedTask[], tableKey: string | null) {
  const words = failed.map(({ id, reason }) => `${id}: ${reason}`);
  return runFailure(
    'Run.ExperimentFailed',
    [
      ...words,
      `What could be done is done${tableKey === null ? '' : `: ${tableKey}`}. Run again under the same name once this is set right: what is there is neither trained nor paid again.`,
    ].join('\n'),
  );
}

function enter(node: { phase: Phase }, phase: Phase): void {
  if (node.phase === phase) return;
  node.phase = phase;
  upsertSearchAttributes([{ key: COT_PHASE, value: phase }]);
}

/** Training as long as a student is missing: its evaluations have to wait. */
const phaseOf = ({ tasks }: ExperimentPlan, { states }: TaskBoard): Phase =>
  tasks.some(({ kind, id }) => kind === 'student' && ['running', undefined].includes(states.get(id)))
    ? 'training'
    : 'evaluating';

function progressOf(
  { phase, plan }: { readonly phase: Phase; readonly plan: ExperimentPlan },
  { board, made }: { readonly board: TaskBoard; readonly made: Made },
): Progress {
  const spending = [...made.evaluations.values()].reduce(
    (sum, { calls, cost }) => ({
      ...sum,
      new: sum.new + calls.new,
      reused: sum.reused + calls.reused,
      repeated: sum.repeated + calls.repeated,
      cost: sum.cost + cost,
    }),
    noSpending,
  );
  return {
    ...noQuestions,
    phase,
    tally: { ...emptyTally, spending },
    experiment: experimentProgress(plan, board.states),
  };
}
