import { describe, expect, it } from 'vitest';
import type { PlanManifest } from '../../../activities/dataset/plan-manifest.js';
import { createShardCache, type ShardCacheOptions } from '../../../activities/dataset/plan-shard-cache.js';
import { questionId } from '../../../activities/sources/question-id.js';
import { createMemoryStore, type MemoryStore } from '../../fakes/memory-store.js';
import { planInput, plannerOver, putRows, QUIET, questions } from './plan-fixture.js';

/** A plan of five shards with two questions each, and its cache. */
async function setUp(options: Omit<ShardCacheOptions, 'store'> = {}) {
  const store = createMemoryStore();
  await putRows(store, 'one.jsonl', questions('one', 10));
  const manifest = await plannerOver(store).planDataset(
    planInput([{ name: 'one', path: 'one.jsonl' }], { questionsPerShard: 2 }),
    QUIET,
  );
  const cache = createShardCache({ store, ...options });
  const ask = (index: number) => cache.question(keyOf(manifest, index), questionId(`one ${index}?`));
  return { store, manifest, cache, ask };
}

const keyOf = (manifest: PlanManifest, question: number): string =>
  manifest.shards[Math.floor(question / 2)]?.key ?? '';
const shardReads = (store: MemoryStore): number => store.reads.filter((key) => key.includes('shard-')).length;

describe('createShardCache', () => {
  it('reads a shard once, for concurrent readers too', async () => {
    const { store, ask } = await setUp();
    const rows = await Promise.all([ask(0), ask(1), ask(0), ask(3)]);
    expect(rows.map((row) => row.question)).toEqual(['one 0?', 'one 1?', 'one 0?', 'one 3?']);
    await ask(1);
    expect(shardReads(store)).toBe(2);
  });

  it('keeps the shards used last', async () => {
    const { store, ask } = await setUp({ maxShards: 2 });
    for (const question of [0, 2, 0, 4, 0, 1]) await ask(question);
    expect(shardReads(store)).toBe(3);
    await ask(2);
    expect(shardReads(store)).toBe(4);
  });

  it('keeps fewer when their texts are long, but always the one in use', async () => {
    const { store, ask } = await setUp({ maxCharacters: 1 });
    for (const question of [0, 1, 0, 2, 3, 0]) await ask(question);
    expect(shardReads(store)).toBe(3);
  });

  it('reads again after a failure', async () => {
    const { store, manifest, ask } = await setUp();
    const key = keyOf(manifest, 0);
    const bytes = store.objects.get(key) ?? new Uint8Array();
    await store.delete(key);
    await expect(ask(0)).rejects.toThrow(`There is no shard ${key}`);
    await store.put(key, bytes);
    expect((await ask(0)).question).toBe('one 0?');
  });

  it('says so when a shard has no such question', async () => {
    const { manifest, cache } = await setUp();
    await expect(cache.question(keyOf(manifest, 0), questionId('one 9?'))).rejects.toThrow(
      `has no question ${questionId('one 9?')}`,
    );
  });
});
