import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  findPlanManifest,
  PlanCorrupt,
  planManifestKey,
  readShard,
} from '../../../activities/dataset/plan-manifest.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { planInput, plannerOver, putRows, QUIET, questions } from './plan-fixture.js';

const KEY = 'plans/run/0/shard-00000.jsonl.gz';

async function storeWith(lines: string) {
  const store = createMemoryStore();
  await store.put(KEY, gzipSync(lines));
  return store;
}

describe('readShard', () => {
  it('finds a shard that is not what the manifest says', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', questions('one', 3));
    const { shards } = await plannerOver(store).planDataset(planInput([{ name: 'one', path: 'one.jsonl' }]), QUIET);
    const [shard] = shards;
    expect(await readShard(store, shard ?? { key: '' })).toHaveLength(3);
    await expect(readShard(store, { key: shard?.key ?? '', sha256: 'f'.repeat(64) })).rejects.toThrow(
      /SHA-256 [0-9a-f]{64}, expected f{64}/,
    );
  });

  it.each([
    ['a missing question', '{"id":"1"}\n'],
    ['broken JSON', '{\n'],
  ])('names shard and line of %s', async (_name, lines) => {
    await expect(readShard(await storeWith(lines), { key: KEY })).rejects.toThrow(`${KEY} in memory, line 1`);
  });

  it('refuses other bytes and missing objects', async () => {
    const store = createMemoryStore();
    await expect(readShard(store, { key: KEY })).rejects.toThrow(PlanCorrupt);
    await store.put(KEY, Buffer.from('plain'));
    await expect(readShard(store, { key: KEY })).rejects.toThrow('not readable gzip');
  });
});

describe('findPlanManifest', () => {
  it('gives undefined for a plan without one and throws for another text', async () => {
    const store = createMemoryStore();
    expect(await findPlanManifest(store, 'run', '0')).toBeUndefined();
    await store.put(planManifestKey('run', '0'), Buffer.from('{"schema":2}'));
    await expect(findPlanManifest(store, 'run', '0')).rejects.toThrow(PlanCorrupt);
  });
});
