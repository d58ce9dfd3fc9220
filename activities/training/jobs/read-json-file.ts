import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { isErrno } from '../../store/atomic-file.js';

/** A JSON file of another program, or undefined when there is none. Throws Error, naming the file, when it is something else. */
export async function readJsonFile<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new Error(`${path} is not what its program writes there: ${(error as Error).message}`, { cause: error });
  }
}
