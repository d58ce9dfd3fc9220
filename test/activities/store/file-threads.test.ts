import { EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileOutcomes, FileTasks } from '../../../activities/store/file-thread.js';
import { startFileThreads, type FileWorker } from '../../../activities/store/file-threads.js';
import { writeTogether } from '../../../activities/store/whole-files.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory('file-threads');
});
afterEach(() => directory.remove());
const pathOf = (name: string): string => join(directory.path, name);

describe('threads for files', () => {
  const threads = startFileThreads();
  const others = startFileThreads();
  afterEach(() => Promise.all([threads.close(), others.close()]));

  it('race for a file, also against other threads: exactly one makes it', async () => {
    const racers = Array.from({ length: 20 }, (_, at) => ({ text: `racer ${at}`, files: at % 2 ? threads : others }));
    const made = await Promise.all(racers.map(({ files, text }) => files.create(pathOf('only'), bytes(text))));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(pathOf('only'), 'utf8')).toBe(racers[made.indexOf(true)]?.text);
    expect(readdirSync(directory.path)).toEqual(['only']);
  });

  it('answer each of many with its own', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `${at % 7}/file-${at}`);
    await Promise.all(names.map((name) => threads.replace(pathOf(name), bytes(name))));
    const read = await Promise.all([...names, 'none'].map((name) => threads.read(pathOf(name))));
    expect(read.map((body) => body && Buffer.from(body).toString())).toEqual([...names, undefined]);
  });

  it('send no more than the body, and leave it to the caller', async () => {
    const shared = bytes('kept').subarray(1, 3);
    await threads.create(pathOf('part'), shared);
    expect(shared.toString()).toBe('ep');
    expect(readFileSync(pathOf('part'), 'utf8')).toBe('ep');
  });

  it('fail with the codes of Node, one without the others', async () => {
    mkdirSync(pathOf('folder'));
    writeFileSync(pathOf('file'), 'x');
    const [folder, below, fine] = await Promise.allSettled([
      threads.create(pathOf('folder'), bytes('x')),
      threads.replace(pathOf('file/below'), bytes('x')),
      threads.create(pathOf('fine'), bytes('x')),
    ]);
    expect(folder).toMatchObject({ status: 'rejected', reason: { code: 'EEXIST' } });
    expect(below).toMatchObject({ status: 'rejected', reason: { code: 'ENOTDIR' } });
    expect(fine).toEqual({ status: 'fulfilled', value: true });
    expect(readdirSync(directory.path).sort()).toEqual(['file', 'fine', 'folder']);
  });

  it('do all that was asked for before they close, and start again when asked again', async () => {
    const written = Array.from({ length: 40 }, (_, at) => threads.create(pathOf(`late-${at}`), bytes('x')));
    await threads.close();
    expect(readdirSync(directory.path)).toHaveLength(40);
    expect((await Promise.all(written)).every(Boolean)).toBe(true);
    expect(await threads.read(pathOf('late-0'))).toEqual(new Uint8Array(bytes('x')));
  });
});

describe('files written together', () => {
  it('are made again with their directories, and none is in the way of another', () => {
    writeFileSync(pathOf('file'), 'x');
    const outcomes = writeTogether([
      { kind: 'create', path: pathOf('a/b/one'), body: bytes('1') },
      { kind: 'create', path: pathOf('file/two'), body: bytes('2') },
      { kind: 'create', path: pathOf('a/b/one'), body: bytes('3') },
      { kind: 'replace', path: pathOf('a/b/one'), body: bytes('4') },
    ]);
    expect(outcomes).toMatchObject([
      { value: true },
      { fault: { code: 'ENOTDIR' } },
      { value: false },
      { value: true },
    ]);
    expect(readFileSync(pathOf('a/b/one'), 'utf8')).toBe('4');
    expect(readdirSync(pathOf('a/b'))).toEqual(['one']);
  });
});

/** A thread that answers when it is told to. */
class SlowWorker extends EventEmitter {
  readonly batches: FileTasks[] = [];
  readonly ref = vi.fn();
  readonly unref = vi.fn();
  postMessage(tasks: FileTasks): void {
    this.batches.push(tasks);
  }
  terminate(): Promise<number> {
    return Promise.resolve(0);
  }
  answerAll(): void {
    const outcomes: FileOutcomes = this.batches
      .splice(0)
      .flatMap((tasks) => tasks.map(([number]) => [number, { value: true }] as const));
    this.emit('message', outcomes);
  }
}

describe('the number of threads', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setImmediate'] }));
  afterEach(() => void vi.useRealTimers());

  function slowThreads() {
    const workers: SlowWorker[] = [];
    const files = startFileThreads(() => {
      workers.push(new SlowWorker());
      return workers.at(-1) as unknown as FileWorker;
    });
    const ask = (count: number) => {
      const asked = Array.from({ length: count }, () => files.create('/nowhere', bytes('x')));
      vi.advanceTimersToNextTimer();
      return asked;
    };
    return { workers, ask };
  }

  it('is one as long as nobody waits for long, and that one takes what has gathered', async () => {
    const { workers, ask } = slowThreads();
    const asked = [...ask(1), ...ask(30)];
    expect(workers.map(({ batches }) => batches.map((tasks) => tasks.length))).toEqual([[1]]);
    workers[0]?.answerAll();
    expect(workers[0]?.batches.map((tasks) => tasks.length)).toEqual([16]);
    workers[0]?.answerAll();
    workers[0]?.answerAll();
    expect(await Promise.all(asked)).toHaveLength(31);
    expect(workers).toHaveLength(1);
  });

  it('grows to four when the disk is slow', () => {
    const { workers, ask } = slowThreads();
    for (let round = 0; round < 8; round += 1) {
      void ask(1);
      vi.advanceTimersByTime(600);
      void ask(1);
    }
    expect(workers).toHaveLength(4);
  });

  it('is made good when one dies, whose callers hear of it', async () => {
    const { workers, ask } = slowThreads();
    const [lost] = ask(1);
    const [later] = ask(1);
    workers[0]?.emit('error', new Error('out of memory'));
    workers[0]?.emit('exit', 1);
    await expect(lost).rejects.toThrow('out of memory');
    expect(workers).toHaveLength(2);
    workers[1]?.answerAll();
    expect(await later).toBe(true);
  });
});
