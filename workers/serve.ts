import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { packageRoot } from '../config/package-root.js';
import type { Deployment } from '../config/deployment.js';
import { connectWorker } from './connection.js';
import { createWorkers, type Duty } from './create-worker.js';
import { openDependencies, type Environment, type WorkerDependencies } from './dependencies.js';
import { startPoolPublisher } from './pool-status.js';

/** Workers of one process, at work. */
export interface Serving {
  readonly duties: readonly Duty[];
  readonly dependencies: WorkerDependencies;
  /** Settles when the workers have stopped; rejects when one failed. */
  readonly stopped: Promise<void>;
  /** Lets activities finish or hands them over, then closes everything. */
  stop(): Promise<void>;
}

/** The compiled workflows, built by the set-up and shipped in the package. */
export const workflowBundle = (): string => join(packageRoot(), 'dist', 'workflow-bundle.cjs');

let installed = false;
/** Of the young generation's halves in threads, as Node 20 has it: that of Node 24 grows to four times that, which made a worker larger and no faster. [measured] */
const SEMI_SPACE_MEGABYTES = 16;
/** Of the old generation, beyond what a collection left: most of what a worker keeps lives for seconds, and V8's own caution marked it over and over. [measured] */
const HEAP_GROWTH_PERCENT = 200;

/** One runtime a process; what it logs goes to stderr. */
export function installRuntime(level: 'WARN' | 'ERROR' = 'WARN'): void {
  if (installed) return;
  installed = true;
  setFlagsFromString(`--max-semi-space-size=${SEMI_SPACE_MEGABYTES}`);
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  Runtime.install({
    logger: new DefaultLogger(level, ({ level, message, meta }) => {
      // Every set of workers has some that serve only the one or only the other.
      if (message.startsWith('No activities registered') || message.startsWith('No workflows registered')) return;
      const cause = meta?.['error'] instanceof Error ? `: ${meta['error'].message}` : '';
      process.stderr.write(`${level} ${message}${cause}\n`);
    }),
    shutdownSignals: [],
    workerHeartbeatInterval: '30s',
  });
}

/** Connects and serves the given duties of a deployment until stopped. */
export async function serve(
  deployment: Deployment,
  options: { environment: Environment; duties?: readonly Duty[] },
): Promise<Serving> {
  installRuntime();
  const { connection, namespace } = await connectWorker(deployment.temporal);
  const dependencies = await openDependencies(deployment, options.environment);
  const workers = await createWorkers({
    connection,
    namespace,
    deployment,
    activities: dependencies.activities,
    bundlePath: workflowBundle(),
    ...(options.duties && { duties: options.duties }),
  });
  const { store, pools } = dependencies;
  const publisher = startPoolPublisher({ store, statuses: () => pools.statuses() });
  const stopped = workers.run().finally(async () => {
    await publisher.stop();
    await dependencies.close();
    await connection.close();
  });
  stopped.catch(() => undefined);
  return {
    duties: workers.duties,
    dependencies,
    stopped,
    async stop() {
      workers.shutdown();
      await stopped;
    },
  };
}

/** Resolves with the first SIGINT or SIGTERM. */
export const stopSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
