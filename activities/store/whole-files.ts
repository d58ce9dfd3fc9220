import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { isErrno } from './atomic-file.js';
import { PARTIAL_SUFFIX } from './object-key.js';

/** A file to write: made unless there is one, or replaced. */
export interface FileWrite {
  readonly kind: 'create' | 'replace';
  readonly path: string;
  readonly body: Uint8Array;
}

/** Something to do with one file as a whole. */
export type FileTask = { readonly kind: 'read'; readonly path: string } | FileWrite;

/** Node's error, in a form that threads can pass on. */
export interface FileFault {
  readonly message: string;
  readonly code?: string;
}

/** What came of a task: the bytes that were read (undefined: there is no such file), whether the file was written, or why not. */
export type FileOutcome = { readonly value: Uint8Array | boolean | undefined } | { readonly fault: FileFault };

/** Tells the partial files of this thread from those of all others, on all machines. */
const WRITER = `${process.pid}-${randomBytes(6).toString('hex')}`;
let partials = 0;

/**
 * Reads and writes files as {@link createAtomicFiles} does and with the same promises, but in one go, without giving the thread away: nine calls of
 * Node's file threads for a durable write cost several times the work itself. The files of one call share what is forced to disk last, the
 * directories' names. [ours]
 */
export function readWhole(path: string): FileOutcome {
  return outcomeOf(() => readIfFile(path));
}

export function writeTogether(writes: readonly FileWrite[]): FileOutcome[] {
  const outcomes = writes.map((write) => outcomeOf(() => writeFile(write)));
  const directories = new Set(writes.filter((_, at) => !isFault(outcomes[at])).map(({ path }) => dirname(path)));
  const synced = new Map([...directories].map((directory) => [directory, outcomeOf(() => syncDirectory(directory))]));
  return outcomes.map((outcome, at) => {
    const names = synced.get(dirname(writes[at]?.path ?? ''));
    return isFault(outcome) || !names || !isFault(names) ? outcome : names;
  });
}

const isFault = (outcome: FileOutcome | undefined): boolean => outcome !== undefined && 'fault' in outcome;

function outcomeOf(work: () => Uint8Array | boolean | undefined): FileOutcome {
  try {
    return { value: work() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    return { fault: { message, ...(code !== undefined && { code }) } };
  }
}

function readIfFile(path: string): Uint8Array | undefined {
  try {
    // Most look-ups find nothing, and an error costs more than the look.
    return fs.statSync(path, { throwIfNoEntry: false })?.isFile() ? fs.readFileSync(path) : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}

/** The order is that of atomic-file.ts; forcing the directory to disk is left to the caller. */
function writeFile({ kind, path, body }: FileWrite): boolean {
  const partial = writePartial(dirname(path), body);
  let renamed = false;
  try {
    if (kind === 'create') return linkUnlessPresent(partial, path);
    fs.renameSync(partial, path);
    renamed = true;
    return true;
  } finally {
    if (!renamed) removeQuietly(partial);
  }
}

function writePartial(directory: string, body: Uint8Array): string {
  const partial = join(directory, `${WRITER}-${partials++}${PARTIAL_SUFFIX}`);
  const file = openNew(partial);
  try {
    fs.writeFileSync(file, body);
    fs.fdatasyncSync(file);
  } catch (error) {
    removeQuietly(partial);
    throw error;
  } finally {
    fs.closeSync(file);
  }
  return partial;
}

/** Directories are made when they turn out to be missing, also those that were there before. */
function openNew(path: string): number {
  try {
    return fs.openSync(path, 'wx');
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    createDirectory(dirname(path));
    return fs.openSync(path, 'wx');
  }
}

function createDirectory(directory: string): void {
  const first = fs.mkdirSync(directory, { recursive: true });
  if (first === undefined) return;
  for (let path = directory; ; path = dirname(path)) {
    syncDirectory(dirname(path));
    if (path === first || path === dirname(path)) return;
  }
}

function linkUnlessPresent(partial: string, path: string): boolean {
  try {
    fs.linkSync(partial, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST') && !fs.statSync(path).isDirectory()) return false;
    throw error;
  }
}

function syncDirectory(directory: string): undefined {
  const file = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function removeQuietly(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // What stays is ignored by every reader.
  }
}
