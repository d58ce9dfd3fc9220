import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { ChainRow } from '../../activities/dataset/rows.js';
import type { TrainedStudent } from '../../activities/models/model-manifest.js';
import { publishTrainingSet } from '../../activities/selection/training-manifest.js';
import { createFileStore } from '../../activities/store/file-store.js';
import { createViewWriter } from '../../activities/training/write-views.js';
import type { DeploymentInput } from '../../config/deployment.js';
import type { StudentInput } from '../../config/student.js';
import { TrainingViews } from '../../config/training-view.js';
import { parseDeployment } from '../../config/load.js';
import { connectClient } from '../../workers/connection.js';
import { serve, type Serving } from '../../workers/serve.js';
import type { TemporalServer } from '../../workers/stack/temporal-server.js';
import { COT_RUN } from '../../workflows/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { chainRow, DATASET, dropped, pickOf, putTrainingSet, TRAINING_SET } from '../fakes/training-set.js';
import { temporalServer } from './servers.js';
import { temporaryDirectory } from './temporary-directory.js';

/** The demonstration student, 1.2M parameters; its vocabulary is that of small word problems. */
const STUDENT_DIRECTORY = resolve('infra/mini/model/weak-student');
const ROWS = 32;
const LLAMA = { launcher: 'here', kind: 'llama', leaseMs: 30_000, maxConcurrency: 8 };
const LLAMA_COMMAND = '{python} {script} --model {model} --alias {name} --host {host} --port {port}'.split(' ');

/** Training for real on this machine's CPU: real Temporal, real store, real trainer, a student of 1.2M parameters and a training set written here. */
export interface TrainingSystem {
  readonly directory: string;
  readonly temporal: TemporalServer;
  readonly client: Client;
  readonly deployment: DeploymentInput;
  /** Starts workers in this process; they stop with the system. */
  serve(): Promise<Serving>;
  /** Starts the workflow as `<run>/student/<name>`. */
  train(run: string, student: StudentInput): Promise<WorkflowHandle<() => Promise<TrainedStudent>>>;
  /** Folder of the only training of a student. */
  workFolder(student: string): string;
  /** Names of the jobs that were submitted. */
  jobs(): string[];
  /** Path of a file of a registered model. */
  modelFile(student: { readonly name: string; readonly version: string }, file: string): string;
  stop(): Promise<void>;
}

export interface TrainingSystemOptions {
  readonly launcher?: Record<string, unknown>;
  readonly trainer?: Partial<NonNullable<DeploymentInput['trainers']>[string]>;
  readonly temporal?: TemporalServer;
}

export async function startTrainingSystem(options: TrainingSystemOptions = {}): Promise<TrainingSystem> {
  const folder = temporaryDirectory('training-system');
  const at = (name: string): string => join(folder.path, name);
  await putDemonstrationSet(folder.path);
  const temporal = options.temporal ?? (await temporalServer());
  const deployment = {
    temporal: { address: temporal.address, namespace: 'default' },
    store: { kind: 'file', directory: at('store') },
    pools: {},
    launchers: { here: { kind: 'process', directory: at('jobs'), ...(options.launcher ?? { graceMs: 2_000 }) } },
    inputs: { here: { kind: 'directory', directory: folder.path } },
    models: {
      weak: { directory: STUDENT_DIRECTORY },
      // Its chat template deletes thoughts.
      forgetful: {
        directory: STUDENT_DIRECTORY,
        chatTemplate: resolve('test/fixtures/templates/r1-distill-form.jinja'),
      },
    },
    trainers: {
      // Rows are looked at where a test is about that.
      default: { launcher: 'here', cpu: true, preflight: null, resources: { cpus: 1 }, ...options.trainer },
      broken: { launcher: 'here', preflight: null, command: ['sh', '-c', 'echo no such driver >&2; exit 3'] },
      factory: {
        ...{ kind: 'llamafactory', launcher: 'here', cpu: true, resources: { cpus: 1 } },
        command: ['{python}', resolve('test/support/run_llamafactory.py'), '{config}'],
      },
      swift: { kind: 'ms-swift', launcher: 'here', cpu: true, command: ['swift', 'sft', '{config}'] },
      careful: { launcher: 'here', cpu: true, resources: { cpus: 1 } },
      small: { launcher: 'here', cpu: true, preflight: null, resources: { cpus: 1, memoryMiB: 50 } },
    },
    servers: {
      default: { ...LLAMA, command: LLAMA_COMMAND },
      // Time for a test to do something before it answers, and a short lease.
      slow: { ...LLAMA, leaseMs: 5_000, command: ['sh', '-c', 'sleep 6; exec "$@"', 'sh', ...LLAMA_COMMAND] },
    },
  } as DeploymentInput;
  const checked = parseDeployment(deployment, 'test');
  const client = await connectClient(checked.temporal);
  const servings: Serving[] = [];
  return {
    directory: folder.path,
    temporal,
    client,
    deployment,
    async serve() {
      const serving = await serve(checked, { environment: process.env });
      servings.push(serving);
      return serving;
    },
    train: (run, student) =>
      client.workflow.start<(input: object) => Promise<TrainedStudent>>('trainStudent', {
        workflowId: `${run}/student/${student.name}`,
        taskQueue: WORKFLOW_QUEUE,
        args: [{ run, student, training: TRAINING_SET }],
        typedSearchAttributes: [{ key: COT_RUN, value: run }],
      }),
    workFolder(student) {
      const [folder, ...more] = names(at('jobs/work')).filter((name) => name.startsWith(`train-${student}-`));
      if (folder === undefined || more.length > 0)
        throw new Error(`not one training of ${student}: ${names(at('jobs/work')).join(', ')}`);
      return join(at('jobs/work'), folder);
    },
    jobs: () => names(at('jobs/jobs')),
    modelFile: ({ name, version }, file) => join(at('store'), 'models', name, version, file),
    async stop() {
      await Promise.allSettled(servings.map((serving) => serving.stop()));
      await client.connection.close();
      if (!options.temporal) await temporal.stop();
      folder.remove();
    },
  };
}

