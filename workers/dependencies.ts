import { availableParallelism } from 'node:os';
import { loadBenchmarks } from '../activities/cleaning/benchmarks.js';
import { createAssembler } from '../activities/dataset/assemble.js';
import { createShardCommitter } from '../activities/dataset/commit-shard.js';
import { createPlanner } from '../activities/dataset/plan.js';
import { planShardKey, readShard } from '../activities/dataset/plan-manifest.js';
import { createShardCache } from '../activities/dataset/plan-shard-cache.js';
import { createResolvedRecipes } from '../activities/dataset/resolved-recipes.js';
import { openEvaluation } from '../activities/evaluation/open-evaluation.js';
import { createCodeGrader } from '../activities/grading/code-grader.js';
import { createGrader } from '../activities/grading/grader.js';
import { createMathVerify, mathVerifyScript } from '../activities/grading/math-verify.js';
import { createSandbox } from '../activities/grading/sandbox.js';
import { createActivities, type Activities } from '../activities/index.js';
import { openLaunchers, type Launchers } from '../activities/jobs/open-launchers.js';
import { createPools, type Pools } from '../activities/inference/pools.js';
import { withStudentPools } from '../activities/improve/student-pool.js';
import { createStoreLedger } from '../activities/ledger/store-ledger.js';
import { createPublisher } from '../activities/publication/publisher.js';
import { createAsk, type AskDependencies } from '../activities/question/ask.js';
import { readQuestionHistory } from '../activities/question/history.js';
import { createJournalStore } from '../activities/question/journal-store.js';
import { createPaidCalls } from '../activities/question/paid-call.js';
import type { ShardRef } from '../activities/references.js';
import { createOpenInput } from '../activities/sources/open-input.js';
import type { OpenInput } from '../activities/sources/source-input.js';
import { loadSourcePresets } from '../activities/sources/source-presets.js';
import type { ObjectStore } from '../activities/store/object-store.js';
import { startFileThreads } from '../activities/store/file-threads.js';
import { openStore } from '../activities/store/open-store.js';
import { createAnswerers } from '../activities/serving/answerers.js';
import { openServing } from '../activities/serving/open-serving.js';
import { createServedPools } from '../activities/serving/served-pools.js';
import { createSelector } from '../activities/selection/select-chains.js';
import { createTrainingSteps } from '../activities/selection/training-steps.js';
import { openTraining } from '../activities/training/jobs/open-training.js';
import { openPreflights } from '../activities/training/preflight/preflight.js';
import { createViewWriter } from '../activities/training/write-views.js';
import type { Benchmark } from '../config/benchmark.js';
import type { Deployment } from '../config/deployment.js';
import { loadTrainingPresets, type TrainingPresets } from '../config/training-preset.js';
import { toolPath } from './stack/tools.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything a worker process holds open. */
export interface WorkerDependencies {
  readonly activities: Activities;
  readonly pools: Pools;
  readonly store: ObjectStore;
  close(): Promise<void>;
}

const shardKey = ({ plan, shard }: ShardRef): string => planShardKey(plan.run, plan.planId, shard);

/** Builds the activities of a deployment: the one place where ports meet their drivers. Directories in it are absolute by now. */
export async function openDependencies(deployment: Deployment, environment: Environment): Promise<WorkerDependencies> {
  const baseDirectory = process.cwd();
  const fileThreads = startFileThreads();
  const store = await openStore(deployment.store, { environment, baseDirectory, fileThreads });
  const presets = await loadSourcePresets();
  const benchmarks = await loadBenchmarks();
  const pools = createPools(deployment, environment);
  const served = createServedPools(deployment, environment);
  const processes = deployment.worker.mathVerifyProcesses;
  const mathVerify = createMathVerify({ python: toolPath('python'), script: mathVerifyScript(), processes });
  const grader = createGrader({ mathVerify });
  const code = createCodeGrader({ sandbox: createSandbox({ concurrency: availableParallelism() }) });
  const ledger = createStoreLedger(store);
  const trainingPresets = await loadTrainingPresets();
  const recipes = createResolvedRecipes({ store, deployment, presets, benchmarks, trainingPresets });
  const openInput = createOpenInput({ inputs: deployment.inputs, baseDirectory, store, environment });
  const paid = createPaidCalls({
    ledger,
    poolNamed: (name) => served.named(name) ?? pools.get(name),
    priceOf: (name) => priceOf(deployment, name),
  });
  const answerers = createAnswerers({ paid, pools, served });
  const launchers = openLaunchers(deployment, environment);
  const activities = createActivities({
    store,
    deployment,
    recipes,
    ...datasetSteps({
      ...{ store, ledger, grader, code, openInput },
      paid: withStudentPools(paid, { store, served }),
      resolvedOf: (plan) => recipes.ofPlan(plan),
    }),
    publisher: createPublisher({ store, targets: deployment.publishTargets, environment }),
    evaluation: openEvaluation({
      ...{ deployment, store, openInput, benchmarks, ledger, paid },
      ...{ answerers, math: grader, code },
      launchers,
      evaluationPython: () => toolPath('evaluationPython'),
    }),
    answerers,
    ...launcherSteps({ store, deployment, launchers, presets: trainingPresets, openInput, benchmarks }),
    trainingSteps: createTrainingSteps({
      store,
      selector: createSelector({ store }),
      viewWriter: createViewWriter({ store }),
    }),
  });
  return {
    activities,
    pools,
    store,
    async close() {
      await Promise.all([pools.close(), served.close(), grader.close()]);
      await fileThreads.close();
    },
  };
}

interface LauncherDrivers {
  readonly store: ObjectStore;
  readonly deployment: Deployment;
  readonly launchers: Launchers;
  readonly presets: TrainingPresets;
  readonly openInput: OpenInput;
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
}

/** What runs on launchers: trainings and servers. */
function launcherSteps({ store, deployment, launchers, presets, openInput, benchmarks }: LauncherDrivers) {
  const programs = { python: () => toolPath('python'), trainingPython: () => toolPath('trainingPython') };
  return {
    improve: { store, deployment, launchers, python: programs.trainingPython },
    serving: openServing({ store, deployment, launchers, programs }),
    training: openTraining({ store, deployment, launchers, presets, python: programs.trainingPython }),
    preflights: openPreflights({
      ...{ store, deployment, launchers, openInput, benchmarks },
      python: programs.trainingPython,
    }),
  };
}

type DatasetDrivers = Pick<AskDependencies, 'paid' | 'grader' | 'code' | 'ledger' | 'resolvedOf'> & {
  readonly store: ObjectStore;
  readonly openInput: OpenInput;
};

/** What builds a data set, from planning to its published version. */
function datasetSteps({ store, ledger, paid, grader, code, openInput, resolvedOf }: DatasetDrivers) {
  const journal = createJournalStore(store);
  const shards = createShardCache({ store });
  const rowsOf = (shard: ShardRef) => readShard(store, { key: shardKey(shard) });
  return {
    rowsOf,
    planner: createPlanner({ store, openInput }),
    ask: createAsk({
      ...{ paid, grader, code, ledger, journal, resolvedOf },
      rowOf: (shard, id) => shards.question(shardKey(shard), id),
    }),
    committer: createShardCommitter({
      store,
      ledger,
      readShard: rowsOf,
      readHistory: (question) => readQuestionHistory(journal, question),
    }),
    assembler: createAssembler({ store }),
  };
}

function priceOf(deployment: Deployment, pool: string) {
  return deployment.pools[pool]?.price ?? { inputPerMillion: 0, outputPerMillion: 0 };
}
