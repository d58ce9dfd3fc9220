import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/index.js';
import type { Deployment } from '../config/deployment.js';
import { IO_QUEUE, JOBS_QUEUE, poolQueue, WORKFLOW_QUEUE } from '../workflows/task-queues.js';

/** What a worker process serves: workflow tasks, storage and CPU work, jobs of launchers, or the calls to one pool. */
export type Duty = 'workflows' | 'io' | 'jobs' | `pool:${string}`;

/** Time that activities have to end after a shutdown was asked for; what they paid is recorded, the rest another worker repeats. */
const SHUTDOWN_GRACE_MS = 5_000;
/** Plans, commits and assemblies use memory by the shard: few at once. Rule checks and loads share these slots. */
const IO_ACTIVITIES = 32;
/** Jobs are followed, servers held and models asked: most of it is waiting. */
const JOBS_ACTIVITIES = 100;
const BUILD_ID_DIGITS = 12;

export interface WorkerSet {
  readonly duties: readonly Duty[];
  /** Serves until shutdown; rejects when a worker fails. */
  run(): Promise<void>;
  shutdown(): void;
}

export interface WorkerSetOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly deployment: Deployment;
  readonly activities: Activities;
  /** Compiled workflow bundle. */
  readonly bundlePath: string;
  /** Left out: all duties. */
  readonly duties?: readonly Duty[];
}

/** All duties that a deployment has. */
export const allDuties = (deployment: Deployment): Duty[] => [
  'workflows',
  'io',
  ...(Object.keys(deployment.launchers).length > 0 ? (['jobs'] as const) : []),
  ...Object.keys(deployment.pools).map((pool): Duty => `pool:${pool}`),
];

/** One worker a duty, in one process: the only place that knows both workflows and activities. */
export async function createWorkers(options: WorkerSetOptions): Promise<WorkerSet> {
  const duties = options.duties ?? allDuties(options.deployment);
  const buildId = await buildIdOf(options.bundlePath);
  const workers = await Promise.all(duties.map((duty) => Worker.create({ ...workerOptions(options, duty), buildId })));
  return {
    duties,
    async run() {
      const shutdown = (): void => workers.forEach(stopWorker);
      // One worker that fails must not leave the others serving a half-alive process.
      await Promise.all(workers.map((worker) => worker.run().finally(shutdown)));
    },
    shutdown: () => workers.forEach(stopWorker),
  };
}

/**
 * Names the workflow code, to be compared between workers. It stands twice in the history of every workflow task: the SDK's own default has ninety
 * bytes. [measured]
 */
const buildIdOf = async (bundlePath: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(bundlePath))
    .digest('hex')
    .slice(0, BUILD_ID_DIGITS);

function stopWorker(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}

function workerOptions(
  { connection, namespace, deployment, activities, bundlePath }: WorkerSetOptions,
  duty: Duty,
): WorkerOptions {
  const shared = { connection, namespace, shutdownGraceTime: SHUTDOWN_GRACE_MS };
  if (duty === 'workflows') {
    return {
      ...shared,
      taskQueue: WORKFLOW_QUEUE,
      workflowBundle: { codePath: bundlePath },
      maxCachedWorkflows: deployment.worker.cachedWorkflows,
      maxConcurrentWorkflowTaskExecutions: deployment.worker.workflowTasks,
    };
  }
  if (duty === 'io')
    return { ...shared, taskQueue: IO_QUEUE, activities, maxConcurrentActivityTaskExecutions: IO_ACTIVITIES };
  if (duty === 'jobs')
    return { ...shared, taskQueue: JOBS_QUEUE, activities, maxConcurrentActivityTaskExecutions: JOBS_ACTIVITIES };
  const { askPool, answerProblems, difficultyOfAnswers } = activities;
  return {
    ...shared,
    taskQueue: poolQueue(duty.slice('pool:'.length)),
    activities: { askPool, answerProblems, difficultyOfAnswers },
    maxConcurrentActivityTaskExecutions: deployment.worker.activitiesPerPool,
  };
}
