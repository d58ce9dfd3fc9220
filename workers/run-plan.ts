import type { Benchmark } from '../config/benchmark.js';
import { askEstimate, type AskRange, type EstimatedAsk } from '../config/ask-estimate.js';
import type { Deployment } from '../config/deployment.js';
import { evaluatedName, type Evaluation } from '../config/evaluation.js';
import type { Recipe } from '../config/recipe.js';
import type { Sampling } from '../config/sampling.js';
import { studentView, type Student } from '../config/student.js';
import type { TrainingPresets } from '../config/training-preset.js';
import type { TrainingSet } from '../config/training-set.js';
import { viewName, type TrainingView } from '../config/training-view.js';
import { fullSettings } from '../activities/training/jobs/full-settings.js';

/** Nobody knows how long answers will be: a quarter of the token limit, before a small run has shown it [ours]. */
const MEAN_SHARE_OF_LIMIT = 0.25;
/** Where no limit is given. [ours] */
const UNLIMITED_MEAN_TOKENS = 2_000;
/** Instructions and a question. [ours] */
const PROMPT_TOKENS = 400;

/** What a pool is asked, over the whole run. */
export interface PlannedPool {
  readonly pool: string;
  readonly calls: AskRange;
  readonly inputTokens: AskRange;
  readonly outputTokens: AskRange;
  /** In the currency of the deployment's prices. */
  readonly cost: AskRange;
}

/** A training as far as it can be foreseen. */
export interface PlannedTraining {
  readonly student: string;
  readonly method: Student['method'];
  readonly trainingSet: string;
  /** At most: every question accepted, every pair formed. */
  readonly rows: number;
  readonly steps: number;
  readonly tokens: number;
  readonly gpus: number;
}

/** A model that is asked a benchmark. */
export interface PlannedEvaluation {
  readonly evaluation: string;
  readonly model: string;
  /** null: the size of the benchmark is not known. */
  readonly problems: number | null;
  readonly answers: number | null;
  readonly outputTokens: number | null;
}

export interface RunPlan {
  readonly questions: number;
  /** The recipe asks for all questions of its sources: all numbers are for a thousand. */
  readonly isPerThousand: boolean;
  readonly pools: readonly PlannedPool[];
  readonly trainings: readonly PlannedTraining[];
  readonly evaluations: readonly PlannedEvaluation[];
}

export interface PlanContext {
  readonly deployment: Deployment;
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
  readonly presets: TrainingPresets;
}

/** What a run of a recipe would ask, train and evaluate, if every question were accepted and nothing were in the ledger. Pure. */
export function runPlan(recipe: Recipe, context: PlanContext): RunPlan {
  const { maxQuestions } = recipe.limits;
  const questions = maxQuestions ?? 1000;
  return {
    questions,
    isPerThousand: maxQuestions === undefined,
    pools: plannedPools(recipe, { questions, deployment: context.deployment }),
    trainings: (recipe.students ?? []).map((student) => plannedTraining(student, { recipe, questions, context })),
    evaluations: (recipe.evaluations ?? []).flatMap((evaluation) => plannedEvaluations(evaluation, context)),
  };
}

const meanTokens = ({ maxTokens }: Pick<Sampling, 'maxTokens'>): number =>
  maxTokens === undefined ? UNLIMITED_MEAN_TOKENS : Math.round(maxTokens * MEAN_SHARE_OF_LIMIT);

