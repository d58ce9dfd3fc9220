import { exploreRecipe } from '../../config/explore-recipe.js';
import { servedPool } from '../../workflows/question/served-pool.js';
import { withEffort } from '../activity-context.js';
import type { ServedModel } from '../serving/served-model.js';
import { writeJsonDocument } from '../store/json-objects.js';
import { chooseRound, type ChosenRound } from './choose-round.js';
import { explorationCost, type ExplorationCost } from './exploration-cost.js';
import { evaluationPlaces, improvingRecipe, openRound, registered } from './open-round.js';
import { createMeasuringActivities, type MeasuringDependencies } from './measuring-activities.js';
import { createPerplexityStore } from './perplexity.js';
import { renderImprovement, type ImprovementSoFar } from './improvement-report.js';
import { exploreRunName, improvementReportKey, improvementRoundsKey, improvementTableKey } from './round-names.js';
import type { ExploredRound, ImprovementInput, ImprovementPlan, RoundInput, RoundPlan } from './round-plan.js';
import type { ImprovementSummary } from './round-result.js';
import { announceServed, type ServedPool } from './student-pool.js';

export type ImproveDependencies = MeasuringDependencies;

/** A loop so far, with its table in Markdown. */
export type WrittenImprovement = ImprovementSoFar & { readonly table: string };
/** Store keys of what people look at. */
export type ImprovementFiles = Pick<ImprovementSummary, 'tableKey' | 'reportKey'>;

/** Activities of the workflows selfImprove and improveRound. */
export function createImproveActivities(dependencies: ImproveDependencies) {
  const { store, deployment } = dependencies;
  const perplexities = createPerplexityStore(store);

  /** Checks a recipe that goes on by itself and says what its loop decides by. Fails with Input.Invalid, all faults named. */
  async function planImprovement({ recipe, imitation }: ImprovementInput): Promise<ImprovementPlan> {
    return withEffort(() => improvementPlan(dependencies, { recipe, imitation }));
  }

  /** Says what a round explores. Fails with Input.Invalid. */
  async function planRound(round: RoundInput): Promise<RoundPlan> {
    return withEffort(async () => {
      const { recipe, selfImprove, current } = await openRound({ store, deployment }, round);
      const pool = servedPool(current.weightsSha256);
      return {
        exploreRun: exploreRunName(round.run, round.round),
        recipe: exploreRecipe(recipe, { round: round.round, pool }),
        pool,
        perplexityBy: selfImprove.perplexity.by,
      };
    });
  }

  /** Tells the workers of a run where its student is served now. */
  async function announceStudent({ served, ...at }: ServedPool & { served: ServedModel }): Promise<void> {
    return withEffort(() => announceServed(store, at, served));
  }

  /** Chooses what a round learns from, publishes its training set, and says what its rollouts took. */
  async function chooseChains(round: ExploredRound): Promise<ChosenRound & { readonly took: ExplorationCost }> {
    return withEffort(async ({ signal, progress }) => {
      const open = await openRound({ store, deployment }, round);
      const options = { signal, heartbeat: () => progress('choosing') };
      const chosen = await chooseRound({ store, perplexities }, { round, open }, options);
      return { ...chosen, took: await explorationCost(store, round.dataset) };
    });
  }

  /** Writes the table and the report of a loop so far, and its rounds, in place of those of an earlier execution. */
  async function writeImprovement({ table, ...found }: WrittenImprovement): Promise<ImprovementFiles> {
    return withEffort(async () => {
      const files = { tableKey: improvementTableKey(found.run), reportKey: improvementReportKey(found.run) };
      await writeJsonDocument(store, improvementRoundsKey(found.run), { schema: 1, rounds: found.rounds });
      await store.put(files.reportKey, Buffer.from(await renderImprovement(store, found)));
      await store.put(files.tableKey, Buffer.from(`${table}\n`));
      return files;
    });
  }

  return {
    ...{ planImprovement, planRound, announceStudent },
    ...{ chooseChains, writeImprovement },
    ...createMeasuringActivities(dependencies),
  };
}

async function improvementPlan(
  { store, deployment }: Pick<ImproveDependencies, 'store' | 'deployment'>,
  { recipe, imitation }: Pick<ImprovementInput, 'recipe' | 'imitation'>,
): Promise<ImprovementPlan> {
  const improving = improvingRecipe(recipe, deployment);
  const { selfImprove, student } = improving;
  const { training } = await registered(store, imitation);
  const { maxRounds, patience = null, approval, budget = {} } = selfImprove.loop;
  const { cost = null, outputTokens = null, trainingHours = null } = budget;
  const evaluations = evaluationPlaces(improving);
  return {
    rules: {
      ...{ maxRounds, patience, approval },
      evaluation: selfImprove.evaluation ?? evaluations[0]?.name ?? null,
      budget: { cost, outputTokens, trainingHours },
    },
    imitation,
    seed: { name: training.name, version: training.version },
    student: student.name,
    server: student.server,
    evaluations,
  };
}
