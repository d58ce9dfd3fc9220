import { evaluatedName, type EvaluatedModel, type Evaluation } from '../config/evaluation.js';
import type { Recipe } from '../config/recipe.js';
import { backboneOf, meanTokens, mostTokens, secondsFor, type PlanContext } from './plan-assumptions.js';
import { speedOf } from './planned-training.js';

/** A model that is asked a benchmark. */
export interface PlannedEvaluation {
  readonly evaluation: string;
  readonly model: string;
  /** null: the size of the benchmark is not known. */
  readonly problems: number | null;
  readonly answers: number | null;
  readonly outputTokens: number | null;
  /** Where every answer is as long as it may be. */
  readonly mostTokens: number | null;
  /** At the speed that the deployment gives the server or pool; null: it gives none. */
  readonly seconds: number | null;
}

/** An evaluation of a recipe, a row for each model. Pure. */
export function plannedEvaluations(
  evaluation: Evaluation,
  { recipe, context }: { readonly recipe: Recipe; readonly context: PlanContext },
): PlannedEvaluation[] {
  const { name, models, maxProblems } = evaluation;
  const benchmark = context.benchmarks[evaluation.benchmark];
  const samples = evaluation.samples ?? benchmark?.evaluation?.samples ?? 1;
  const size = benchmark?.size ?? maxProblems;
  const problems = size === undefined ? null : Math.min(size, maxProblems ?? size);
  const sampling = evaluation.sampling ?? benchmark?.evaluation?.sampling ?? {};
  const answers = problems === null ? null : problems * samples;
  const outputTokens = answers === null ? null : answers * meanTokens(sampling);
  return models.map((model) => ({
    evaluation: name,
    model: evaluatedName(model),
    problems,
    answers,
    outputTokens,
    mostTokens: answers === null ? null : answers * mostTokens(sampling),
    seconds: outputTokens === null ? null : secondsFor(outputTokens, answering(model, { evaluation, recipe, context })),
  }));
}

/** Tokens a second of whatever answers for a model. */
function answering(
  model: EvaluatedModel,
  {
    evaluation,
    recipe,
    context: { deployment },
  }: { readonly evaluation: Evaluation; readonly recipe: Recipe; readonly context: PlanContext },
): number | undefined {
  if ('pool' in model) return deployment.pools[model.pool]?.tokensPerSecond;
  if ('model' in model) return speedOf(deployment.servers[evaluation.server], model.model);
  const student = recipe.students?.find(({ name }) => name === model.student);
  return student && speedOf(deployment.servers[student.server], backboneOf(student.name, recipe));
}
