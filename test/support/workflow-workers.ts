import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { packageRoot } from '../../config/package-root.js';
import { addSearchAttributes } from '../../workers/search-attributes.js';
import { installRuntime, workflowBundle } from '../../workers/serve.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { temporalTestServerPath } from './servers.js';

/** What workers of a test run. */
export interface WorkflowWork {
  /** Activities by their task queues. */
  readonly activities: Readonly<Record<string, object>>;
  /** File below test/workflows that exports the workflows. @default those of cotmill, as they were built */
  readonly workflows?: string;
}

/** Workers that run until they are stopped. */
export interface WorkflowWorkers {
  readonly stop: () => Promise<void>;
}

/** Workers of a Temporal server: one for the workflows, one for each queue of activities. */
export async function startWorkers(
  { nativeConnection: connection }: TestWorkflowEnvironment,
  { activities, workflows }: WorkflowWork,
): Promise<WorkflowWorkers> {
  const bundle = workflows === undefined ? { codePath: workflowBundle() } : await bundled(workflows);
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: WORKFLOW_QUEUE, workflowBundle: bundle }),
    ...Object.entries(activities).map(([taskQueue, own]) => Worker.create({ connection, taskQueue, activities: own })),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  async function stop(): Promise<void> {
    for (const worker of workers) worker.shutdown();
    await running;
  }
  return { stop };
}

/** Workers on a Temporal server of their own that skips time; both end with `stop`. */
export async function startSkippingTime(
  work: WorkflowWork,
): Promise<WorkflowWorkers & { readonly environment: TestWorkflowEnvironment }> {
  installRuntime('ERROR');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: temporalTestServerPath() } },
  });
  // A child with an attribute that the server does not know would never start, and nobody would be told.
  await addSearchAttributes(
    environment.client,
    SEARCH_ATTRIBUTES.map(({ name }) => name),
  );
  const workers = await startWorkers(environment, work);
  async function stop(): Promise<void> {
    await workers.stop();
    await environment.teardown();
  }
  return { environment, stop };
}

const bundled = (file: string): Promise<{ code: string }> =>
  bundleWorkflowCode({
    workflowsPath: join(packageRoot(), 'test', 'workflows', file),
    logger: new DefaultLogger('WARN'),
    // Sources import each other by the names that they have once they are compiled.
    webpackConfigHook: (config) => ({
      ...config,
      resolve: { ...config.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
    }),
  });
