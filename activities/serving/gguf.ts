import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../config/canonical-json.js';
import { followJob, type FollowOptions } from '../jobs/follow-job.js';
import type { JobSpec } from '../jobs/job-launcher.js';
import { endWords } from '../jobs/job-words.js';
import type { OpenLauncher } from '../jobs/open-launchers.js';
import { isErrno } from '../store/atomic-file.js';
import { logText } from './judge-server.js';
import { ServingFailed } from './serving-error.js';

const KEY_DIGITS = 16;

export interface Conversion {
  readonly launcher: OpenLauncher;
  /** In messages and in the file. */
  readonly model: string;
  /** Checkpoint, as workers and jobs see it. */
  readonly directory: string;
  /** Directory for the file. */
  readonly folder: string;
  /** Job that writes the file: the same for all who want it. */
  readonly job: (gguf: string) => Omit<JobSpec, 'name'>;
  /** Part of the name of the job when the one that all share ended without the file: of a failure before, or cancelled with another's work. */
  readonly own: string;
}

/** Waits for the job as {@link followJob} does. */
export type ConversionOptions = Pick<FollowOptions, 'onPoll' | 'signal' | 'pollMs'>;

/**
 * GGUF file of a checkpoint: the one of an earlier conversion of these very files, or a new one that is made by a job. Throws ServingFailed with the
 * end of the job's output, what the launcher throws, and the signal's reason.
 */
export async function ggufOf(conversion: Conversion, options: ConversionOptions): Promise<string> {
  const { launcher, model, directory, own } = conversion;
  const key = await keyOf(conversion);
  const path = join(conversion.folder, `${model}-${key}.gguf`);
  let failure = '';
  for (const name of [`gguf-${key}`, `gguf-${key}-${own}`]) {
    if (await isThere(path)) return path;
    const { ref, end } = await followJob(launcher.jobs, { ...conversion.job(path), name }, options);
    if (await isThere(path)) return path;
    const { text } = await launcher.jobs.logs(ref, 'tail');
    failure = `${endWords(end)}, job ${ref.name}.${logText(text)}`;
  }
  throw new ServingFailed(
    `The checkpoint of ${model} in ${directory} was not converted to GGUF: ${failure}\nGive the server of the deployment a "convert" that knows this model, or serve it with a server of kind "command".`,
  );
}

/** Identity of the program and of the files, which are not read: names, sizes and times of change. */
async function keyOf({ directory, model, job }: Conversion): Promise<string> {
  const files = [];
  for (const name of (await filesOf(directory)).sort()) {
    const { size, mtimeMs } = await stat(join(directory, name));
    files.push([name, size, mtimeMs]);
  }
  const identity = canonicalJson({ directory, model, files, job: job('') });
  return createHash('sha256').update(identity).digest('hex').slice(0, KEY_DIGITS);
}

async function filesOf(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory, { withFileTypes: true }))
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new ServingFailed(
      `There is no checkpoint at ${directory}: is it there, and does the worker of the duty "jobs" see it under the same path as the jobs?`,
      { cause: error },
    );
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