/** Asks of one kind, and who answers them. */
interface Asked {
  readonly pool: string;
  readonly range: AskRange;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

function plannedPools(
  recipe: Recipe,
  { questions, deployment }: { readonly questions: number; readonly deployment: Deployment },
): PlannedPool[] {
  const asked = asks(recipe);
  return [...new Set(asked.map(({ pool }) => pool))].map((pool) => {
    const own = asked.filter((one) => one.pool === pool);
    const sum = (of: (one: Asked) => number): AskRange => ({
      least: questions * own.reduce((total, one) => total + one.range.least * of(one), 0),
      most: questions * own.reduce((total, one) => total + one.range.most * of(one), 0),
    });
    const inputTokens = sum((one) => one.inputTokens);
    const outputTokens = sum((one) => one.outputTokens);
    const { inputPerMillion = 0, outputPerMillion = 0 } = deployment.pools[pool]?.price ?? {};
    const cost = (side: keyof AskRange): number =>
      (inputTokens[side] * inputPerMillion + outputTokens[side] * outputPerMillion) / 1_000_000;
    return {
      pool,
      calls: sum(() => 1),
      inputTokens,
      outputTokens,
      cost: { least: cost('least'), most: cost('most') },
    };
  });
}

function asks(recipe: Recipe): Asked[] {
  const { teachers, validation, scoring, alignment } = recipe;
  const estimate = askEstimate(recipe);
  const chain = chainTokens(recipe);
  const all = teachers.reduce((sum, { chains }) => sum + chains, 0);
  const generated = teachers.map(({ pool, chains, sampling }) => ({
    pool,
    range: scaled(estimate.generate, chains / all),
    inputTokens: PROMPT_TOKENS,
    outputTokens: meanTokens(sampling),
  }));
  const roles: readonly (readonly [
    EstimatedAsk,
    { readonly pool: string; readonly sampling: Sampling } | undefined,
  ])[] = [
    ['validate', validation.judge],
    ['shorten', alignment?.shorten],
    ['rate', alignment?.critic],
    ['rewrite', alignment?.rewriter],
    ['score', scoring],
  ];
  const judged = roles.flatMap(([kind, role]): Asked[] =>
    role
      ? [
          {
            pool: role.pool,
            range: estimate[kind],
            inputTokens: PROMPT_TOKENS + chain,
            outputTokens: meanTokens(role.sampling),
          },
        ]
      : [],
  );
  return [...generated, ...judged];
}

const scaled = ({ least, most }: AskRange, share: number): AskRange => ({ least: least * share, most: most * share });

/** Mean length of a chain: that of the teachers, each as often as it writes one. */
function chainTokens({ teachers }: Recipe): number {
  const chains = teachers.reduce((sum, teacher) => sum + teacher.chains, 0);
  return teachers.reduce((sum, teacher) => sum + teacher.chains * meanTokens(teacher.sampling), 0) / chains;
}

interface TrainingContext {
  readonly recipe: Recipe;
  readonly questions: number;
  readonly context: PlanContext;
}

function plannedTraining(student: Student, { recipe, questions, context }: TrainingContext): PlannedTraining {
  const set = recipe.trainingSets?.find(({ name }) => name === student.trainingSet);
  const view = set?.views.find((one) => viewName(one) === studentView(student));
  const trainer = context.deployment.trainers[student.trainer];
  const preset = student.preset === undefined ? undefined : context.presets[student.preset]?.settings;
  const {
    batchSize = 1,
    gradientAccumulation = 1,
    epochs = 1,
    maxLength = Infinity,
    maxSteps,
  } = fullSettings(
    { settings: student.settings, preset },
    { method: student.method, form: view?.form ?? 'messages', cpu: trainer?.cpu ?? false },
  );
  const gpus = trainer?.resources.gpus ?? 0;
  const rows = set ? rowsOf(set, { recipe, questions, view }) : 0;
  const perStep = batchSize * gradientAccumulation * Math.max(1, gpus);
  const steps = maxSteps ?? Math.ceil((rows * epochs) / perStep);
  const answers = student.method === 'sft' ? 1 : 2;
  const perRow = Math.min(maxLength, PROMPT_TOKENS + chainTokens(recipe)) * answers;
  return {
    student: student.name,
    method: student.method,
    trainingSet: student.trainingSet,
    rows,
    steps,
    tokens: Math.round(steps * perStep * perRow),
    gpus,
  };
}

interface RowContext {
  readonly recipe: Recipe;
  readonly questions: number;
  readonly view: TrainingView | undefined;
}

/** Rows of a view for training, at most. */
function rowsOf(set: TrainingSet, { recipe, questions, view }: RowContext): number {
  const trained = 1 - set.validationShare;
  if (view && 'maxPairsPerQuestion' in view)
    return Math.round(questions * trained * view.maxPairsPerQuestion * view.kinds.length);
  return Math.round(trained * chainsOf(set, { recipe, questions }));
}

function chainsOf(set: TrainingSet, { recipe, questions }: Omit<RowContext, 'view'>): number {
  const { kernel, rows, quotas = [], verbositySplits } = set;
  if (verbositySplits) return verbositySplits.questions ?? questions;
  if (rows !== undefined) return rows;
  if (quotas.length > 0) return quotas.reduce((sum, { chains }) => sum + chains, 0);
  const written = recipe.teachers.reduce((sum, { chains }) => sum + chains, 0);
  if (kernel.name === 'omnithought') return questions * Math.min(kernel.chainsPerQuestion, written);
  if (kernel.name !== 'bins') return questions * written;
  const bins = kernel.edges.length - 1;
  return typeof kernel.perBin === 'number' ? kernel.perBin * bins : kernel.perBin.reduce((sum, one) => sum + one, 0);
}

function plannedEvaluations(evaluation: Evaluation, { benchmarks }: PlanContext): PlannedEvaluation[] {
  const { name, models, maxProblems } = evaluation;
  const benchmark = benchmarks[evaluation.benchmark];
  const samples = evaluation.samples ?? benchmark?.evaluation?.samples ?? 1;
  const size = benchmark?.size ?? maxProblems;
  const problems = size === undefined ? null : Math.min(size, maxProblems ?? size);
  const sampling = evaluation.sampling ?? benchmark?.evaluation?.sampling ?? {};
  const answers = problems === null ? null : problems * samples;
  return models.map((model) => ({
    evaluation: name,
    model: evaluatedName(model),
    problems,
    answers,
    outputTokens: answers === null ? null : answers * meanTokens(sampling),
  }));
}
