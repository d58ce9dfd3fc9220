import type { Recipe } from '../config/recipe.js';
import { studentView, type Student, type TrainingSettings } from '../config/student.js';
import type { TrainingSet } from '../config/training-set.js';
import { viewName, type TrainingView } from '../config/training-view.js';
import { fullSettings, type SettingsContext } from '../activities/training/jobs/full-settings.js';
import { backboneOf, chainTokens, PROMPT_TOKENS, secondsFor, type PlanContext } from './plan-assumptions.js';

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
  /** At the speed that the deployment gives the trainer; null: it gives none. */
  readonly seconds: number | null;
}

export interface TrainingContext {
  readonly recipe: Recipe;
  readonly questions: number;
  readonly context: PlanContext;
}

/** A student of the recipe. Pure. */
export function plannedTraining(student: Student, { recipe, questions, context }: TrainingContext): PlannedTraining {
  const { name, method, trainingSet } = student;
  const set = recipe.trainingSets?.find((one) => one.name === trainingSet);
  const view = set?.views.find((one) => viewName(one) === studentView(student));
  const rows = set ? rowsOf(set, { recipe, questions, view }) : 0;
  const work = trainingWork(
    { ...student, form: view?.form ?? 'messages', model: backboneOf(name, recipe) },
    { rows, answerTokens: chainTokens(recipe) },
    context,
  );
  return { student: name, method, trainingSet, rows, ...work };
}

/** How something is trained, as far as it decides about steps, tokens and time. */
export interface TrainedBy {
  readonly method: Student['method'];
  readonly form: SettingsContext['form'];
  readonly trainer: string;
  readonly preset?: string | undefined;
  readonly settings: TrainingSettings;
  /** Model of the deployment that it is trained from in the end. */
  readonly model: string | undefined;
}

/** Steps and tokens of a training on some rows. Pure. */
export function trainingWork(
  { method, form, trainer: name, preset, settings, model }: TrainedBy,
  { rows, answerTokens }: { readonly rows: number; readonly answerTokens: number },
  { deployment, presets }: PlanContext,
): Pick<PlannedTraining, 'steps' | 'tokens' | 'gpus' | 'seconds'> {
  const trainer = deployment.trainers[name];
  const {
    batchSize = 1,
    gradientAccumulation = 1,
    epochs = 1,
    maxLength = Infinity,
    maxSteps,
  } = fullSettings(
    { settings, preset: preset === undefined ? undefined : presets[preset]?.settings },
    { method, form, cpu: trainer?.cpu ?? false },
  );
  const gpus = trainer?.resources.gpus ?? 0;
  const perStep = batchSize * gradientAccumulation * Math.max(1, gpus);
  const steps = maxSteps ?? Math.ceil((rows * epochs) / perStep);
  const perRow = Math.min(maxLength, PROMPT_TOKENS + answerTokens) * (method === 'sft' ? 1 : 2);
  const tokens = Math.round(steps * perStep * perRow);
  return { steps, tokens, gpus, seconds: secondsFor(tokens, speedOf(trainer, model)) };
}

/** Tokens a second of a trainer or server with a model; undefined: nobody said. */
export const speedOf = (
  where: { readonly tokensPerSecond?: Readonly<Record<string, number>> | undefined } | undefined,
  model: string | undefined,
): number | undefined => (model === undefined ? undefined : where?.tokensPerSecond?.[model]);

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
