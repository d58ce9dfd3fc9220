import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAssembler } from '../../../activities/dataset/assemble.js';
import type { RunReport } from '../../../activities/dataset/assemble-summary.js';
import { DatasetExists, readDatasetManifest } from '../../../activities/dataset/manifest.js';
import type { ObjectStore } from '../../../activities/store/object-store.js';
import { assemble, build, download, PLAN, published, readJson, recipeOf, SHARDS } from '../../fakes/dataset-build.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { readParquet } from '../../support/read-parquet.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory('assemble');
});
afterEach(() => directory.remove());

const at = (store: ObjectStore) => ({ store, temporaryDirectory: directory.path });

describe('building a version again', () => {
  it('gives the same bytes from the same ledger, whatever the order of commits, the place and the run', async () => {
    const first = createMemoryStore();
    await build({ ...at(first), shards: SHARDS });
    const second = createMemoryStore({ chunkBytes: 1000 });
    directory.remove();
    directory = temporaryDirectory('another');
    await build({
      ...at(second),
      shards: SHARDS,
      commitOrder: [2, 0, 1],
      plan: { run: 'weekly', planId: 'fedcba9876543210', execution: 'e9' },
    });
    const [a, b] = [await published(first), await published(second)];
    expect(b.contentSha256).toBe(a.contentSha256);
    const stable = (files: typeof a.files) =>
      files.filter(({ kind }) => kind !== 'stats').map(({ path, sha256 }) => [path, sha256]);
    expect(stable(b.files)).toEqual(stable(a.files));
  });

  it('leaves a published version alone and reports that nothing was paid', async () => {
    const store = createMemoryStore();
    await build({ ...at(store), shards: SHARDS });
    const before = new Map([...store.objects].filter(([key]) => key.startsWith('datasets/')));
    const again = { ...PLAN, execution: 'e2' };
    const summary = await assemble(at(store), { plan: again, resolved: recipeOf(), shards: SHARDS.length });
    expect(summary).toMatchObject({
      dataset: { published: 'unchanged' },
      calls: { new: 0, repeated: 0 },
      cost: 0,
      tokens: { input: 0, output: 0 },
      questions: { total: 6 },
    });
    expect(summary.calls.reused).toBeGreaterThan(18);
    expect(new Map([...store.objects].filter(([key]) => key.startsWith('datasets/')))).toEqual(before);
    const reports = await Promise.all(
      ['e1', 'e2'].map((execution) => readJson<RunReport>(store, `runs/nightly/summary-${execution}.json`)),
    );
    expect(reports.map(({ calls }) => calls.new)).toEqual([summary.calls.reused, 0]);
    expect(reports[1]?.histograms).toEqual(reports[0]?.histograms);
  });

  it('gives versions that follow from their content names of their own', async () => {
    const store = createMemoryStore();
    const { recipe, ...rest } = recipeOf();
    const resolved = { ...rest, recipe: { ...recipe, versions: 'from-content' as const } };
    await build({ ...at(store), shards: SHARDS });
    const all = await assemble(at(store), { plan: PLAN, resolved, shards: SHARDS.length });
    const again = await assemble(at(store), { plan: PLAN, resolved, shards: SHARDS.length });
    const fewer = await assemble(at(store), { plan: PLAN, resolved, shards: SHARDS.length - 1 });
    expect(all.dataset).toMatchObject({
      version: expect.stringMatching(/^v1-[0-9a-f]{8}$/) as unknown,
      published: 'new',
    });
    expect(again.dataset).toEqual({ ...all.dataset, published: 'unchanged' });
    expect(fewer.dataset.published).toBe('new');
    expect(new Set(['v1', all.dataset.version, fewer.dataset.version]).size).toBe(3);
    const content = async (version: string) => (await readDatasetManifest(store, 'sums', version))?.contentSha256;
    expect(await content(all.dataset.version)).toBe(await content('v1'));
    expect(await content(fewer.dataset.version)).not.toBe(await content('v1'));
  });

  it('finds a version unchanged by its content when the shards were lost from sight', async () => {
    const store = createMemoryStore();
    await build({ ...at(store), shards: SHARDS });
    const manifest = await published(store);
    await store.put(
      'datasets/sums/v1/manifest.json',
      Buffer.from(JSON.stringify({ ...manifest, inputSha256: 'of another machine' })),
    );
    const writes = store.writes.length;
    const summary = await assemble(at(store), { plan: PLAN, resolved: recipeOf(), shards: SHARDS.length });
    expect(summary.dataset.published).toBe('unchanged');
    expect(store.writes.slice(writes)).toEqual(['runs/nightly/summary-e1.json']);
  });

  it('refuses other content under a published version, says what differs, and overwrites nothing', async () => {
    const store = createMemoryStore();
    await build({ ...at(store), shards: SHARDS });
    const before = new Map([...store.objects].filter(([key]) => key.startsWith('datasets/')));
    const other = { ...recipeOf(), fingerprint: 'e'.repeat(64) };
    const building = build({
      ...at(store),
      shards: [['one']],
      plan: { ...PLAN, run: 'tomorrow', planId: 'fedcba9876543210' },
      recipe: other,
    });
    await expect(building).rejects.toThrow(DatasetExists);
    await expect(building).rejects.toThrow(
      /sums v1 .* run nightly .*fingerprint f+ there, e+ here; plan 0123456789abcdef there.*accepted questions 4 there, 1 here.*Choose another "version"/,
    );
    expect(new Map([...store.objects].filter(([key]) => key.startsWith('datasets/')))).toEqual(before);
    const next = { ...other, recipe: { ...other.recipe, version: 'v2' } };
    expect((await build({ ...at(store), shards: [['one']], recipe: next })).dataset).toMatchObject({
      version: 'v2',
      published: 'new',
    });
  });

  it('writes a version in which nothing was accepted, for people to look at, and lets a later build replace it', async () => {
    const store = createMemoryStore();
    const summary = await build({ ...at(store), shards: [['wrong']] });
    expect(summary).toMatchObject({ questions: { total: 1, accepted: 0 }, dataset: { published: 'new' } });
    expect(await readParquet(join(await download(store, directory.path), 'data/*.parquet'))).toEqual([]);
    expect((await build({ ...at(store), shards: [['one']] })).dataset.published).toBe('new');
    expect((await published(store)).questions.accepted).toBe(1);
  });

  it('ends a race for a new version with one manifest', async () => {
    const store = createMemoryStore();
    await build({ ...at(store), shards: SHARDS });
    const manifest = (await store.get('datasets/sums/v1/manifest.json')) ?? new Uint8Array();
    await store.delete('datasets/sums/v1/manifest.json');
    const racing: ObjectStore = {
      ...store,
      async putIfAbsent(key, body) {
        await store.put('datasets/sums/v1/manifest.json', manifest);
        return store.putIfAbsent(key, body);
      },
    };
    const summary = await assemble(at(racing), {
      plan: { ...PLAN, execution: 'e2' },
      resolved: recipeOf(),
      shards: SHARDS.length,
    });
    expect(summary.dataset.published).toBe('unchanged');
    expect((await published(store)).publishedBy.execution).toBe('e1');
  });
});

