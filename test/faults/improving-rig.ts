import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createFileStore } from '../../activities/store/file-store.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import type { DeploymentInput } from '../../config/deployment.js';
import { packageRoot } from '../../config/package-root.js';
import type { RecipeInput } from '../../config/recipe.js';
import type { SelfImproveInput } from '../../config/self-improve.js';
import { connectClient } from '../../workers/connection.js';
import { freePort, isFree } from '../../workers/stack/ports.js';
import { startTemporalServer } from '../../workers/stack/temporal-server.js';
import { fakeQuestion, startFakeModelServer } from '../fakes/model-server.js';
import { commandLine, type CommandLine } from '../support/command-line.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { processesNaming } from '../support/training-system.js';
import { startWorkerProcess } from '../support/worker-process.js';

export const RUN = 'loop';
export const SEED_QUESTIONS = 8;
export const HARD_QUESTIONS = 16;
export const HELD_OUT = 12;
/** Requests to a student at the same time: no more can be in flight when everything is killed. */
export const CONCURRENCY = 4;
/** Steps of every training of a round: time to be killed in. */
export const ROUND_STEPS = 24;

const PATIENCE_MS = 300_000;

/**
 * A cotmill that improves a student, over a directory of its own. Real: Temporal over a file, `cotmill worker` and the other commands as processes, the
 * file store, the launcher and its jobs, the trainer and the measuring of perplexities, on weights of 1.2M parameters. Not real: what is asked for
 * text. Students are served by the fake model server, as jobs, whose answers follow from the request alone, and so from the name of the weights: a
 * student of other weights answers otherwise. llama.cpp's server does not give equal answers to equal requests.
 */
export interface ImprovingRig {
  readonly directory: string;
  readonly store: ObjectStore;
  /** Every answer of the teacher and of students, whichever process gave it. */
  readonly requestLog: string;
  readonly shell: CommandLine;
  readonly client: Client;
  /** Starts Temporal and a worker. */
  start(): Promise<void>;
  /** SIGKILL to everything that was started over the directory: Temporal, worker, commands, jobs with what watches over them. */
  killEverything(): Promise<void>;
  /** As if the machine of Temporal, and its disk, were gone for good. */
  loseTemporal(): void;
  /** Names of the jobs that were ever submitted, sorted. */
  jobs(kind: string): string[];
  /** Folder of the only training of a student; undefined: there is none yet. */
  training(student: string): string | undefined;
  stop(): Promise<void>;
}

export async function startImprovingRig(): Promise<ImprovingRig> {
  const folder = temporaryDirectory('improving');
  const at = (...names: string[]): string => join(folder.path, ...names);
  writeInputs(folder.path);
  const [port, requestLog] = [await freePort(), at('requests.log')];
  writeFileSync(requestLog, '');
  // Whoever sells answers does not die with the rest.
  const teacher = await startFakeModelServer({ requestLog, skill: { right: 1, sound: 1, distinct: true } });
  const deployment = deploymentOf(folder.path, { teacher: teacher.url, temporal: `127.0.0.1:${port}`, requestLog });
  const client = await startTemporal(at(), port).then(() =>
    connectClient({ address: `127.0.0.1:${port}`, namespace: 'default' }),
  );
  let workers = 0;
  let isUp = true;
  const rig: ImprovingRig = {
    directory: folder.path,
    store: createFileStore(at('store')),
    ...{ requestLog, client },
    shell: commandLine({ directory: folder.path, deployment }),
    async start() {
      if (!isUp) await startTemporal(at(), port);
      isUp = true;
      workers += 1;
      await startWorkerProcess(folder.path, deployment, `worker-${workers}`);
    },
    async killEverything() {
      isUp = false;
      for (let alive = processesNaming(folder.path); alive.length > 0; alive = processesNaming(folder.path)) {
        alive.forEach(killQuietly);
        await sleep(20);
      }
      // A process that ends has no command line any more, and its port for a moment longer.
      await until('the port of Temporal is free', () => isFree(port));
    },
    loseTemporal: () => rmSync(at('temporal'), { recursive: true }),
    jobs: (kind) => names(at('jobs', 'jobs')).filter((name) => name.startsWith(`${kind}-`)),
    training(student) {
      const [found, ...more] = names(at('jobs', 'work')).filter((name) => name.startsWith(`train-${student}-`));
      if (more.length > 0) throw new Error(`more than one training of ${student}: ${[found, ...more].join(', ')}`);
      return found === undefined ? undefined : at('jobs', 'work', found);
    },
    async stop() {
      await client.connection.close();
      await rig.killEverything();
      await teacher.close();
      folder.remove();
    },
  };
  return rig;
}

