import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { bytesToDisk, copyToDisk, createAtomicFiles, isErrno } from './store/atomic-file.js';
import { jsonDocument } from './store/json-objects.js';

/** The text of a local file, or undefined when there is none. Other errors are Node's own. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** A local JSON file, or undefined when there is none. Throws Error, naming the file, when it is something else. @param advice what to do then */
export async function readJsonFile<Value>(
  path: string,
  schema: z.ZodType<Value>,
  advice = '',
): Promise<Value | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is not what its program writes there: ${(cause as Error).message}${advice}`, { cause });
  }
}

const files = createAtomicFiles();

/** Writes or replaces a local file, whole or not at all: who reads it meanwhile, as a job may, has the old one or the new one. */
export const writeTextFile = (path: string, text: string): Promise<void> =>
  files.replace(path, bytesToDisk(Buffer.from(text)));

/** The same with a {@link jsonDocument}. */
export const writeJsonFile = (path: string, value: unknown): Promise<void> => writeTextFile(path, jsonDocument(value));

/** The same with the bytes of another file. */
export const copyLocalFile = (from: string, to: string): Promise<void> => files.replace(to, copyToDisk(from));
