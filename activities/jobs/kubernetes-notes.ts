import { join } from 'node:path';
import { z } from 'zod';
import { readIfPresent } from '../local-files.js';
import { bytesToDisk, createAtomicFiles } from '../store/atomic-file.js';
import { JobEndFile, readJobFile } from './job-end-file.js';
import type { JobEnd } from './job-launcher.js';
import { endOfExitNote } from './kubernetes-script.js';

/** What a job's directory knows of it: Jobs, pods and their logs may be deleted by anyone at any time. */
export interface KubernetesNotes {
  /** Whether a Job was made. */
  wasSubmitted(name: string): Promise<boolean>;
  submitted(name: string, kubernetesName: string): Promise<void>;
  wasCancelled(name: string): Promise<boolean>;
  cancelled(name: string): Promise<void>;
  /** How the program ended, as its script noted it. */
  programEnd(name: string): Promise<JobEnd | undefined>;
  end(name: string): Promise<JobEnd | undefined>;
  /** Of two that note an end, the first one counts. */
  ended(name: string, end: JobEnd): Promise<JobEnd>;
  /** MiB that the job asked for. */
  memory(name: string): Promise<number | undefined>;
}

const JobFile = z.object({ memoryMiB: z.number().optional() });

/** @param root a directory for each job in it, by name */
export function createKubernetesNotes(root: string): KubernetesNotes {
  const files = createAtomicFiles();
  const write = (name: string, file: string, text: string): Promise<boolean> =>
    files.create(join(root, name, file), bytesToDisk(Buffer.from(text)));
  const read = (name: string, file: string): Promise<string | undefined> => readIfPresent(join(root, name, file));
  const end = (name: string): Promise<JobEnd | undefined> => readJobFile(join(root, name, 'end.json'), JobEndFile);
  const memory = async (name: string): Promise<number | undefined> =>
    (await readJobFile(join(root, name, 'job.json'), JobFile))?.memoryMiB;

  return {
    wasSubmitted: async (name) => (await read(name, 'submitted')) !== undefined,
    submitted: async (name, kubernetesName) => void (await write(name, 'submitted', kubernetesName)),
    wasCancelled: async (name) => (await read(name, 'cancelled')) !== undefined,
    cancelled: async (name) => void (await write(name, 'cancelled', '')),
    async programEnd(name) {
      const note = await read(name, 'exit');
      return note === undefined ? undefined : endOfExitNote(note, await memory(name));
    },
    end,
    async ended(name, found) {
      await write(name, 'end.json', `${JSON.stringify(found)}\n`);
      return (await end(name)) ?? found;
    },
    memory,
  };
}