const startTemporal = (directory: string, port: number) =>
  startTemporalServer({
    databaseFile: join(directory, 'temporal', 'temporal.db'),
    ...{ port, headless: true, logFile: join(directory, 'temporal.log') },
  });

function writeInputs(directory: string): void {
  const write = (file: string, from: number, count: number): void =>
    writeFileSync(
      join(directory, file),
      Array.from({ length: count }, (_, index) => JSON.stringify(fakeQuestion(from + index))).join('\n'),
    );
  write('seed.jsonl', 0, SEED_QUESTIONS);
  write('hard.jsonl', 100, HARD_QUESTIONS);
  write('held-out.jsonl', 200, HELD_OUT);
  mkdirSync(join(directory, 'jobs'));
}

interface Addresses {
  readonly teacher: string;
  readonly temporal: string;
  readonly requestLog: string;
}

function deploymentOf(directory: string, { teacher, temporal, requestLog }: Addresses): DeploymentInput {
  const student = JSON.stringify({ requestLog, latency: 150, skill: { right: 0.5, sound: 1, distinct: true } });
  const server = [process.execPath, join(packageRoot(), 'dist', 'test', 'fakes', 'model-server-cli.js')];
  return {
    temporal: { address: temporal, namespace: 'default' },
    store: { kind: 'file', directory: join(directory, 'store') },
    inputs: { data: { kind: 'directory', directory } },
    pools: { fake: { model: 'fake-model', endpoints: [{ url: teacher }] } },
    launchers: { here: { kind: 'process', directory: join(directory, 'jobs'), graceMs: 2_000 } },
    models: { weak: { directory: resolve(packageRoot(), 'infra/mini/model/weak-student') } },
    trainers: {
      default: {
        ...{ launcher: 'here', cpu: true, preflight: null },
        command: ['env', 'OMP_NUM_THREADS=1', '{python}', '{script}', '{config}'],
      },
    },
    servers: {
      default: {
        ...{ launcher: 'here', leaseMs: 30_000, maxConcurrency: CONCURRENCY },
        command: [...server, `{"port":{port},${student.slice(1)}`],
      },
    },
  };
}

/** Eight questions to a seed, a student, a loop over sixteen others; each round is asked twelve more. */
export const improvingRecipe = (changes: Pick<SelfImproveInput, 'loop' | 'rounds'>): RecipeInput => {
  const fields = { question: 'question', answer: 'answer' };
  const quick = { learningRate: 5e-4, batchSize: 4, gradientAccumulation: 1, maxLength: 256, logSteps: 1 };
  return {
    name: 'improving',
    sources: [{ name: 'seed', path: 'seed.jsonl', fields }],
    teachers: [{ name: 'teacher', pool: 'fake', chains: 1 }],
    validation: { keep: 'solution', minVerified: 1 },
    trainingSets: [{ name: 'seed', kernel: { name: 'all' }, views: [{ form: 'messages' }] }],
    students: [{ name: 'small', base: { model: 'weak' }, trainingSet: 'seed', settings: { ...quick, maxSteps: 4 } }],
    evaluations: [
      { name: 'held-out', benchmark: 'word-problems', path: 'held-out.jsonl', models: [{ student: 'small' }] },
    ],
    selfImprove: {
      student: 'small',
      explore: {
        sources: [{ name: 'hard', path: 'hard.jsonl', fields }],
        sampling: { temperature: 0.8, maxTokens: 512 },
        ...{ firstChains: 3, maxChains: 6 },
        // Chains of the fake model say nearly the same in every step.
        chainFilters: { minWords: 4, maxRepetition: 1 },
      },
      improve: { variant: 'sft', settings: { ...quick, maxSteps: ROUND_STEPS, saveSteps: 1 } },
      ...changes,
    },
  };
};

const names = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : []);

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return; // gone meanwhile
  }
}

/** Waits until something holds. Throws Error with what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(20))
    if (await holds()) return;
  throw new Error(`waited ${PATIENCE_MS / 1000} s in vain: ${what}`);
}

/** A file of JSON, as far as the caller reads it. */
export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8')) as unknown;
