import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Does work in a new directory that is gone afterwards, however it ended. */
export async function withTemporaryDirectory<Result>(
  parent: string,
  prefix: string,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(parent, prefix));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
