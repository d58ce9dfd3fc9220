import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { seaweedfsClient, startSeaweedfs, type Seaweedfs } from './seaweedfs.js';
import { seaweed } from './servers.js';
import { temporaryDirectory } from './temporary-directory.js';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function put(server: Seaweedfs, key: string, body: string): Promise<void> {
  const client = seaweedfsClient(server);
  await client
    .send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: body }))
    .finally(() => client.destroy());
}

async function get(server: Seaweedfs, key: string): Promise<string | undefined> {
  const client = seaweedfsClient(server);
  const { Body } = await client
    .send(new GetObjectCommand({ Bucket: server.bucket, Key: key }))
    .finally(() => client.destroy());
  return Body?.transformToString();
}

describe('startSeaweedfs', () => {
  it('stores objects; two servers run side by side; wrong keys are refused', async () => {
    const [one, other] = await Promise.all([seaweed('one'), seaweed('other')]);
    cleanUps.push(
      () => one.stop(),
      () => other.stop(),
    );
    await put(one, 'a/b', 'in one');
    await put(other, 'a/b', 'in the other');
    expect(await get(one, 'a/b')).toBe('in one');
    expect(await get(other, 'a/b')).toBe('in the other');
    await expect(get({ ...one, secretAccessKey: 'wrong' }, 'a/b')).rejects.toThrow(/signature/i);
  });

  it('has its objects, address and keys again after SIGKILL, and leaves no sockets behind', async () => {
    const directory = temporaryDirectory('seaweedfs-test');
    cleanUps.push(() => directory.remove());
    const options = { directory: directory.path, bucket: 'kept', logFile: join(directory.path, 'log') };
    const first = await startSeaweedfs(options);
    cleanUps.push(() => first.stop());
    await put(first, 'key', 'value');
    await first.kill();

    const second = await startSeaweedfs(options);
    cleanUps.push(() => second.stop());
    expect(second.endpoint).toBe(first.endpoint);
    expect(await get(second, 'key')).toBe('value');
    await second.stop();
    expect(existsSync(`/tmp/seaweedfs-s3-${new URL(second.endpoint).port}.sock`)).toBe(false);
  });
});
