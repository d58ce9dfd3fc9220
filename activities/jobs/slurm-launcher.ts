import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readIfPresent, writeTextFile } from '../local-files.js';
import { bytesToDisk, createAtomicFiles } from '../store/atomic-file.js';
import {
  checkJobName,
  type JobLauncher,
  type JobLog,
  type JobRef,
  type JobSpec,
  type JobStatus,
} from './job-launcher.js';
import { claimJobDirectory } from './job-spec-file.js';
import { readJobLog } from './read-job-log.js';
import { createSlurmCommands } from './slurm-commands.js';
import { NOTE_PREFIX, slurmJobScript } from './slurm-job-script.js';
import { endOfNote, statusOf } from './slurm-state.js';

const OWNER_HASH_DIGITS = 8;

export interface SlurmLauncherOptions {
  /** Jobs' scripts, logs and ends, a directory for each: on a file system that the nodes see under the same path. */
  readonly directory: string;
  /** Environment of every job: already reduced to what it may see. */
  readonly environment: Readonly<Record<string, string>>;
  /** Options of every sbatch, such as `--partition=gpu`: the deployment's. @default none */
  readonly options?: readonly string[];
  /** Lines of shell before every command, such as `module load cuda`: the deployment's. @default none */
  readonly setup?: readonly string[];
}

/**
 * Jobs of a Slurm cluster, through its commands. Slurm knows no unique names: a job is looked up before it is submitted, and should two workers
 * submit at the same moment, only the first of the two Slurm jobs runs anything. The job notes its own end, for
 * Slurm forgets jobs after minutes where no accounting is set up. A requeued job runs again under its own number.
 */
export function createSlurmLauncher(options: SlurmLauncherOptions): JobLauncher {
  const root = resolve(options.directory);
  const files = createAtomicFiles();
  const slurm = createSlurmCommands(options.environment);
  const owner = createHash('sha256').update(root).digest('hex').slice(0, OWNER_HASH_DIGITS);
  const slurmName = (name: string): string => `cotmill-${owner}-${name}`;

  async function submit(spec: JobSpec): Promise<JobRef> {
    const directory = join(root, checkJobName(spec.name));
    const { setup = [] } = options;
    const { command, variables = {}, resources = {} } = spec;
    await claimJobDirectory(directory, { command, directory: spec.directory, variables, ...resources });
    const known = (await submittedId(directory)) ?? (await slurm.find(slurmName(spec.name)));
    if (known !== undefined) return await remember(directory, spec.name, known);
    const script = join(directory, 'job.sh');
    await writeTextFile(script, slurmJobScript(spec, { directory, setup }));
    const id = await slurm.submit([...sbatchOptions(spec, directory), ...(options.options ?? [])], script);
    return await remember(directory, spec.name, id);
  }

  /** Of two submissions at the same moment the first note counts: the other one's job finds that and leaves. */
  async function remember(directory: string, name: string, id: string): Promise<JobRef> {
    await files.create(join(directory, 'submitted'), bytesToDisk(Buffer.from(id)));
    const first = (await submittedId(directory)) ?? id;
    if (first !== id) await slurm.cancel(id);
    return { name, id: first };
  }

  const sbatchOptions = ({ name, resources = {} }: JobSpec, directory: string): string[] => [
    `--job-name=${slurmName(name)}`,
    `--output=${join(directory, 'output.log')}`,
    '--open-mode=append',
    `--export=${Object.keys(options.environment).join(',') || 'NONE'}`,
    ...resourceOptions(resources),
  ];

  async function poll({ name, id }: JobRef): Promise<JobStatus> {
    const directory = join(root, name);
    const known = await slurm.show(id);
    const told = known && statusOf(known);
    if (told !== undefined && told.state !== 'ended') return told;
    const note = await readNote(directory, known?.restarts);
    // Slurm's word counts where it ended the job; of a program that ended by itself the script knows more.
    if (note !== undefined && (told === undefined || ['succeeded', 'failed'].includes(told.end.reason)))
      return { state: 'ended', end: endOfNote(note) };
    if (told !== undefined) return told;
    if ((await submittedId(directory)) !== id) return { state: 'absent' };
    const detail = 'Slurm no longer knows the job, and it left no note of its end';
    return { state: 'ended', end: { reason: 'node-lost', exitCode: null, signal: null, detail } };
  }

  const submittedId = (directory: string): Promise<string | undefined> => readIfPresent(join(directory, 'submitted'));

  const cancel = ({ id }: JobRef): Promise<void> => slurm.cancel(id);

  const logs = ({ name }: JobRef, from: number | 'tail'): Promise<JobLog> =>
    readJobLog(join(root, name, 'output.log'), from);

  return { description: `Slurm (jobs in ${root})`, submit, poll, cancel, logs };
}

function resourceOptions({ cpus, gpus, memoryMiB, timeLimitMs }: NonNullable<JobSpec['resources']>): string[] {
  return [
    ...(cpus === undefined ? [] : [`--cpus-per-task=${cpus}`]),
    ...(gpus === undefined ? [] : [`--gres=gpu:${gpus}`]),
    ...(memoryMiB === undefined ? [] : [`--mem=${memoryMiB}M`]),
    // Slurm counts in minutes and is late; the script ends the job on time, this is the fence behind it.
    ...(timeLimitMs === undefined ? [] : [`--time=${Math.ceil(timeLimitMs / 60_000) + 1}`]),
  ];
}

/** The exit note of one start of the job, or of its last one. */
async function readNote(directory: string, restarts: number | undefined): Promise<string | undefined> {
  if (restarts !== undefined) return readIfPresent(join(directory, `${NOTE_PREFIX}${restarts}`));
  const names = (await readdir(directory).catch(() => [])).filter((name) => /^exit-\d+$/.test(name));
  const last = names.map((name) => Number(name.slice(NOTE_PREFIX.length))).reduce((a, b) => Math.max(a, b), -1);
  return last < 0 ? undefined : readIfPresent(join(directory, `${NOTE_PREFIX}${last}`));
}
