import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../config/package-root.js';
import type { FileOutcomes, FileTasks } from './file-thread.js';
import type { FileFault, FileTask } from './whole-files.js';

/** Files as a whole, read and written durably; a body is not kept. Errors have Node's codes. */
export interface WholeFiles {
  /** The bytes, or undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Writes unless there is something at the path; exactly one of several racers gets true. */
  create(path: string, body: Uint8Array): Promise<boolean>;
  /** Writes or replaces. */
  replace(path: string, body: Uint8Array): Promise<void>;
}

export interface FileThreads extends WholeFiles {
  /** Ends the threads when all that was asked for is done. */
  close(): Promise<void>;
}

/** One thread keeps up with a local disk; a file system behind a network may need more. */
const MAX_THREADS = 4;
/** How long a task waits for the first thread before another one takes it, ms: longer than a local disk halts now and then. */
const PATIENCE_MS = 1_000;
/** Tasks that a thread takes at once: those behind the first wait for its disk, and share it. */
const MAX_TASKS_AT_ONCE = 16;

interface Waiting {
  readonly task: FileTask;
  readonly since: number;
  readonly resolve: (value: Uint8Array | boolean | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** What is used of a thread. */
export type FileWorker = Pick<Worker, 'on' | 'postMessage' | 'ref' | 'unref' | 'terminate'>;

/** One thread and what it was sent. */
interface FileThread {
  readonly isIdle: () => boolean;
  readonly send: (batch: readonly Waiting[]) => void;
  readonly end: () => Promise<unknown>;
}

/**
 * Whole files on threads of their own, for processes that write much: a durable write is one message to a thread instead of nine calls, which
 * takes a sixth of its CPU time off a worker. [measured]
 */
export function startFileThreads(openWorker: () => FileWorker = openFileWorker): FileThreads {
  const threads: FileThread[] = [];
  const line: Waiting[] = [];
  let gathering = false;
  const closing: (() => void)[] = [];

  function addThread(): FileThread {
    const thread = startThread(openWorker(), {
      onIdle: serve,
      onEnd: () => {
        if (threads.includes(thread)) threads.splice(threads.indexOf(thread), 1);
        serve();
      },
    });
    threads.push(thread);
    return thread;
  }

  /** The first as long as it keeps up: several at once are in each other's way on one disk. */
  function threadFor({ since }: Waiting): FileThread | undefined {
    const [first = addThread()] = threads;
    if (first.isIdle()) return first;
    if (performance.now() - since < PATIENCE_MS) return undefined;
    const idle = threads.find(({ isIdle }) => isIdle());
    return idle ?? (threads.length < MAX_THREADS ? addThread() : undefined);
  }

  function serve(): void {
    gathering = false;
    for (let next = line[0]; next; next = line[0]) {
      const thread = threadFor(next);
      if (!thread) return;
      thread.send(line.splice(0, MAX_TASKS_AT_ONCE));
    }
    if (threads.every(({ isIdle }) => isIdle())) for (const close of closing.splice(0)) close();
  }

  /** The thread answers each kind of task with its kind of value. */
  const ask = <Value extends Uint8Array | boolean | undefined>(task: FileTask): Promise<Value> =>
    new Promise<Value>((resolve, reject) => {
      line.push({ task, since: performance.now(), resolve: (value) => resolve(value as Value), reject });
      // What the same turn of the event loop asks for goes together.
      if (!gathering) setImmediate(serve);
      gathering = true;
    });

  return {
    read: (path) => ask<Uint8Array | undefined>({ kind: 'read', path }),
    create: (path, body) => ask<boolean>({ kind: 'create', path, body: alone(body) }),
    replace: async (path, body) => void (await ask({ kind: 'replace', path, body: alone(body) })),
    async close() {
      if (line.length > 0 || threads.some(({ isIdle }) => !isIdle()))
        await new Promise<void>((resolve) => closing.push(resolve));
      await Promise.all(threads.splice(0).map(({ end }) => end()));
    },
  };
}

/** Compiled, also for tests that run from source: threads know no TypeScript. */
const openFileWorker = (): Worker => new Worker(join(packageRoot(), 'dist', 'activities', 'store', 'file-thread.js'));

function startThread(
  worker: FileWorker,
  { onIdle, onEnd }: { readonly onIdle: () => void; readonly onEnd: () => void },
): FileThread {
  const sent = new Map<number, Waiting>();
  let numbers = 0;

  /** What was sent may be done or not: callers may try again, which every write here allows. */
  function lose(error: Error): void {
    for (const { reject } of sent.values()) reject(error);
    sent.clear();
    onEnd();
  }

  // It keeps the process alive while there is something to answer, and no longer.
  worker.unref();
  worker.on('message', (outcomes: FileOutcomes) => {
    for (const [number, outcome] of outcomes) {
      const waiting = sent.get(number);
      sent.delete(number);
      if ('fault' in outcome) waiting?.reject(errorOf(outcome.fault));
      else waiting?.resolve(outcome.value);
    }
    if (sent.size > 0) return;
    worker.unref();
    onIdle();
  });
  worker.on('error', lose);
  worker.on('exit', () => lose(new Error('a thread that reads and writes files has ended')));
  return {
    isIdle: () => sent.size === 0,
    send(batch) {
      const tasks = batch.map((waiting): FileTasks[number] => {
        sent.set((numbers += 1), waiting);
        return [numbers, waiting.task];
      });
      worker.ref();
      worker.postMessage(tasks);
    },
    end: () => worker.terminate(),
  };
}

/** A message takes the whole memory that a view looks into: small buffers share theirs with others. */
const alone = (body: Uint8Array): Uint8Array =>
  body.byteLength === body.buffer.byteLength ? body : new Uint8Array(body);

const errorOf = ({ message, code }: FileFault): Error =>
  Object.assign(new Error(message), code !== undefined && { code });
