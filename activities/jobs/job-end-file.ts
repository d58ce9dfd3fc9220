import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isErrno } from '../store/atomic-file.js';
import { JobLauncherError } from './job-launcher.js';

/** What a job's directory says of its end. */
export const JobEndFile = z.object({
  reason: z.enum(['succeeded', 'failed', 'cancelled', 'out-of-memory', 'time-limit', 'preempted', 'node-lost']),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  detail: z.string().nullable(),
});

/** A file of a job's directory; undefined when it is not there. Throws {@link JobLauncherError} when it is something else. */
export async function readJobFile<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new JobLauncherError(`${path} is not what is written there for a job.`, { retryable: false, cause: error });
  }
}
