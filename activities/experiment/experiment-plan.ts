import type { Deployment } from '../../config/deployment.js';
import { evaluatedName, type EvaluatedModel, type Evaluation } from '../../config/evaluation.js';
import type { Recipe } from '../../config/recipe.js';
import type { Student } from '../../config/student.js';
import type { ModelRef } from '../models/model-manifest.js';

/** Evaluations that one run asks of one pool at the same time: each asks many problems at once by itself [ours]. */
const POOL_EVALUATIONS_AT_ONCE = 2;

interface Task {
  readonly id: string;
  /** Tasks that have to be done before. */
  readonly needs: readonly string[];
  /** What it takes a place of while it is at work. */
  readonly lane: string;
}

/** A student to be trained: `students[index]` of the recipe. */
export interface StudentTask extends Task {
  readonly kind: 'student';
  readonly name: string;
  readonly index: number;
  readonly training: ModelRef;
  /** Name of the student that it is trained from; null: a model of the deployment. */
  readonly base: string | null;
}

/** A model to be asked: `evaluations[index].models[place]` of the recipe. */
export interface EvaluationTask extends Task {
  readonly kind: 'evaluation';
  readonly evaluation: string;
  readonly model: string;
  readonly index: number;
  readonly place: number;
  /** Name of the student; null: a model or pool of the deployment. */
  readonly student: string | null;
  /** Server that answers for it; null: a pool does. */
  readonly server: string | null;
}

export type ExperimentTask = StudentTask | EvaluationTask;

/** Two models of an evaluation that are set beside each other. */
export interface ComparedPair {
  readonly evaluation: string;
  readonly model: string;
  readonly baseline: string;
}

/** What an experiment has to do. Plain data: a workflow keeps it. */
export interface ExperimentPlan {
  /** Students first, in the order of the recipe. */
  readonly tasks: readonly ExperimentTask[];
  /** Tasks of a lane that may be at work at the same time. */
  readonly lanes: Readonly<Record<string, number>>;
  readonly pairs: readonly ComparedPair[];
}

type Places = Pick<Deployment, 'launchers' | 'trainers' | 'servers'>;

/** Pure. The recipe has been checked against the deployment. */
export function experimentPlan(recipe: Recipe, deployment: Places): ExperimentPlan {
  const { students = [], evaluations = [] } = recipe;
  const tasks: ExperimentTask[] = [
    ...students.map((student, index) => studentTask(student, { index, recipe, deployment })),
    ...evaluations.flatMap((evaluation, index) =>
      evaluation.models.map((model, place) =>
        evaluationTask(model, { evaluation, index, place, students, deployment }),
      ),
    ),
  ];
  const lanes = [...new Set(tasks.map(({ lane }) => lane))].map((lane) => [lane, capacity(lane, deployment)] as const);
  return { tasks, lanes: Object.fromEntries(lanes), pairs: comparedPairs(recipe) };
}

export const studentTaskId = (student: string): string => `student/${student}`;
export const evaluationTaskId = ({ evaluation, model }: { evaluation: string; model: string }): string =>
  `evaluation/${evaluation}/${model}`;

function studentTask(
  { name, base, trainer, trainingSet }: Student,
  { index, recipe, deployment }: { readonly index: number; readonly recipe: Recipe; readonly deployment: Places },
): StudentTask {
  const version = recipe.trainingSets?.find((set) => set.name === trainingSet)?.version ?? 'v1';
  return {
    kind: 'student',
    id: studentTaskId(name),
    name,
    index,
    training: { name: trainingSet, version },
    base: 'student' in base ? base.student : null,
    needs: 'student' in base ? [studentTaskId(base.student)] : [],
    lane: launcherLane(deployment.trainers[trainer]),
  };
}

interface EvaluationPlace {
  readonly evaluation: Evaluation;
  readonly index: number;
  readonly place: number;
  readonly students: readonly Student[];
  readonly deployment: Places;
}

function evaluationTask(model: EvaluatedModel, at: EvaluationPlace): EvaluationTask {
  const { evaluation, index, place, students, deployment } = at;
  const student = 'student' in model ? students.find(({ name }) => name === model.student) : undefined;
  const server = 'pool' in model ? null : (student?.server ?? evaluation.server);
  const names = { evaluation: evaluation.name, model: evaluatedName(model) };
  return {
    kind: 'evaluation',
    id: evaluationTaskId(names),
    ...names,
    index,
    place,
    student: student?.name ?? null,
    server,
    needs: student ? [studentTaskId(student.name)] : [],
    lane: 'pool' in model ? `pool ${model.pool}` : launcherLane(deployment.servers[server ?? '']),
  };
}

const launcherLane = (user: { readonly launcher: string } | undefined): string => `launcher ${user?.launcher ?? ''}`;

function capacity(lane: string, { launchers }: Places): number {
  const [kind, name = ''] = lane.split(' ');
  return kind === 'pool' ? POOL_EVALUATIONS_AT_ONCE : (launchers[name]?.jobsAtOnce ?? 1);
}

/**
 * Whom to compare, the baselines of the evaluations first: every model with the evaluation's baseline, a student with the one that it was trained from and with the control runs on its
 * training set, and what the gates ask for. [ours]
 */
export function comparedPairs({ students = [], evaluations = [], gates = [] }: Recipe): ComparedPair[] {
  const pairs = evaluations.flatMap(({ name: evaluation, models, baseline }) => {
    const names = models.map(evaluatedName);
    const pairsOf = (model: string, others: readonly (string | undefined)[]): ComparedPair[] =>
      others.flatMap((other) =>
        other !== undefined && other !== model && names.includes(other) ? [{ evaluation, model, baseline: other }] : [],
      );
    const wanted = [
      ...names.flatMap((model) => pairsOf(model, [baseline ?? names[0]])),
      ...names.flatMap((model) => pairsOf(model, gateBaselines(gates, { evaluation, model }))),
    ];
    const isNew = (pair: ComparedPair): boolean =>
      !wanted.some((one) => one.model === pair.baseline && one.baseline === pair.model);
    return [...wanted, ...names.flatMap((model) => pairsOf(model, yardsticks(model, students))).filter(isNew)];
  });
  const key = (pair: ComparedPair): string => JSON.stringify(pair);
  return [...new Map(pairs.map((pair) => [key(pair), pair])).values()];
}

function yardsticks(model: string, students: readonly Student[]): string[] {
  const student = students.find(({ name }) => name === model);
  if (!student || student.control !== 'none') return [];
  const controls = students.filter(
    ({ control, trainingSet, set, base }) =>
      control !== 'none' &&
      trainingSet === student.trainingSet &&
      set === student.set &&
      JSON.stringify(base) === JSON.stringify(student.base),
  );
  return [...('student' in student.base ? [student.base.student] : []), ...controls.map(({ name }) => name)];
}

const gateBaselines = (
  gates: NonNullable<Recipe['gates']>,
  { evaluation, model }: { readonly evaluation: string; readonly model: string },
): (string | undefined)[] =>
  gates.map((gate) =>
    gate.kind === 'not-below' && gate.evaluation === evaluation && gate.model === model ? gate.baseline : undefined,
  );
