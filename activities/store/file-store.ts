import * as fs from 'node:fs';
import { access, constants, open, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { bytesToDisk, copyToDisk, createAtomicFiles, isErrno, type AtomicFiles } from './atomic-file.js';
import { fileErrors } from './file-errors.js';
import type { WholeFiles } from './file-threads.js';
import { listFiles, statIfPresent } from './list-files.js';
import { mapErrors, mapStreamErrors } from './map-errors.js';
import { checkKey, checkPrefix } from './object-key.js';
import type { ObjectInfo, ObjectStore } from './object-store.js';

// Every call looks for its record here first: half the CPU time of node:fs/promises, found or not.
const readFile = promisify(fs.readFile);

/**
 * Store in a directory: the key is the path below it. An acknowledged write is on disk, name and content, so it also survives a power loss.
 * Bodies appear whole (a partial file beside the target, forced to disk, then renamed or linked). Several processes and machines may share
 * the directory when its file system has atomic rename and link. Throws StoreError; TypeError for bad keys.
 * @param threads for processes that write much; left out: Node's own file threads
 */
export function createFileStore(directory: string, threads?: WholeFiles): ObjectStore {
  const root = resolve(directory);
  const files = createAtomicFiles();
  const whole = threads ?? wholeFiles(files);
  const description = `directory ${root}`;
  const failure = fileErrors(description);
  const pathOf = (key: string) => join(root, checkKey(key));

  async function get(key: string): Promise<Uint8Array | undefined> {
    const path = pathOf(key);
    return mapErrors(failure('read', key), () => whole.read(path));
  }

  async function put(key: string, body: Uint8Array): Promise<void> {
    const path = pathOf(key);
    return mapErrors(failure('write', key), () => whole.replace(path, body));
  }

  async function putIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const path = pathOf(key);
    return mapErrors(failure('write', key), () => whole.create(path, body));
  }

  async function stat(key: string): Promise<ObjectInfo | undefined> {
    const path = pathOf(key);
    const stats = await mapErrors(failure('look up', key), () => statIfPresent(path));
    return stats?.isFile() ? { key, bytes: stats.size } : undefined;
  }

  async function* list(prefix: string): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    try {
      yield* listFiles(root, prefix);
    } catch (error) {
      throw failure('list', `${prefix}*`)(error);
    }
  }

  async function deleteObject(key: string): Promise<void> {
    const path = pathOf(key);
    await mapErrors(failure('delete', key), () => removeFile(path));
  }

  async function getStream(key: string): Promise<Readable | undefined> {
    const path = pathOf(key);
    const stream = await mapErrors(failure('read', key), () => absentAsUndefined(() => openStream(path)));
    return stream && mapStreamErrors(failure('read', key), stream);
  }

  async function putFile(key: string, localPath: string): Promise<void> {
    const path = pathOf(key);
    // A missing or unreadable source is the caller's fault, not the store's: Node's own error names it.
    await access(localPath, constants.R_OK);
    return mapErrors(failure('write', key), () => files.replace(path, copyToDisk(localPath)));
  }

  return { description, get, put, putIfAbsent, stat, list, delete: deleteObject, getStream, putFile };
}

const wholeFiles = (files: AtomicFiles): WholeFiles => ({
  read: (path) => absentAsUndefined(() => readFile(path)),
  create: (path, body) => files.create(path, bytesToDisk(body)),
  replace: (path, body) => files.replace(path, bytesToDisk(body)),
});

async function openStream(path: string): Promise<Readable | undefined> {
  const file = await open(path, 'r');
  if ((await file.stat()).isFile()) return file.createReadStream();
  await file.close();
  return undefined;
}

async function removeFile(path: string): Promise<void> {
  // A directory at the path is the beginning of other keys; there is no object of this key.
  if ((await statIfPresent(path))?.isFile()) await absentAsUndefined(() => unlink(path));
}

async function absentAsUndefined<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}