/** A student that is trained in a second: 16 steps over 32 rows. */
export const quickStudent = (name: string, changes: Partial<StudentInput> = {}): StudentInput => ({
  name,
  base: { model: 'weak' },
  trainingSet: TRAINING_SET.name,
  ...changes,
  settings: {
    learningRate: 5e-4,
    epochs: 2,
    batchSize: 4,
    gradientAccumulation: 1,
    maxLength: 256,
    saveSteps: 1,
    logSteps: 1,
    ...changes.settings,
  },
});

const names = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : []);

/** Ids of the processes of this machine whose command line names a path. */
export function processesNaming(path: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && commandLine(pid).includes(path));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

export interface LossPoint {
  readonly step: number;
  readonly loss?: number;
}

/** Losses by step of a registered model. */
export const lossCurve = (path: string): LossPoint[] =>
  (JSON.parse(readFileSync(path, 'utf8')) as LossPoint[]).map(({ step, loss }) => ({
    step,
    ...(loss !== undefined && { loss }),
  }));

/** A published training set whose words the demonstration student knows, with views for all methods. */
async function putDemonstrationSet(directory: string): Promise<void> {
  const store = createFileStore(join(directory, 'store'));
  const rows = Array.from({ length: ROWS }, (_, index) => problem(index)).flat();
  const picks = rows.filter(({ outcome }) => outcome === 'accepted').map((row) => pickOf(row));
  await putTrainingSet({ store, directory: join(directory, 'made'), parts: [rows], picks });
  const views = TrainingViews.parse([
    { form: 'messages' },
    { form: 'dpo' },
    { form: 'cogpo', betaSmall: 0.1, betaMedium: 0.1, betaLarge: 0.1 },
  ]);
  const files = await createViewWriter({ store }).writeViews(
    { dataset: DATASET, trainingSet: TRAINING_SET, views },
    { heartbeat: () => undefined, signal: new AbortController().signal },
  );
  const dataset = { ...DATASET, contentSha256: 'd'.repeat(64) };
  await publishTrainingSet(store, { training: TRAINING_SET, dataset, specSha256: sha('spec'), files });
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A right chain and a wrong one. */
function problem(index: number): ChainRow[] {
  const name = `kira-${index}`;
  const count = index + 10;
  const text = {
    question: `Kira owns ${count} acorns. Kira uses up 2 acorns. How many acorns does Kira have in the end?`,
    answer: String(count - 2),
  };
  const chain = (left: number) => ({
    ...text,
    thought: `Kira begins with ${count} acorns. ${count}-2=${left}.`,
    solution: `The answer is \\boxed{${left}}.`,
  });
  return [chainRow(name, 0, chain(count - 2)), dropped(name, 1, { ...chain(count - 3), reason: 'wrong-solution' })];
}
