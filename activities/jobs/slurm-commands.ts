import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isErrno } from '../store/atomic-file.js';
import { JobLauncherError } from './job-launcher.js';
import { parseSacctJob, parseScontrolJob, type SlurmJob } from './slurm-state.js';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** Slurm's answers that say "no such job", whichever command they come from. */
const UNKNOWN_JOB = /Invalid job id specified/i;
const NO_ACCOUNTING = /accounting storage is disabled|Slurm accounting storage|slurmdbd/i;
/** The controller is restarting, overloaded or not reachable; everything else is the request's fault. */
const PASSING =
  /Unable to contact slurm controller|Socket timed out|Connection refused|Resource temporarily unavailable|temporarily/i;

/** The verbs of Slurm that the launcher needs. Errors are JobLauncherError. */
export interface SlurmCommands {
  /** The number of the new job. */
  submit(options: readonly string[], script: string): Promise<string>;
  /** The number of the oldest job of this name that Slurm has in its queue. */
  find(name: string): Promise<string | undefined>;
  /** What Slurm knows of a job, or undefined when it has forgotten it. */
  show(id: string): Promise<SlurmJob | undefined>;
  /** Names of the partitions. */
  partitions(): Promise<string[]>;
  /** Nothing happens to a job that has ended or is not known. */
  cancel(id: string): Promise<void>;
}

/** @param environment of the commands, and with `--export` that of the jobs */
export function createSlurmCommands(environment: Readonly<Record<string, string>>): SlurmCommands {
  async function call(command: string, args: readonly string[]): Promise<string> {
    const { SLURM_CONF = undefined } = process.env;
    const env = { ...(SLURM_CONF === undefined ? {} : { SLURM_CONF }), PATH: process.env['PATH'], ...environment };
    try {
      return (await run(command, args, { env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES })).stdout.trim();
    } catch (error) {
      throw slurmError(command, error);
    }
  }

  async function show(id: string): Promise<SlurmJob | undefined> {
    try {
      return parseScontrolJob(await call('scontrol', ['show', 'job', '--oneliner', id]));
    } catch (error) {
      if (!(error instanceof Error) || !UNKNOWN_JOB.test(error.message)) throw error;
      return account(id);
    }
  }

  /** Clusters with accounting remember longer. */
  async function account(id: string): Promise<SlurmJob | undefined> {
    try {
      return parseSacctJob(
        await call('sacct', ['--jobs', id, '--allocations', '--parsable2', '--noheader', '--format=State,ExitCode']),
      );
    } catch (error) {
      if (error instanceof Error && NO_ACCOUNTING.test(error.message)) return undefined;
      throw error;
    }
  }

  return {
    submit: async (options, script) =>
      (await call('sbatch', ['--parsable', ...options, script])).split(';', 1)[0] ?? '',
    async find(name) {
      const ids = (await call('squeue', ['--noheader', '--states=all', '--name', name, '--format=%A'])).split('\n');
      return ids.filter(Boolean).sort((a, b) => Number(a) - Number(b))[0];
    },
    show,
    async partitions() {
      const names = (await call('sinfo', ['--noheader', '--format=%R'])).split('\n').filter(Boolean);
      return [...new Set(names)];
    },
    async cancel(id) {
      try {
        await call('scancel', [id]);
      } catch (error) {
        if (!(error instanceof Error) || !/Invalid job id|already completing or completed/i.test(error.message))
          throw error;
      }
    },
  };
}

function slurmError(command: string, error: unknown): JobLauncherError {
  if (isErrno(error, 'ENOENT')) {
    const advice =
      'install the Slurm client commands on the machine of this worker, or serve the jobs queue from a login node';
    return new JobLauncherError(`${command} was not found on PATH: ${advice}.`, { retryable: false, cause: error });
  }
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  const killed = error instanceof Error && 'killed' in error && error.killed === true;
  const what = killed ? `did not answer within ${TIMEOUT_MS / 1000} s` : `said: ${stderr}`;
  return new JobLauncherError(`${command} ${what}`, { retryable: killed || PASSING.test(stderr), cause: error });
}
