import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../activities/store/object-store.js';
import { probeStore } from '../../../activities/store/probe-store.js';
import { openStore } from '../../../activities/store/open-store.js';
import { startSeaweedfs, type Seaweedfs } from '../../support/seaweedfs.js';
import { describeObjectStore } from '../../contracts/object-store.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function startServer(): Promise<{ server: Seaweedfs; close: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'cotmill-s3-'));
  const server = await startSeaweedfs({ directory, bucket: 'cotmill', logFile: join(directory, 'log') });
  const close = async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  };
  return { server, close };
}

interface Change {
  readonly bucket?: string;
  readonly prefix?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

const storeOf = (server: Seaweedfs, change: Change = {}): Promise<ObjectStore> =>
  openStore(
    {
      kind: 's3',
      bucket: change.bucket ?? server.bucket,
      prefix: change.prefix ?? '',
      endpoint: server.endpoint,
      region: server.region,
      forcePathStyle: true,
      accessKeyIdEnv: 'STORE_KEY_ID',
      secretAccessKeyEnv: 'STORE_SECRET',
    },
    {
      environment: {
        STORE_KEY_ID: change.accessKeyId ?? server.accessKeyId,
        STORE_SECRET: change.secretAccessKey ?? server.secretAccessKey,
      },
      baseDirectory: '.',
    },
  );

/** The ways of asking, each as a function that starts it. */
const waysOfAsking: [string, (store: ObjectStore) => Promise<unknown>][] = [
  ['get', (store) => store.get('a/b')],
  ['getStream', (store) => store.getStream('a/b')],
  ['stat', (store) => store.stat('a/b')],
  ['list', async (store) => void (await store.list('a/')[Symbol.asyncIterator]().next())],
  ['put', (store) => store.put('a/b', bytes('x'))],
  ['putIfAbsent', (store) => store.putIfAbsent('a/b', bytes('x'))],
  ['putFile', (store) => store.putFile('a/b', import.meta.filename)],
  ['delete', (store) => store.delete('a/b')],
  ['probeStore', probeStore],
];

describeObjectStore('s3', async () => {
  const { server, close } = await startServer();
  return { store: await storeOf(server, { prefix: 'team/cot' }), close };
});

describe('S3 store', () => {
  let server: Seaweedfs;
  let close: () => Promise<void>;
  beforeAll(async () => void ({ server, close } = await startServer()));
  afterAll(() => close());

  it('passes the probe', async () => {
    await expect(probeStore(await storeOf(server))).resolves.toBeUndefined();
  });

  it('keeps prefixes of one bucket apart', async () => {
    const [one, other] = await Promise.all([storeOf(server, { prefix: 'one' }), storeOf(server, { prefix: '/two/' })]);
    await one.put('x', bytes('1'));
    await other.put('x', bytes('2'));
    expect(await (await storeOf(server)).get('two/x')).toEqual(await other.get('x'));
    for await (const { key, bytes: size } of one.list('')) expect({ key, size }).toEqual({ key: 'x', size: 1 });
  });

  describe.each([
    ['a wrong secret', { secretAccessKey: 'planted-secret-1' }, 'SignatureDoesNotMatch'],
    ['an unknown key id', { accessKeyId: 'planted-key-id', secretAccessKey: 'planted-secret-2' }, 'InvalidAccessKeyId'],
  ])('with %s', (_, change, code) => {
    it.each(waysOfAsking)(
      '%s is denied, naming bucket, endpoint and variables, never the secret',
      async (name, ask) => {
        const error: unknown = await ask(await storeOf(server, change)).catch((caught: unknown) => caught);
        expect(error).toMatchObject({ name: 'StoreError', kind: 'denied' });
        const { message } = error as Error;
        for (const part of ['cotmill', server.endpoint, 'STORE_KEY_ID', 'STORE_SECRET'])
          expect(message).toContain(part);
        // An answer to HEAD has no body that could say more than 403.
        if (name !== 'stat') expect(message).toContain(code);
        const everything = inspect(error, { depth: 20, showHidden: true });
        expect(everything).not.toContain(change.secretAccessKey);
        expect(everything).not.toContain('Signature=');
      },
    );
  });

  // Reads alone: this server makes a bucket that is written to.
  it.each(waysOfAsking.slice(0, 4))('%s of a bucket that is not there is misconfigured, not absent', async (_, ask) => {
    const asked = ask(await storeOf(server, { bucket: 'no-such-bucket' }));
    await expect(asked).rejects.toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining('no-such-bucket') as string,
    });
  });

  it('is unavailable while the server is down, and keeps what was acknowledged', async () => {
    const { server: mortal, close: closeMortal } = await startServer();
    const store = await storeOf(mortal);
    const acknowledged: string[] = [];
    const failures: unknown[] = [];
    const writers = Array.from({ length: 8 }, async (_, lane) => {
      for (let index = 0; failures.length === 0; index++) {
        const key = `kill/${lane}-${index}`;
        await store.putIfAbsent(key, bytes(key)).then(
          () => acknowledged.push(key),
          (error: unknown) => failures.push(error),
        );
        if (acknowledged.length === 100) await mortal.kill();
      }
    });
    await Promise.all(writers);
    expect(failures[0]).toMatchObject({ name: 'StoreError', kind: 'unavailable' });
    for (const [, ask] of waysOfAsking) await expect(ask(store)).rejects.toMatchObject({ kind: 'unavailable' });

    const again = await startSeaweedfs({
      directory: join(mortal.logFile, '..'),
      bucket: 'cotmill',
      logFile: mortal.logFile,
    });
    const found = await Promise.all(acknowledged.map((key) => store.get(key)));
    expect(found.filter((body) => !body)).toEqual([]);
    await again.stop();
    await closeMortal();
  });
});
