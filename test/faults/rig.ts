/**
 * Everything that can be killed, each a process of its own: Temporal over a file database, SeaweedFS, the fake model server and
 * `cotmill worker`. A part starts again over the same port and data.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentInput } from '../../config/deployment.js';
import { packageRoot } from '../../config/package-root.js';
import { createS3Store } from '../../activities/store/s3-store.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { freePort } from '../../workers/stack/ports.js';
import { startProcess, type RunningProcess } from '../../workers/stack/process.js';
import { startSeaweedfs, type Seaweedfs } from '../support/seaweedfs.js';
import { startTemporalServer } from '../../workers/stack/temporal-server.js';
import { fakeQuestion, type FakeModelOptions, type FakeStats } from '../fakes/model-server.js';

export const PARTS = ['worker', 'temporal', 'model', 'seaweedfs'] as const;
export type PartName = (typeof PARTS)[number];

/** Variables that the workers read the store's keys from. */
export const STORE_KEYS = { accessKeyIdEnv: 'FAULTS_ACCESS_KEY', secretAccessKeyEnv: 'FAULTS_SECRET_KEY' } as const;
export const BUCKET = 'faults';

/** One process that is killed and started again. */
export interface Part {
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it anew, as often as it takes: what a supervisor does. Resolves when it is ready. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SUPERVISOR_PAUSE_MS = 500;

function createPart(name: string, launch: () => Promise<RunningProcess>): Part {
  let running: RunningProcess | undefined;
  return {
    async start() {
      for (let attempt = 1; ; attempt += 1) {
        try {
          running = await launch();
          return;
        } catch (error) {
          if (attempt === 20) throw new Error(`${name} did not start in ${attempt} attempts`, { cause: error });
          await sleep(SUPERVISOR_PAUSE_MS);
        }
      }
    },
    async kill() {
      await running?.kill();
    },
    async stop() {
      await running?.stop();
    },
  };
}

/** Servers that all runs of a rig share. */
export interface Servers {
  readonly temporalAddress: string;
  readonly seaweedfs: Seaweedfs;
  readonly temporalPart: Part;
  readonly seaweedfsPart: Part;
  stop(): Promise<void>;
}

export async function startServers(directory: string): Promise<Servers> {
  const port = await freePort();
  const databaseFile = join(directory, 'temporal.db');
  const temporalPart = createPart('Temporal', () =>
    startTemporalServer({ databaseFile, port, headless: true, logFile: join(directory, 'temporal.log') }),
  );
  let seaweedfs: Seaweedfs | undefined;
  const seaweedfsPart = createPart('SeaweedFS', async () => {
    const logFile = join(directory, 'seaweedfs.log');
    seaweedfs = await startSeaweedfs({ directory: join(directory, 'seaweedfs'), bucket: BUCKET, logFile });
    return seaweedfs;
  });
  await Promise.all([temporalPart.start(), seaweedfsPart.start()]);
  if (!seaweedfs) throw new Error('SeaweedFS started and is not there');
  return {
    temporalAddress: `127.0.0.1:${port}`,
    seaweedfs,
    temporalPart,
    seaweedfsPart,
    async stop() {
      await Promise.allSettled([temporalPart.stop(), seaweedfsPart.stop()]);
    },
  };
}

/** Model and worker of one run, over the shared servers, with a ledger of its own. */
export interface Rig {
  readonly parts: Readonly<Record<PartName, Part>>;
  readonly store: ObjectStore;
  readonly requestLog: string;
  readonly deployment: DeploymentInput;
  modelStats(): Promise<FakeStats>;
  stop(): Promise<void>;
}

export interface RigOptions {
  /** Of this run alone: questions, logs, deployment file. */
  readonly directory: string;
  /** Key prefix of the store, and so the ledger of the run. */
  readonly prefix: string;
  readonly questions: number;
  readonly model: Omit<FakeModelOptions, 'answer' | 'port' | 'requestLog'>;
  readonly maxConcurrency: number;
}

export async function startRig(servers: Servers, options: RigOptions): Promise<Rig> {
  const { directory, prefix } = options;
  writeQuestions(directory, options.questions);
  const port = await freePort();
  const requestLog = join(directory, 'requests.log');
  writeFileSync(requestLog, '');
  const { endpoint, accessKeyId, secretAccessKey } = servers.seaweedfs;
  const storeConfig = { kind: 's3', bucket: BUCKET, prefix, endpoint, forcePathStyle: true } as const;
  const deployment: DeploymentInput = {
    temporal: { address: servers.temporalAddress, namespace: 'default' },
    store: { ...storeConfig, ...STORE_KEYS },
    inputs: { data: { kind: 'directory', directory } },
    pools: {
      fake: {
        model: 'fake-model',
        endpoints: [{ url: `http://127.0.0.1:${port}/v1`, maxConcurrency: options.maxConcurrency }],
        price: { inputPerMillion: 1, outputPerMillion: 2 },
      },
    },
  };
  const model = createPart('the model server', () =>
    startModel(join(directory, 'model.log'), { ...options.model, port, requestLog }),
  );
  const environment = {
    [STORE_KEYS.accessKeyIdEnv]: accessKeyId,
    [STORE_KEYS.secretAccessKeyEnv]: secretAccessKey,
  };
  const worker = createPart('the worker', () => startWorker({ directory, deployment, environment }));
  await Promise.all([model.start(), worker.start()]);
  return {
    parts: { worker, model, temporal: servers.temporalPart, seaweedfs: servers.seaweedfsPart },
    store: createS3Store({ ...storeConfig, region: 'us-east-1' }, { accessKeyId, secretAccessKey }),
    requestLog,
    deployment,
    modelStats: async () => (await (await fetch(`http://127.0.0.1:${port}/stats`)).json()) as FakeStats,
    async stop() {
      await worker.stop();
      await model.stop();
    },
  };
}

function writeQuestions(directory: string, count: number): void {
  const rows = Array.from({ length: count }, (_, index) => JSON.stringify(fakeQuestion(index)));
  writeFileSync(join(directory, 'questions.jsonl'), rows.join('\n'));
}

const compiled = (path: string): string => join(packageRoot(), 'dist', path);

function startModel(logFile: string, options: FakeModelOptions & { port: number }): Promise<RunningProcess> {
  return startProcess({
    name: 'the fake model server',
    command: process.execPath,
    args: [compiled('test/fakes/model-server-cli.js'), JSON.stringify(options)],
    logFile,
    readyWhen: () => answers(`http://127.0.0.1:${options.port}/health`),
  });
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

/** `cotmill worker` as an operator starts it. Ready when it says that it serves. */
function startWorker(options: {
  readonly directory: string;
  readonly deployment: DeploymentInput;
  readonly environment: NodeJS.ProcessEnv;
}): Promise<RunningProcess> {
  const file = join(options.directory, 'deployment.json');
  const logFile = join(options.directory, 'worker.log');
  writeFileSync(file, JSON.stringify(options.deployment));
  const starts = (): number => logText(logFile).match(/^worker \d+ serves /gm)?.length ?? 0;
  const before = starts();
  return startProcess({
    name: 'cotmill worker',
    command: process.execPath,
    args: [compiled('workers/cli.js'), 'worker', '--deployment', file],
    env: { ...process.env, ...options.environment },
    logFile,
    readyWhen: () => Promise.resolve(starts() > before),
  });
}

function logText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not written yet
  }
}
