import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { bytesToDisk, createAtomicFiles, isErrno } from '../store/atomic-file.js';
import { JobEndFile, readJobFile } from './job-end-file.js';
import {
  checkJobName,
  JobLauncherError,
  type JobEnd,
  type JobLauncher,
  type JobLog,
  type JobRef,
  type JobSpec,
  type JobStatus,
} from './job-launcher.js';
import { claimJobDirectory } from './job-spec-file.js';
import { isRunning, killMarked, MARK_VARIABLE } from './process-identity.js';
import { readJobLog } from './read-job-log.js';

const START_TIMEOUT_MS = 20_000;
const START_POLL_MS = 20;
const DEFAULT_GRACE_MS = 30_000;

export interface ProcessLauncherOptions {
  /** Jobs' specs, logs and ends: a directory for each. Of this machine. */
  readonly directory: string;
  /** The script that runs one job and notes its end. */
  readonly runnerPath: string;
  /** Environment of every job: already reduced to what it may see. */
  readonly environment: Readonly<Record<string, string>>;
  /** Time between SIGTERM and SIGKILL. @default 30 s */
  readonly graceMs?: number;
}

const Runner = z.object({ pid: z.int().positive(), startTime: z.string().nullable() });
/**
 * Jobs as processes of this machine. Each is run by a small process of its own that outlives the worker, kills what the job leaves behind and
 * writes down how it ended; which of several takes the job is decided by one atomic link, so that a job never starts twice. A job whose runner is
 * gone without a word (power loss, SIGKILL) is `node-lost`, and what it left running is killed by the next poll.
 */
export function createProcessLauncher(options: ProcessLauncherOptions): JobLauncher {
  const root = resolve(options.directory);
  const files = createAtomicFiles();
  const description = `processes of this machine (${root})`;

  async function submit(spec: JobSpec): Promise<JobRef> {
    const id = join(root, checkJobName(spec.name));
    await claimJobDirectory(id, jobOf(spec));
    if (!(await readJobFile(join(id, 'runner.json'), Runner))) startRunner(id, spec);
    await untilStarted(id, description);
    return { name: spec.name, id };
  }

  const jobOf = ({ command, directory, variables = {}, resources = {} }: JobSpec): object => ({
    command,
    directory,
    variables,
    ...resources,
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
  });

  function startRunner(id: string, { variables = {} }: JobSpec): void {
    const env = { ...options.environment, ...variables, [MARK_VARIABLE]: id };
    const runner = spawn(process.execPath, [options.runnerPath, id], { detached: true, stdio: 'ignore', env });
    // It can't be started at all: untilStarted says so.
    runner.on('error', () => undefined);
    runner.unref();
  }

  async function poll({ id }: JobRef): Promise<JobStatus> {
    const runner = await readJobFile(join(id, 'runner.json'), Runner);
    if (!runner) return { state: 'absent' };
    const running = isRunning(runner);
    // Read after the look at the runner: it writes its end before it leaves.
    const end = await readJobFile(join(id, 'end.json'), JobEndFile);
    // With an end it is about to leave, and still a process of the job.
    if (running) return { state: 'running' };
    if (end) return { state: 'ended', end };
    return { state: 'ended', end: await lostJob(files, id) };
  }

  async function cancel({ id }: JobRef): Promise<void> {
    const runner = await readJobFile(join(id, 'runner.json'), Runner);
    if (!runner || (await readJobFile(join(id, 'end.json'), JobEndFile))) return;
    await writeFile(join(id, 'cancel'), '');
    if (isRunning(runner)) signalQuietly(runner.pid, 'SIGTERM');
  }

  const logs = ({ id }: JobRef, from: number | 'tail'): Promise<JobLog> => readJobLog(join(id, 'output.log'), from);

  return { description, submit, poll, cancel, logs };
}

async function untilStarted(id: string, where: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += START_POLL_MS) {
    if (await readJobFile(join(id, 'runner.json'), Runner)) return;
    await delay(START_POLL_MS);
  }
  throw new JobLauncherError(`The job in ${id} did not start within ${START_TIMEOUT_MS / 1000} s on ${where}.`, {
    retryable: true,
  });
}

/** Ends what a dead runner left behind, and notes the end: the first note stays. */
async function lostJob(files: ReturnType<typeof createAtomicFiles>, id: string): Promise<JobEnd> {
  const killed = await killMarked(id);
  const detail = `what watched over the job is gone${killed > 0 ? `; ${killed} processes that it left were killed` : ''}`;
  const lost: JobEnd = { reason: 'node-lost', exitCode: null, signal: null, detail };
  await files.create(join(id, 'end.json'), bytesToDisk(Buffer.from(`${JSON.stringify(lost)}\n`)));
  return (await readJobFile(join(id, 'end.json'), JobEndFile)) ?? lost;
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
