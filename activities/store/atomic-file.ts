import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PARTIAL_SUFFIX } from './object-key.js';

/** Tells the partial files of this process from those of others, also of processes with the same pid in other containers. */
const PROCESS_TOKEN = `${process.pid}-${randomBytes(6).toString('hex')}`;
/** Partial files of this process so far: one count for all, since several may write to one directory. */
let partials = 0;

// Bare descriptors: every paid call passes here, and file handles of node:fs/promises cost twice as much of this thread.
const open = promisify(fs.open);
const close = promisify(fs.close);
const writeFile = promisify(fs.writeFile);
const datasync = promisify(fs.fdatasync);
const sync = promisify(fs.fsync);
const link = promisify(fs.link);
const rename = promisify(fs.rename);
const unlink = promisify(fs.unlink);

/** Writes the partial file and forces its content to disk. */
type Fill = (partialPath: string) => Promise<void>;

/** Files that appear whole or not at all, and stay after a power loss once acknowledged. Errors are Node's own. */
export interface AtomicFiles {
  /** Writes or replaces. */
  replace(path: string, fill: Fill): Promise<void>;
  /** Writes unless there is something at the path; exactly one of several racers gets true. */
  create(path: string, fill: Fill): Promise<boolean>;
}

/**
 * The order is what makes it safe: content to disk under a partial name, then the final name (rename or link, both atomic), then the
 * directory to disk. A crash before the last step leaves at most a partial file, which nothing reads.
 */
export function createAtomicFiles(): AtomicFiles {
  const directories = new Map<string, Promise<void>>();

  function ensureDirectory(directory: string): Promise<void> {
    const known = directories.get(directory);
    if (known) return known;
    const created = createDirectory(directory);
    directories.set(directory, created);
    created.catch(() => directories.delete(directory));
    return created;
  }

  async function fillPartial(directory: string, fill: Fill): Promise<string> {
    const partial = join(directory, `${PROCESS_TOKEN}-${partials++}${PARTIAL_SUFFIX}`);
    await ensureDirectory(directory);
    try {
      await fill(partial);
    } catch (error) {
      await removeQuietly(partial);
      throw error;
    }
    return partial;
  }

  /** A remembered directory may have been removed from outside: it is then made again, once. */
  async function preparePartial(directory: string, fill: Fill): Promise<string> {
    try {
      return await fillPartial(directory, fill);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      directories.delete(directory);
      return fillPartial(directory, fill);
    }
  }

  async function replace(path: string, fill: Fill): Promise<void> {
    const partial = await preparePartial(dirname(path), fill);
    try {
      await rename(partial, path);
    } catch (error) {
      await removeQuietly(partial);
      throw error;
    }
    await syncDirectory(dirname(path));
  }

  async function create(path: string, fill: Fill): Promise<boolean> {
    const partial = await preparePartial(dirname(path), fill);
    try {
      return await linkUnlessPresent(partial, path);
    } finally {
      // Also for the loser: the name it found may not be on disk yet, and its caller is about to rely on it.
      await Promise.all([removeQuietly(partial), syncDirectory(dirname(path))]);
    }
  }

  return { replace, create };
}

/** Fills a partial file with bytes. */
export const bytesToDisk =
  (body: Uint8Array): Fill =>
  (partialPath) =>
    withFile(partialPath, 'wx', async (file) => {
      await writeFile(file, body);
      // datasync also forces the length and the new inode; only times may be late.
      await datasync(file);
    });

/** Fills a partial file with a copy of a local file, sharing blocks where the file system can. */
export const copyToDisk =
  (localPath: string): Fill =>
  async (partialPath) => {
    await copyFile(localPath, partialPath, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
    await withFile(partialPath, 'r+', sync);
  };

/** Whether the error is Node's, with one of these codes. */
export const isErrno = (error: unknown, ...codes: string[]): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

async function linkUnlessPresent(partial: string, path: string): Promise<boolean> {
  try {
    await link(partial, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST') && !(await stat(path)).isDirectory()) return false;
    throw error;
  }
}

async function createDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  // Each new directory's name lies in its parent.
  for (let path = directory; ; path = dirname(path)) {
    await syncDirectory(dirname(path));
    if (path === first || path === dirname(path)) return;
  }
}

const syncDirectory = (directory: string): Promise<void> => withFile(directory, 'r', sync);

async function withFile(path: string, flags: string, work: (file: number) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
  } finally {
    await close(file);
  }
}

async function removeQuietly(path: string): Promise<void> {
  // What stays is ignored by every reader, so failing to tidy up is no failure of the write.
  await unlink(path).catch(() => undefined);
}
