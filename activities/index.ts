import { withEffort } from './activity-context.js';
import { rowContext } from './dataset/rows.js';
import type { Assembler } from './dataset/assemble.js';
import type { FailedQuestion, ShardCommitter } from './dataset/commit-shard.js';
import { writeCurrentPlan } from './dataset/current-plan.js';
import { readShardSummary, shardTally, type CommittedShard } from './dataset/commit-shard-summary.js';
import type { LoadedShard, ShardQuestion } from './dataset/load-shard.js';
import type { Planner } from './dataset/plan.js';
import { createPreparationActivities } from './dataset/preparation-activities.js';
import { quotasOf, shardPolicy } from './dataset/prepare-run.js';
import { endedShards, isSettled, type EndedShard } from './dataset/quota-shards.js';
import type { ResolvedRecipes } from './dataset/resolved-recipes.js';
import type { RunSummary } from './dataset/run-summary.js';
import { createEvaluationActivities, type EvaluationSteps } from './evaluation/activities.js';
import { createExperimentActivities } from './experiment/activities.js';
import { createLauncherActivities, type LauncherActivitiesDependencies } from './launcher-activities.js';
import { createImproveActivities, type ImproveDependencies } from './improve/activities.js';
import { createPublicationActivities } from './publication/activities.js';
import type { Publisher } from './publication/publisher.js';
import type { createAsk } from './question/ask.js';
import type { PlanRef, ShardRef } from './references.js';
import type { QuestionRow } from './sources/question-row.js';
import type { ObjectStore } from './store/object-store.js';
import { createTrainingActivities } from './selection/activities.js';
import type { TrainingSteps } from './selection/training-steps.js';
import type { Deployment } from '../config/deployment.js';
import { packAnswers, unpackAsk, type PackedAnswers, type PackedAsk } from '../workflows/question/packed-ask.js';
import type { QuotaCount } from '../workflows/question/quota-count.js';

/** What the workflow keeps of a plan. */
export interface PlannedDataset {
  readonly planId: string;
  readonly questions: number;
  readonly shards: number;
}

export interface Dependencies extends LauncherActivitiesDependencies {
  readonly store: ObjectStore;
  readonly deployment: Deployment;
  readonly recipes: ResolvedRecipes;
  readonly planner: Planner;
  readonly rowsOf: (shard: ShardRef) => Promise<readonly QuestionRow[]>;
  readonly ask: ReturnType<typeof createAsk>;
  readonly committer: ShardCommitter;
  readonly assembler: Assembler;
  readonly trainingSteps: TrainingSteps;
  readonly publisher: Publisher;
  readonly improve: ImproveDependencies;
  readonly evaluation: EvaluationSteps;
}

/** Every activity of cotmill. Each is safe to run twice, throws failures that say whether another attempt helps, and returns no text. */
export function createActivities(dependencies: Dependencies) {
  const { store, recipes, planner, committer, assembler } = dependencies;

  /** Reads the sources and cuts the questions into shards. Fails with Source.Invalid, file and row named. */
  async function planDataset({ run, fingerprint }: { run: string; fingerprint: string }): Promise<PlannedDataset> {
    return withEffort(async ({ signal, progress }) => {
      const resolved = await recipes.read(run, fingerprint);
      const manifest = await planner.planDataset({ run, resolved }, { heartbeat: progress, signal });
      await writeCurrentPlan(store, { run, planId: manifest.planId });
      return { planId: manifest.planId, questions: manifest.questions, shards: manifest.shards.length };
    });
  }

  /** Ids of a shard's questions, or its counts when there is nothing left to do for it. `open`: what it is told of the quotas. */
  async function loadShard({ plan, shard, open }: ShardRef & { open?: string }): Promise<LoadedShard> {
    return withEffort(async () => {
      const summary = await readShardSummary(store, plan, shard);
      if (isSettled(summary, open)) return { questions: [], committed: shardTally(summary, plan.execution) };
      return { questions: (await dependencies.rowsOf({ plan, shard })).map(shardQuestion) };
    });
  }

  /** Answers a group of asks of one question. */
  async function askPool(packed: PackedAsk): Promise<PackedAnswers> {
    return withEffort(async ({ signal, progress }) =>
      packAnswers(await dependencies.ask(unpackAsk(packed), { signal, progress })),
    );
  }

  /** Writes the rows of a shard whose questions have all ended. */
  async function commitShard({
    plan,
    shard,
    failed,
    open,
  }: ShardRef & { failed: readonly FailedQuestion[]; open?: string }): Promise<CommittedShard> {
    return withEffort(async ({ signal, progress }) => {
      const resolved = await recipes.ofPlan(plan);
      const summary = await committer.commitShard(
        { plan, shard, failed, policy: shardPolicy(resolved.recipe, open), context: rowContext(resolved) },
        { heartbeat: () => progress('committing'), signal },
      );
      return shardTally(summary, plan.execution);
    });
  }

  /** Of a run with quotas: the shards that need no work, one after another from the first that is not counted yet. */
  async function settledShards(input: { plan: PlanRef; before: QuotaCount; end: number }): Promise<EndedShard[]> {
    return withEffort(async () => {
      const { recipe } = await recipes.ofPlan(input.plan);
      return endedShards(store, { ...input, quotas: quotasOf(recipe) });
    });
  }

  /** Makes the data set of all committed shards and publishes its version. Fails with Dataset.Exists when the version holds other data. */
  async function assembleDataset(input: { plan: PlanRef; fingerprint: string; shards: number }): Promise<RunSummary> {
    return withEffort(async ({ signal, progress }) => {
      const resolved = await recipes.read(input.plan.run, input.fingerprint);
      return assembler.assembleDataset({ ...input, resolved }, { heartbeat: () => progress('assembling'), signal });
    });
  }

  return {
    ...createPreparationActivities(recipes),
    ...{ planDataset, loadShard, askPool, commitShard, settledShards, assembleDataset },
    ...createTrainingActivities(dependencies.trainingSteps),
    ...createLauncherActivities(dependencies),
    ...createEvaluationActivities(dependencies.evaluation),
    ...createImproveActivities(dependencies.improve),
    ...createPublicationActivities(dependencies.publisher),
    ...createExperimentActivities(dependencies),
  };
}

export type Activities = ReturnType<typeof createActivities>;

const shardQuestion = ({ id, chains }: QuestionRow): ShardQuestion => ({
  id,
  ...(chains.length > 0 && { chains: chains.map(({ key }) => key) }),
});
