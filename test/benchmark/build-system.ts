import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { parseDeployment } from '../../config/load.js';
import type { DeploymentInput } from '../../config/deployment.js';
import { packageRoot } from '../../config/package-root.js';
import type { RecipeInput } from '../../config/recipe.js';
import { connectClient } from '../../workers/connection.js';
import { cotmillHome } from '../../workers/stack/home.js';
import { freePort } from '../../workers/stack/ports.js';
import { startProcess, type RunningProcess } from '../../workers/stack/process.js';
import { startTemporalServer, type TemporalServer } from '../../workers/stack/temporal-server.js';
import { startFakeModelProcess, type FakeModelProcess } from '../fakes/model-server-process.js';
import { fakeQuestion } from '../fakes/model-server.js';

export interface BuildSystemOptions {
  readonly questions: number;
  /** Of every call. */
  readonly latencyMs: number;
  /** Folder for CPU profiles of the worker, which it writes when it stops. */
  readonly profileDirectory?: string;
}

/** A cotmill as it is run: server, model and one worker, each a process of its own. */
export interface BuildSystem {
  readonly temporal: TemporalServer;
  readonly model: FakeModelProcess;
  readonly worker: RunningProcess;
  readonly client: Client;
  stop(): Promise<void>;
}

/** Bytes of an answer. */
const ANSWER_BYTES = 1_500;
/** With four first chains: about 17.5 calls a question; one question in six has a chain to rewrite. */
const SKILL = { right: 0.8, sound: 0.9, medium: 0.93, distinct: true };

export const benchDirectory = (): string => join(cotmillHome(), 'bench');

const leftovers = new Set<string>();

/**
 * A new directory of the bench's own, on the disk that holds the store of other runs. It stays until {@link removeBenchDirectories}: right after many
 * deletions ext4 looks long for an inode that was not just deleted, and the next part would pay for what this one cleared away.
 */
export function newBenchDirectory(prefix: string): string {
  mkdirSync(benchDirectory(), { recursive: true });
  const directory = mkdtempSync(join(benchDirectory(), prefix));
  leftovers.add(directory);
  return directory;
}

export function removeBenchDirectories(): void {
  for (const directory of leftovers) rmSync(directory, { recursive: true, maxRetries: 3 });
  leftovers.clear();
}

/** Every role, and the mix of right and wrong answers that makes about 17 calls a question. */
export const benchRecipe = (questionsInFlight: number): RecipeInput => ({
  name: 'bench',
  sources: [{ name: 'exercises', path: 'questions.jsonl', fields: { question: 'question', answer: 'answer' } }],
  teachers: [{ name: 'teacher', pool: 'fake', chains: 4, sampling: { temperature: 0.8, maxTokens: 2048 } }],
  validation: { judge: { pool: 'fake' } },
  scoring: { pool: 'fake' },
  alignment: { critic: { pool: 'fake' }, rewriter: { pool: 'fake' } },
  limits: { questionsInFlight },
});

const running = new Set<() => Promise<void>>();

/** Stops what was started and not stopped, as an interrupted bench must. */
export async function stopBuildSystems(): Promise<void> {
  await Promise.allSettled([...running].map((stop) => stop()));
}

/** Starts everything over a fresh directory. */
export async function startBuildSystem(options: BuildSystemOptions): Promise<BuildSystem> {
  const directory = newBenchDirectory('build-');
  const closing: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    running.delete(stop);
    for (const close of closing.splice(0).reverse()) await close();
  };
  running.add(stop);
  try {
    const rows = Array.from({ length: options.questions }, (_, index) => JSON.stringify(fakeQuestion(index)));
    writeFileSync(join(directory, 'questions.jsonl'), rows.join('\n'));
    const model = await startFakeModelProcess({ latency: options.latencyMs, bodyBytes: ANSWER_BYTES, skill: SKILL });
    closing.push(() => model.stop());
    const temporal = await startTemporalServer({
      databaseFile: join(directory, 'temporal.db'),
      port: await freePort(),
      headless: true,
      logFile: join(directory, 'temporal.log'),
    });
    closing.push(() => temporal.stop());
    const deployment = deploymentOf(directory, { temporal, model });
    const client = await connectClient(parseDeployment(deployment, 'bench').temporal);
    closing.push(() => client.connection.close());
    const worker = await startWorker(directory, deployment, options.profileDirectory);
    closing.push(() => worker.stop());
    return { temporal, model, worker, client, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function deploymentOf(
  directory: string,
  { temporal, model }: Pick<BuildSystem, 'temporal' | 'model'>,
): DeploymentInput {
  return {
    temporal: { address: temporal.address, namespace: 'default' },
    store: { kind: 'file', directory: join(directory, 'store') },
    inputs: { data: { kind: 'directory', directory } },
    pools: { fake: { model: 'fake-model', endpoints: [{ url: model.url, maxConcurrency: 4_096 }] } },
  };
}

async function startWorker(
  directory: string,
  deployment: DeploymentInput,
  profileDirectory: string | undefined,
): Promise<RunningProcess> {
  const file = join(directory, 'deployment.json');
  const logFile = join(directory, 'worker.log');
  writeFileSync(file, JSON.stringify(deployment));
  const profiling = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  return startProcess({
    name: 'the worker',
    command: process.execPath,
    args: [...profiling, join(packageRoot(), 'dist', 'workers', 'cli.js'), 'worker', '--deployment', file],
    logFile,
    readyWhen: () => Promise.resolve(readFileSync(logFile, 'utf8').includes(' serves ')),
  });
}