describe('what can not be assembled', () => {
  it('names the shard that was not committed', async () => {
    const store = createMemoryStore();
    await expect(assemble(at(store), { plan: PLAN, resolved: recipeOf(), shards: 2 })).rejects.toThrow(
      /Shard 0 .*shards\/00000\/shard.json/,
    );
  });

  it('refuses shards of another recipe', async () => {
    const store = createMemoryStore();
    await build({ ...at(store), shards: SHARDS });
    await expect(
      assemble(at(store), { plan: PLAN, resolved: { ...recipeOf(), fingerprint: 'other' }, shards: 3 }),
    ).rejects.toThrow(/under recipe f+, expected other/);
  });

  it('refuses a damaged part, publishes nothing, and leaves no files behind', async () => {
    const store = createMemoryStore();
    await build({ ...at(store), shards: SHARDS });
    await store.delete('datasets/sums/v1/manifest.json');
    const part = [...store.objects.keys()].find((key) => /shards\/00001\/chains-/.test(key)) ?? '';
    await store.put(part, ((await store.get(part)) ?? new Uint8Array()).subarray(0, 40));
    await expect(assemble(at(store), { plan: PLAN, resolved: recipeOf(), shards: 3 })).rejects.toThrow(
      /chains-.*not readable gzip/,
    );
    expect(await readDatasetManifest(store, 'sums', 'v1')).toBeUndefined();
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const store = createMemoryStore();
    await build({ ...at(store), shards: SHARDS });
    const options = { heartbeat: () => undefined, signal: AbortSignal.abort(new Error('told to')) };
    const assembler = createAssembler({ store, temporaryDirectory: directory.path });
    await expect(assembler.assembleDataset({ plan: PLAN, resolved: recipeOf(), shards: 3 }, options)).rejects.toThrow(
      'told to',
    );
  });
});
