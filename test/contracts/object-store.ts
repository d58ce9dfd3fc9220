import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectInfo, ObjectStore } from '../../activities/store/object-store.js';

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

const MORE_THAN_A_PAGE = 1_130;
const LARGE_BYTES = 12 * 1024 * 1024 + 17;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined): string | undefined => body && new TextDecoder().decode(body);
const sha256 = (body: Uint8Array) => createHash('sha256').update(body).digest('hex');

/** Runs the contract of ObjectStore over a driver. The store is opened once; each test works under a prefix of its own. */
export function describeObjectStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`object store contract: ${name}`, () => {
    let opened: OpenedStore;
    let store: ObjectStore;
    let directory: string;
    let at: (rest: string) => string;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
      directory = await mkdtemp(join(tmpdir(), 'cotmill-store-'));
    });

    afterAll(async () => {
      await opened?.close();
      if (directory) await rm(directory, { recursive: true });
    });

    beforeEach(() => {
      const prefix = `contract/${randomUUID()}`;
      at = (rest) => `${prefix}/${rest}`;
    });

    const keysUnder = async (prefix: string): Promise<string[]> =>
      (await collect(store.list(at(prefix)))).map(({ key }) => key.slice(at('').length));

    describe('one object', () => {
      it('reads back what was put', async () => {
        await store.put(at('a/b.txt'), bytes('hello'));
        expect(text(await store.get(at('a/b.txt')))).toBe('hello');
        expect(await store.stat(at('a/b.txt'))).toEqual({ key: at('a/b.txt'), bytes: 5 });
      });

      it('replaces', async () => {
        await store.put(at('x'), bytes('a long first version'));
        await store.put(at('x'), bytes('second'));
        expect(text(await store.get(at('x')))).toBe('second');
        expect((await store.stat(at('x')))?.bytes).toBe(6);
      });

      it.each([
        ['empty', new Uint8Array(0)],
        ['every byte', Uint8Array.from({ length: 256 }, (_, index) => index)],
        ['compressed-looking', Uint8Array.from(randomBytes(70_001))],
        [
          'a view into a larger buffer',
          new Uint8Array(Uint8Array.from({ length: 100 }, (_, index) => index).buffer, 10, 20),
        ],
      ])('keeps a body of %s', async (_, body) => {
        await store.put(at('body'), body);
        expect(await store.putIfAbsent(at('body-once'), body)).toBe(true);
        for (const key of ['body', 'body-once']) {
          const found = await store.get(at(key));
          expect(found && sha256(found)).toBe(sha256(body));
          expect((await store.stat(at(key)))?.bytes).toBe(body.length);
          const streamed = await streamOf(store, at(key));
          expect(sha256(await buffer(streamed))).toBe(sha256(body));
        }
      });

      it('is undefined when absent, in every way of asking', async () => {
        await store.put(at('dir/there'), bytes('x'));
        for (const key of ['nothing', 'dir', 'dir/there/below', 'no/such/dir']) {
          expect(await store.get(at(key))).toBeUndefined();
          expect(await store.stat(at(key))).toBeUndefined();
          expect(await store.getStream(at(key))).toBeUndefined();
        }
      });

      it('deletes, and what is absent is no error', async () => {
        await store.put(at('d/x'), bytes('x'));
        await store.delete(at('d/x'));
        expect(await store.get(at('d/x'))).toBeUndefined();
        await store.delete(at('d/x'));
        await store.delete(at('never/was'));
        expect(await keysUnder('')).toEqual([]);
        expect(await store.putIfAbsent(at('d/x'), bytes('y'))).toBe(true);
      });
    });

    describe('putIfAbsent', () => {
      it('writes once and never replaces', async () => {
        expect(await store.putIfAbsent(at('once'), bytes('first'))).toBe(true);
        expect(await store.putIfAbsent(at('once'), bytes('second'))).toBe(false);
        expect(text(await store.get(at('once')))).toBe('first');
        await store.put(at('replaced'), bytes('by put'));
        expect(await store.putIfAbsent(at('replaced'), bytes('z'))).toBe(false);
      });

      it('has exactly one winner among 40 racers, whose body stays', async () => {
        const racers = Array.from({ length: 40 }, (_, index) => `racer ${index}`);
        const wins = await Promise.all(racers.map((racer) => store.putIfAbsent(at('race'), bytes(racer))));
        expect(wins.filter(Boolean)).toHaveLength(1);
        expect(text(await store.get(at('race')))).toBe(racers[wins.indexOf(true)]);
      });
    });

    describe('list', () => {
      it('has every object once, those of a directory in ascending order', async () => {
        // "-" and "." come before "/", digits and letters after, which is where servers differ about directories.
        const directories = ['', 'a/', 'a-b/', 'a.b/', 'a=1/', 'a/z/', 'aB/', 'b/'];
        const names = ['1', '10', '2', 'A', '_', 'a-', 'a.b', 'x', '.hidden', '='];
        const keys = directories.flatMap((directory) => names.map((name) => `${directory}n${name}`));
        await Promise.all(keys.map((key) => store.put(at(key), bytes(key))));
        const listed = await keysUnder('');
        expect([...listed].sort()).toEqual([...keys].sort());
        for (const directory of directories) {
          const inside = listed.filter((key) => key.slice(0, key.lastIndexOf('/') + 1) === directory);
          expect(inside).toEqual([...inside].sort());
        }
      });

      it.each([
        ['run', ['run-2/x', 'run/1', 'run/2', 'runs/1/a', 'runs/1/b', 'runs/10/c']],
        ['runs/1', ['runs/1/a', 'runs/1/b', 'runs/10/c']],
        ['runs/1/', ['runs/1/a', 'runs/1/b']],
        ['run/', ['run/1', 'run/2']],
        ['run/2', ['run/2']],
        ['runs/1/a', ['runs/1/a']],
        ['runs/1/a/', []],
        ['nothing/here', []],
        ['z', []],
      ])('takes the prefix %s by its characters, not by segments', async (prefix, expected) => {
        const keys = ['other', 'run-2/x', 'run/1', 'run/2', 'runs/1/a', 'runs/1/b', 'runs/10/c'];
        await Promise.all(keys.map((key) => store.put(at(key), bytes('x'))));
        expect((await keysUnder(prefix)).sort()).toEqual(expected);
      });

      it('tells the size of each object', async () => {
        await store.put(at('s/one'), bytes('1'));
        await store.put(at('s/three'), bytes('333'));
        expect(await collect(store.list(at('s/')))).toEqual([
          { key: at('s/one'), bytes: 1 },
          { key: at('s/three'), bytes: 3 },
        ]);
      });

      it(`is complete over ${MORE_THAN_A_PAGE} objects`, async () => {
        const keys = Array.from({ length: MORE_THAN_A_PAGE }, (_, index) => `many/${index % 7}/${index}`);
        await inParallel(keys, 32, (key) => store.put(at(key), bytes('x')));
        expect((await keysUnder('many/')).sort()).toEqual([...keys].sort());
      });

      it('may be left early', async () => {
        await Promise.all(['1', '2', '3'].map((key) => store.put(at(key), bytes('x'))));
        for await (const { key } of store.list(at(''))) {
          expect(key).toBe(at('1'));
          break;
        }
      });
    });

    describe('large objects', () => {
      it('takes a file of 12 MB and streams it back', async () => {
        const content = randomBytes(LARGE_BYTES);
        const path = join(directory, randomUUID());
        await writeFile(path, content);
        await store.putFile(at('large.bin'), path);
        await writeFile(path, 'changed later');
        expect(await store.stat(at('large.bin'))).toEqual({ key: at('large.bin'), bytes: LARGE_BYTES });
        expect(sha256(await buffer(await streamOf(store, at('large.bin'))))).toBe(sha256(content));
        await store.putFile(at('large.bin'), path);
        expect(text(await store.get(at('large.bin')))).toBe('changed later');
      });

      it('takes an empty file', async () => {
        const path = join(directory, randomUUID());
        await writeFile(path, '');
        await store.putFile(at('empty'), path);
        expect(await store.get(at('empty'))).toHaveLength(0);
      });

      it('names a local file that is missing, and writes nothing', async () => {
        const path = join(directory, 'missing');
        await expect(store.putFile(at('missing'), path)).rejects.toThrow(path);
        expect(await store.stat(at('missing'))).toBeUndefined();
      });

      it('lets go of a stream that is given up', async () => {
        await store.put(at('stream'), randomBytes(3_000_000));
        (await streamOf(store, at('stream'))).destroy();
        const second = await streamOf(store, at('stream'));
        for await (const chunk of second) {
          expect((chunk as Uint8Array).length).toBeGreaterThan(0);
          break;
        }
        expect(second.destroyed).toBe(true);
      });

      it('never shows a value half-written', async () => {
        const versions = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => bytes(letter.repeat(2_000_000)));
        const whole = new Set(versions.map(sha256));
        let writing = true;
        const writer = (async () => {
          for (const version of versions) await store.put(at('poll'), version);
          writing = false;
        })();
        const seen = new Set<string>();
        while (writing) {
          const [found] = await Promise.all([store.get(at('poll')), collect(store.list(at('')))]);
          if (found) seen.add(sha256(found));
        }
        await writer;
        seen.add(sha256((await store.get(at('poll')))!));
        expect([...seen].filter((hash) => !whole.has(hash))).toEqual([]);
        expect(await keysUnder('')).toEqual(['poll']);
      });
    });

    describe('keys', () => {
      it.each([
        '',
        '/a',
        'a/',
        'a//b',
        '.',
        '..',
        'a/../b',
        './a',
        'a b',
        'a\\b',
        'é',
        'a\nb',
        'a%2e',
        'a?b',
        'x.partial',
        'a'.repeat(1025),
      ])('refuses %j', async (key) => {
        await expect(store.get(key)).rejects.toThrow(TypeError);
        await expect(store.put(key, bytes('x'))).rejects.toThrow(TypeError);
        await expect(store.putIfAbsent(key, bytes('x'))).rejects.toThrow(TypeError);
        await expect(store.stat(key)).rejects.toThrow(TypeError);
        await expect(store.delete(key)).rejects.toThrow(TypeError);
        await expect(store.getStream(key)).rejects.toThrow(TypeError);
        await expect(store.putFile(key, '/dev/null')).rejects.toThrow(TypeError);
      });

      it.each(['/', '../', 'a//', 'a/../', 'é'])('refuses the prefix %j', async (prefix) => {
        await expect(collect(store.list(prefix))).rejects.toThrow(TypeError);
      });
    });
  });
}

async function collect(listing: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const info of listing) found.push(info);
  return found;
}

async function streamOf(store: ObjectStore, key: string): Promise<Readable> {
  const stream = await store.getStream(key);
  if (!stream) throw new Error(`expected an object at ${key}`);
  return stream;
}

async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
