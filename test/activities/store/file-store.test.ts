import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileErrors } from '../../../activities/store/file-errors.js';
import { createFileStore as openFileStore } from '../../../activities/store/file-store.js';
import { startFileThreads } from '../../../activities/store/file-threads.js';
import { StoreError } from '../../../activities/store/object-store.js';
import { probeStore } from '../../../activities/store/probe-store.js';
import { describeObjectStore } from '../../contracts/object-store.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const threads = startFileThreads();
afterAll(() => threads.close());

describe.each([
  ['calls of Node', undefined],
  ['threads of its own', threads],
])('file store through %s', (through, files) => {
  const createFileStore = (path: string) => openFileStore(path, files);

  describeObjectStore(`file, ${through}`, async () => {
    const path = await mkdtemp(join(tmpdir(), 'cotmill-file-store-'));
    return {
      store: createFileStore(join(path, 'not', 'yet', 'there')),
      close: () => rm(path, { recursive: true }),
    };
  });

  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'cotmill-file-store-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const keysOf = async (prefix = '') => {
    const keys: string[] = [];
    for await (const { key } of createFileStore(directory).list(prefix)) keys.push(key);
    return keys;
  };

  it('uses the key as the path, and leaves no partial file behind', async () => {
    const store = createFileStore(directory);
    await store.put('a/b/c.json', bytes('{}'));
    await store.putIfAbsent('a/b/d', bytes('x'));
    await store.putIfAbsent('a/b/d', bytes('y'));
    expect(await readdir(join(directory, 'a/b'))).toEqual(['c.json', 'd']);
  });

  it('lists an empty store, also before its directory exists', async () => {
    expect(await keysOf()).toEqual([]);
    for await (const info of createFileStore(join(directory, 'later')).list('')) expect.fail(info.key);
  });

  it('lists in ascending order of whole keys', async () => {
    const store = createFileStore(directory);
    const keys = [
      'a-b',
      'a.txt',
      'a/1',
      'a/z/deep/x',
      'a0',
      'aB',
      'a=1/p',
      'a_',
      'ab',
      'B',
      '_first',
      '9',
      'a/.hidden',
    ];
    for (const key of keys) await store.put(key, bytes('x'));
    expect(await keysOf()).toEqual([...keys].sort());
  });

  it('does not list partial files of a writer that died, nor names that are no keys', async () => {
    await createFileStore(directory).put('runs/1', bytes('x'));
    await writeFile(join(directory, 'runs', '77-abc-0.partial'), 'half');
    await writeFile(join(directory, 'runs', 'notes of a user.txt'), 'hello');
    expect(await keysOf()).toEqual(['runs/1']);
    expect(await keysOf('runs/7')).toEqual([]);
  });

  it('follows links to directories and files', async () => {
    await mkdir(join(directory, 'real'));
    await writeFile(join(directory, 'real', 'x'), 'x');
    await symlink(join(directory, 'real'), join(directory, 'linked'));
    await symlink(join(directory, 'nowhere'), join(directory, 'broken'));
    expect(await keysOf()).toEqual(['linked/x', 'real/x']);
  });

  it('makes a directory again that was removed while the store was open', async () => {
    const store = createFileStore(directory);
    await store.put('runs/a/1', bytes('x'));
    await rm(join(directory, 'runs'), { recursive: true });
    await store.put('runs/a/2', bytes('x'));
    expect(await store.putIfAbsent('runs/a/3', bytes('x'))).toBe(true);
    expect(await keysOf()).toEqual(['runs/a/2', 'runs/a/3']);
  });

  it('says that a key cannot also be the beginning of others', async () => {
    const store = createFileStore(directory);
    await store.put('a/b', bytes('x'));
    const refused = {
      kind: 'misconfigured',
      message: expect.stringContaining('both an object and the beginning') as string,
    };
    await expect(store.put('a', bytes('x'))).rejects.toMatchObject(refused);
    await expect(store.putIfAbsent('a', bytes('x'))).rejects.toMatchObject(refused);
    await expect(store.put('a/b/c', bytes('x'))).rejects.toMatchObject(refused);
    expect(await readdir(directory)).toEqual(['a']);
  });

  it.skipIf(process.getuid?.() === 0)('says where it may not write', async () => {
    await chmod(directory, 0o500);
    const written = createFileStore(directory).put('a', bytes('x'));
    await expect(written).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(directory) as string,
    });
    await chmod(directory, 0o700);
  });

  it('passes the probe, which leaves nothing behind', async () => {
    await probeStore(createFileStore(directory));
    expect(await keysOf()).toEqual([]);
  });

  it('keeps every acknowledged object, whole, when the writer is killed', async () => {
    const acknowledged = await writeUntilKilled(directory, files ? 'threads' : 'calls');
    expect(acknowledged.length).toBeGreaterThan(20);
    const store = createFileStore(directory);
    const listed = await keysOf();
    expect(acknowledged.filter((key) => !listed.includes(key))).toEqual([]);
    for (const key of listed) expect((await store.get(key))?.length).toBe(200_000);
  });
});

describe('errors of files', () => {
  it.each([
    ['ENOSPC', 'unavailable'],
    ['EIO', 'unavailable'],
    ['EMFILE', 'unavailable'],
    ['EACCES', 'denied'],
    ['EROFS', 'denied'],
    ['ENOTDIR', 'misconfigured'],
  ])('calls %s %s, keeping the cause', (code, kind) => {
    const cause = Object.assign(new Error(`${code}: some text`), { code });
    const error = fileErrors('directory /data')('write', 'a/b')(cause);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      kind,
      cause,
      message: expect.stringContaining(`"a/b" in directory /data: ${code}`) as string,
    });
  });
});

/** A process that writes objects of 200 KB as fast as it can and is killed (SIGKILL) after 60 were acknowledged. Returns what it acknowledged. */
async function writeUntilKilled(directory: string, through: 'calls' | 'threads'): Promise<string[]> {
  const fromVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
  const viteNode = fromVitest.resolve('vite-node/vite-node.mjs');
  const script = new URL('endless-writer.ts', import.meta.url).pathname;
  const writer = spawn(process.execPath, [viteNode, script, directory, through], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of writer.stdout) {
    printed += String(chunk);
    if (printed.split('\n').length > 60) writer.kill('SIGKILL');
  }
  return printed.split('\n').slice(0, -1);
}
