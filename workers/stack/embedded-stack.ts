import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeploymentInput } from '../../config/deployment.js';
import { packageRoot } from '../../config/package-root.js';
import { cotmillHome } from './home.js';
import { demonstrationModel, startModelServer, type ModelServer } from './model-server.js';
import { startTemporalServer, type TemporalServer } from './temporal-server.js';

/** Calls in flight to the demonstration model: one thread answers, a few more only hide the gaps between requests. */
const MINI_CONCURRENCY = 16;

/** An answer of the demonstration model takes a second or two on a busy machine; a minute means that the server is stuck. */
const MINI_TIMEOUT_MS = 60_000;

/** Trainings and servers of students at work at the same time: one for each of two cores, since each takes one thread. */
const JOBS_AT_ONCE = 2;
/** A server that nobody asked to stay for so long ends itself. */
const SERVER_LEASE_MS = 60_000;

/** Servers on this machine, and the deployment that names them. */
export interface EmbeddedStack {
  readonly temporal: TemporalServer;
  readonly model: ModelServer | undefined;
  readonly deployment: DeploymentInput;
  stop(): Promise<void>;
}

export interface EmbeddedStackOptions {
  readonly databaseFile: string;
  /** Pools on servers of the user's own; left out: the demonstration model as pool "mini". */
  readonly pools?: DeploymentInput['pools'];
  /** Directory behind the input "quickstart"; left out: the demonstration questions. */
  readonly questionsDirectory?: string;
}

/** Name of the demonstration model with a hash of its weights: other weights are another model, whose answers must be asked anew. */
const demonstrationModelName = (): string =>
  `mini-${createHash('sha256').update(readFileSync(demonstrationModel())).digest('hex').slice(0, 8)}`;

/** Starts Temporal and, unless other pools are given, the demonstration model. Everything it writes lies below `.cotmill/`. */
export async function openEmbeddedStack(options: EmbeddedStackOptions): Promise<EmbeddedStack> {
  const temporal = await startTemporalServer({ databaseFile: options.databaseFile });
  let model: ModelServer | undefined;
  try {
    model = options.pools ? undefined : await startModelServer({ alias: demonstrationModelName() });
  } catch (error) {
    await temporal.stop();
    throw error;
  }
  return {
    temporal,
    model,
    deployment: {
      temporal: { address: temporal.address, namespace: 'default' },
      store: { kind: 'file', directory: join(cotmillHome(), 'store') },
      inputs: {
        quickstart: {
          kind: 'directory',
          directory: options.questionsDirectory ?? join(packageRoot(), 'infra', 'mini'),
        },
      },
      pools: options.pools ?? {
        mini: {
          model: model?.model ?? '',
          timeoutMs: MINI_TIMEOUT_MS,
          endpoints: [{ url: model?.url ?? '', maxConcurrency: MINI_CONCURRENCY }],
        },
      },
      ...localTraining(),
    },
    async stop() {
      await model?.stop();
      await temporal.stop();
    },
  };
}

/** Trains and serves small students on the processor of this machine: for the demonstration, and for trying recipes out. */
function localTraining(): Pick<DeploymentInput, 'launchers' | 'models' | 'trainers' | 'servers'> {
  const launcher = 'local';
  return {
    launchers: {
      [launcher]: { kind: 'process', directory: join(cotmillHome(), 'jobs'), jobsAtOnce: JOBS_AT_ONCE },
    },
    models: {
      'weak-student': {
        directory: join(packageRoot(), 'infra', 'mini', 'model', 'weak-student'),
        licence: 'Apache-2.0',
      },
    },
    trainers: {
      // A second thread gains nothing for a model of this size, and takes the other training's core.
      default: { launcher, cpu: true, command: ['env', 'OMP_NUM_THREADS=1', '{python}', '{script}', '{config}'] },
    },
    servers: {
      default: {
        launcher,
        kind: 'llama',
        command: [
          '{python}',
          '{script}',
          '--model',
          '{model}',
          '--alias',
          '{name}',
          '--host',
          '{host}',
          '--port',
          '{port}',
        ],
        maxConcurrency: MINI_CONCURRENCY,
        timeoutMs: MINI_TIMEOUT_MS,
        leaseMs: SERVER_LEASE_MS,
      },
    },
  };
}
