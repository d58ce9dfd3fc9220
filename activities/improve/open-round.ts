import { checkAgainstDeployment } from '../../config/check-recipe.js';
import { roundEvaluations } from '../../config/check-self-improve.js';
import { ConfigError } from '../../config/config-error.js';
import type { Deployment } from '../../config/deployment.js';
import { parseRecipe } from '../../config/load.js';
import { loadPrompts } from '../../config/prompts.js';
import type { Recipe } from '../../config/recipe.js';
import { improveOfRound, type SelfImprove } from '../../config/self-improve.js';
import { studentView, type Student } from '../../config/student.js';
import { viewName, type TrainingView } from '../../config/training-view.js';
import type { ModelManifest, ModelRef } from '../models/model-manifest.js';
import { readModelManifest } from '../models/model-registry.js';
import { thoughtOpening, type TaggedForm } from '../sources/chain-forms.js';
import type { ObjectStore } from '../store/object-store.js';
import type { RoundInput } from './round-plan.js';
import type { Measuring } from './thoughts.js';

/** The view that the imitation learnt, and that SFT rounds learn too. */
export type ImitationView = Extract<TrainingView, { form: 'messages' }> & { readonly thought: TaggedForm };

/** A recipe that goes on by itself, checked. */
export interface ImprovingRecipe {
  readonly recipe: Recipe & { readonly selfImprove: SelfImprove };
  readonly selfImprove: SelfImprove;
  readonly student: Student;
  readonly view: ImitationView;
}

/** A round with what it is about, read from the store. */
export interface OpenRound extends ImprovingRecipe {
  readonly imitation: ModelManifest;
  readonly current: ModelManifest;
  readonly measuring: Measuring;
}

/** Throws ConfigError with all faults. */
export function improvingRecipe(value: unknown, deployment: Deployment): ImprovingRecipe {
  const recipe = parseRecipe(value, 'recipe');
  checkAgainstDeployment(recipe, deployment);
  const { selfImprove, students = [], trainingSets = [] } = recipe;
  const student = students.find(({ name }) => name === selfImprove?.student);
  if (!selfImprove || !student)
    throw new ConfigError(`recipe "${recipe.name}"`, [
      { path: 'selfImprove', message: 'expected the fields of a self-improvement, found none' },
    ]);
  const views = trainingSets.find(({ name }) => name === student.trainingSet)?.views ?? [];
  const view = views.find((one) => viewName(one) === studentView(student));
  if (view?.form !== 'messages' || view.thought === 'none')
    throw new ConfigError(`recipe "${recipe.name}"`, [
      {
        path: 'selfImprove.student',
        message: 'expected a student that learns a view of the form messages with thoughts',
      },
    ]);
  return { recipe: { ...recipe, selfImprove }, selfImprove, student, view: { ...view, thought: view.thought } };
}

/** Evaluations that every round is asked, by their places in the recipe. Pure. */
export const evaluationPlaces = ({ recipe: { evaluations = [] }, selfImprove }: ImprovingRecipe) =>
  roundEvaluations(selfImprove, evaluations).map(({ name }) => ({
    index: evaluations.findIndex((evaluation) => evaluation.name === name),
    name,
  }));

/** Throws ConfigError when the recipe is none that goes on by itself, or a model is not registered. */
export async function openRound(
  { store, deployment }: { readonly store: ObjectStore; readonly deployment: Deployment },
  { recipe, imitation, current, round }: Pick<RoundInput, 'recipe' | 'imitation' | 'current' | 'round'>,
): Promise<OpenRound> {
  const improving = ofRound(improvingRecipe(recipe, deployment), round);
  const [first, newest] = await Promise.all([registered(store, imitation), registered(store, current)]);
  const { prompt: name } = improving.selfImprove.explore;
  const { [name]: prompt } = await loadPrompts([name], deployment.prompts);
  if (!prompt) throw new Error(`prompt "${name}" was not loaded`);
  const measured = {
    weightsSha256: newest.weightsSha256,
    // A trainer saves the template that it trained with beside the weights: they name both.
    chatTemplateSha256: null,
    chatTemplateKwargs: improving.selfImprove.explore.sampling.chatTemplateKwargs ?? {},
    opening: thoughtOpening(improving.view.thought),
  };
  return { ...improving, imitation: first, current: newest, measuring: { measured, prompt } };
}

/** With what this round learns otherwise. Pure. */
function ofRound(improving: ImprovingRecipe, round: number): ImprovingRecipe {
  const selfImprove = { ...improving.selfImprove, improve: improveOfRound(improving.selfImprove, round) };
  return { ...improving, recipe: { ...improving.recipe, selfImprove }, selfImprove };
}

export async function registered(store: ObjectStore, model: ModelRef): Promise<ModelManifest> {
  const manifest = await readModelManifest(store, model);
  if (manifest) return manifest;
  const message = `expected a registered student: ${model.name} ${model.version} is not in ${store.description}`;
  throw new ConfigError('the self-improvement', [{ path: 'imitation', message }]);
}
