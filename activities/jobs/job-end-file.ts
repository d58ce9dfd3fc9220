import { z } from 'zod';
import { readJsonFile } from '../local-files.js';
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
    return await readJsonFile(path, schema);
  } catch (cause) {
    throw new JobLauncherError((cause as Error).message, { retryable: false, cause });
  }
}
