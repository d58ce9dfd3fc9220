import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../../config/deployment.js';
import { createFileStore } from '../../../activities/store/file-store.js';
import { StoreError, type ObjectStore } from '../../../activities/store/object-store.js';
import { openStore } from '../../../activities/store/open-store.js';
import { probeStore } from '../../../activities/store/probe-store.js';

const s3 = (more: object): StoreConfig => ({
  kind: 's3',
  bucket: 'data',
  prefix: '',
  region: 'us-east-1',
  forcePathStyle: false,
  ...more,
});
const open = (config: StoreConfig, environment: Record<string, string> = {}) =>
  openStore(config, { environment, baseDirectory: '/etc/cotmill' });

describe('openStore', () => {
  it('starts a relative directory at the deployment file', async () => {
    const baseDirectory = await mkdtemp(join(tmpdir(), 'cotmill-open-'));
    const store = await openStore({ kind: 'file', directory: 'store' }, { environment: {}, baseDirectory });
    await store.put('a/b', new TextEncoder().encode('x'));
    expect(await readFile(join(baseDirectory, 'store/a/b'), 'utf8')).toBe('x');
    await rm(baseDirectory, { recursive: true });
  });

  it('takes an absolute directory as it is', async () => {
    expect((await open({ kind: 'file', directory: '/data/store' })).description).toBe('directory /data/store');
  });

  it('describes a bucket without secrets', async () => {
    const config = s3({
      endpoint: 'https://s3.example.org',
      prefix: '/team/cot/',
      accessKeyIdEnv: 'KEY_ID',
      secretAccessKeyEnv: 'SECRET',
    });
    const store = await open(config, { KEY_ID: 'the-id', SECRET: 'the-secret' });
    expect(store.description).toBe('bucket data at https://s3.example.org, prefix team/cot/');
  });

  const both = { accessKeyIdEnv: 'KEY_ID', secretAccessKeyEnv: 'SECRET' };

  it.each([
    { config: both, environment: { KEY_ID: 'x' }, kind: 'denied', message: 'SECRET, which is not set' },
    { config: both, environment: { KEY_ID: '', SECRET: 'x' }, kind: 'denied', message: 'KEY_ID, which is not set' },
    {
      config: { accessKeyIdEnv: 'KEY_ID' },
      environment: {},
      kind: 'misconfigured',
      message: 'expected both, or neither',
    },
    {
      config: { endpoint: 'ftp://x.org' },
      environment: {},
      kind: 'misconfigured',
      message: '"ftp://x.org": expected an http',
    },
  ])('refuses $config with $environment', async ({ config, environment, kind, message }) => {
    await expect(open(s3(config), environment)).rejects.toMatchObject({
      name: 'StoreError',
      kind,
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('probeStore', () => {
  const always: Partial<ObjectStore> = { putIfAbsent: () => Promise.resolve(true) };
  const never: Partial<ObjectStore> = { putIfAbsent: () => Promise.resolve(false) };
  const empty: Partial<ObjectStore> = { get: () => Promise.resolve(new Uint8Array(0)) };
  const blind: Partial<ObjectStore> = { list: async function* () {} };

  it.each([
    ['replaces on a conditional write', always, 'does not honour conditional writes'],
    ['never writes on a conditional write', never, 'does not honour conditional writes'],
    ['returns other bytes', empty, 'returned other bytes'],
    ['does not list what it has', blind, 'does not list'],
  ])('refuses a store that %s', async (_, fault, message) => {
    const directory = await mkdtemp(join(tmpdir(), 'cotmill-probe-'));
    const sound = createFileStore(directory);
    const probed = probeStore({ ...sound, ...fault });
    await expect(probed).rejects.toThrow(StoreError);
    await expect(probed).rejects.toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining(message) as string,
    });
    for await (const left of sound.list('')) expect.fail(`left ${left.key}`);
    await rm(directory, { recursive: true });
  });
});
