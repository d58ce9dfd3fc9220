import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planManifestKey, readPlanManifest } from '../../../activities/dataset/plan-manifest.js';
import { questionId, sourceChainKey } from '../../../activities/sources/question-id.js';
import { createFileStore } from '../../../activities/store/file-store.js';
import { StoreError } from '../../../activities/store/object-store.js';
import { createMemoryStore, type MemoryStore } from '../../fakes/memory-store.js';
import { freshDirectory } from '../sources/fresh-directory.js';
import { planInput, plannerOver, planRows, putRows, QUIET, questions } from './plan-fixture.js';

const one = { name: 'one', path: 'one.jsonl' };
const two = { name: 'two', path: 'two.jsonl' };

describe('planDataset', () => {
  it('writes every question with its provenance, in shards, and the manifest last', async () => {
    const store = createMemoryStore();
    const chain = '<think>Add.</think>4';
    await putRows(store, 'one.jsonl', [
      { q: ' What is 2 + 2?', a: 4, i: 17, c: chain },
      '',
      { q: 'And 3 + 3?', a: 6, i: 18, c: chain },
    ]);
    await putRows(store, 'two.jsonl', questions('two', 3));
    const fields = { question: 'q', answer: 'a', id: 'i', chains: { form: 'think', fields: ['c'], teacher: 'r1' } };
    const input = planInput([{ ...one, fields, domain: 'math', revision: 'main', licence: 'MIT' }, two], {
      questionsPerShard: 2,
    });
    const manifest = await plannerOver(store).planDataset(input, QUIET);

    const prefix = `plans/nightly/${manifest.planId}`;
    expect(manifest.shards.map(({ key, questions: count }) => [key, count])).toEqual([
      [`${prefix}/shard-00000.jsonl.gz`, 2],
      [`${prefix}/shard-00001.jsonl.gz`, 2],
      [`${prefix}/shard-00002.jsonl.gz`, 1],
    ]);
    expect(store.writes.at(-1)).toBe(`${prefix}/manifest.json`);
    expect(await readPlanManifest(store, 'nightly', manifest.planId)).toEqual(manifest);
    expect(manifest).toMatchObject({
      schema: 1,
      run: 'nightly',
      fingerprint: 'f1',
      questions: 5,
      faults: [],
      duplicates: [],
    });
    expect(manifest.sources).toMatchObject([
      {
        name: 'one',
        rows: 2,
        accepted: 2,
        chains: 2,
        files: [{ path: 'one.jsonl', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
      },
      { name: 'two', rows: 3, accepted: 3, chains: 0 },
    ]);
    const rows = await planRows(store, manifest);
    const id = questionId('What is 2 + 2?');
    expect(rows[0]).toEqual({
      id,
      question: 'What is 2 + 2?',
      answer: '4',
      domain: 'math',
      chains: [{ key: sourceChainKey(id, 'Add.', '4'), teacher: 'r1', thought: 'Add.', solution: '4' }],
      provenance: { source: 'one', path: 'one.jsonl', row: 1, rowId: '17', revision: 'main', licence: 'MIT' },
    });
    expect(rows.map((row) => row.provenance.row)).toEqual([1, 3, 1, 2, 3]);
  });

  it('drops questions that were there before, in any source, and lists both places', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', [...questions('q', 3), { question: 'q  1?' }]);
    await putRows(store, 'two.jsonl', [{ question: 'Q 1?' }, { question: 'q 2?\n' }]);
    const manifest = await plannerOver(store).planDataset(planInput([one, two]), QUIET);
    expect((await planRows(store, manifest)).map((row) => row.question)).toEqual(['q 0?', 'q 1?', 'q 2?', 'Q 1?']);
    expect(manifest.sources).toMatchObject([
      { rows: 4, accepted: 3, duplicates: 1 },
      { rows: 2, accepted: 1, duplicates: 1 },
    ]);
    expect(manifest.duplicates).toEqual([
      {
        id: questionId('q 1?'),
        first: { source: 'one', path: 'one.jsonl', row: 2 },
        dropped: { source: 'one', path: 'one.jsonl', row: 4 },
      },
      {
        id: questionId('q 2?'),
        first: { source: 'one', path: 'one.jsonl', row: 3 },
        dropped: { source: 'two', path: 'two.jsonl', row: 2 },
      },
    ]);
  });

  it('reads several files of a source up to its limit, and no further', async () => {
    const store = createMemoryStore();
    await putRows(store, 'a.jsonl', questions('a', 3));
    await putRows(store, 'b.jsonl', [...questions('b', 2), 'broken', 'broken']);
    const source = { name: 'ab', path: ['a.jsonl', 'b.jsonl'], limit: 5 };
    const manifest = await plannerOver(store).planDataset(planInput([source], { maxBadRows: 0 }), QUIET);
    expect(manifest.questions).toBe(5);
    expect(manifest.sources[0]?.files.map((file) => file.sha256 !== undefined)).toEqual([true, false]);
  });

  it('shares maxQuestions out by weight; sources that are used up leave their share to the others', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', questions('one', 50));
    await putRows(store, 'two.jsonl', [...questions('two', 50), ...questions('one', 5)]);
    await putRows(store, 'three.jsonl', [...questions('two', 1), ...questions('three', 2)]);
    const sources = [{ ...one, weight: 3 }, two, { name: 'three', path: 'three.jsonl', weight: 4 }];
    const manifest = await plannerOver(store).planDataset(
      planInput(sources, { maxQuestions: 20, questionsPerShard: 7 }),
      QUIET,
    );
    expect(
      manifest.sources.map(({ rows, accepted, notNeeded, duplicates }) => ({ rows, accepted, notNeeded, duplicates })),
    ).toEqual([
      { rows: 20, accepted: 14, notNeeded: 6, duplicates: 0 },
      { rows: 20, accepted: 4, notNeeded: 16, duplicates: 0 },
      { rows: 3, accepted: 2, notNeeded: 0, duplicates: 1 },
    ]);
    expect(manifest.shards.map((shard) => shard.questions)).toEqual([7, 7, 6]);
    const rows = await planRows(store, manifest);
    expect(rows.slice(0, 14).map((row) => row.question)).toEqual(questions('one', 14).map((row) => row.question));
  });

  it('takes a single source up to maxQuestions or its limit', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', questions('one', 50));
    const counts = [{ maxQuestions: 7 }, { maxQuestions: 70 }].map(
      async (limits) =>
        (await plannerOver(store).planDataset(planInput([{ ...one, limit: 30 }], limits), QUIET)).questions,
    );
    expect(await Promise.all(counts)).toEqual([7, 30]);
  });

  it('gives one plan however the bytes arrive', async () => {
    const line = fc.oneof(
      fc.nat(30).map((n) => JSON.stringify({ question: `What is ${n}² – ${n}?` })),
      fc.constantFrom('', '{', '[1]', '{"question":5}'),
    );
    const sources = [{ name: 'zipped', path: 'rows.jsonl.gz' }, one];
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 40 }),
        fc.integer({ min: 1, max: 64 }),
        async (lines, chunkBytes) => {
          const plans = [chunkBytes, 100_000].map(async (size) => {
            const store = createMemoryStore({ chunkBytes: size });
            await putRows(store, 'one.jsonl', [...lines, { question: 'one at least' }]);
            await store.put('inputs/rows.jsonl.gz', gzipSync(lines.join('\n')));
            const manifest = await plannerOver(store).planDataset(
              planInput(sources, { questionsPerShard: 4, maxQuestions: 20 }),
              QUIET,
            );
            return { manifest, objects: planObjects(store) };
          });
          const [chunked, whole] = await Promise.all(plans);
          expect(chunked?.manifest).toEqual(whole?.manifest);
          expect(chunked).toEqual(whole);
          for (const source of whole?.manifest.sources ?? [])
            expect(source.rows).toBe(source.accepted + source.notNeeded + source.badRows + source.duplicates);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('returns the plan that is there, and finishes one that broke off', async () => {
    let left = Infinity;
    const store = createMemoryStore({
      beforePut: () => {
        left -= 1;
        if (left < 0) throw new StoreError('unavailable', 'The store is gone.');
      },
    });
    await putRows(store, 'one.jsonl', questions('one', 40));
    const input = planInput([one], { questionsPerShard: 2 });
    left = 12;
    await expect(plannerOver(store).planDataset(input, QUIET)).rejects.toThrow(StoreError);
    expect([...store.objects.keys()].filter((key) => key.endsWith('manifest.json'))).toEqual([]);
    left = Infinity;
    const manifest = await plannerOver(store).planDataset(input, QUIET);
    const writes = store.writes.length;
    expect(await plannerOver(store).planDataset(input, QUIET)).toEqual(manifest);
    expect(store.writes.length).toBe(writes);
    expect(await planRows(store, manifest)).toHaveLength(40);
  });

  it('gives another plan when recipe or rows change', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', [{ question: 'q?', a: '4' }]);
    const plan = async (fingerprint: string) => {
      const input = planInput([{ ...one, fields: { answer: 'a' } }]);
      return (await plannerOver(store).planDataset({ ...input, resolved: { ...input.resolved, fingerprint } }, QUIET))
        .planId;
    };
    const ids = [await plan('f1'), await plan('f2')];
    await putRows(store, 'one.jsonl', [{ question: 'q?', a: '5' }]);
    ids.push(await plan('f1'));
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  });

  it('reads Parquet from a directory and from the store, and leaves no temporary file', async () => {
    const directory = freshDirectory();
    const store = createFileStore(join(directory, 'store'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const path = join(directory, 'rows.parquet');
    await connection.run(
      `COPY (SELECT 'What is ' || i || ' + 1?' AS question, [{'t': 'Add ' || i, 's': (i + 1)::VARCHAR}] AS r FROM range(3000) t(i)) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    await store.putFile('inputs/rows.parquet', path);
    const temporaryDirectory = freshDirectory();
    const fields = { chains: { form: 'fields', thought: 'r.*.t', solution: 'r.*.s' } };
    const sources = [
      { name: 'here', input: 'local', path: 'rows.parquet', fields, limit: 10 },
      { name: 'there', path: 'rows.parquet', fields },
    ];
    const manifest = await plannerOver(store, { directory, temporaryDirectory }).planDataset(planInput(sources), QUIET);
    expect(manifest.sources).toMatchObject([
      { rows: 10, accepted: 10, chains: 10 },
      { rows: 3000, accepted: 2990, duplicates: 10, files: [{ sha256: expect.any(String) as string }] },
    ]);
    expect((await planRows(store, manifest))[10]).toMatchObject({
      question: 'What is 10 + 1?',
      chains: [{ thought: 'Add 10', solution: '11' }],
      provenance: { row: 11 },
    });
    expect(await readdir(temporaryDirectory)).toEqual([]);
  });
});

describe('a plan under way', () => {
  it('reports rows and shards, and stops when it is cancelled', async () => {
    const temporaryDirectory = freshDirectory();
    const store = createMemoryStore({ chunkBytes: 10_000 });
    await putRows(store, 'one.jsonl', questions('one', 5000));
    const progress: { rows: number; shardsWritten: number }[] = [];
    const heartbeat = (step: { rows: number; shardsWritten: number }) => void progress.push(step);
    const manifest = await plannerOver(store).planDataset(planInput([one]), { ...QUIET, heartbeat });
    expect(progress.length).toBeGreaterThan(10);
    expect(progress.at(-1)).toEqual({ rows: 5000, shardsWritten: manifest.shards.length });

    const controller = new AbortController();
    const cancelled = new Error('cancelled');
    const stopEarly = ({ rows }: { rows: number }) => (rows >= 2000 ? controller.abort(cancelled) : undefined);
    const context = { heartbeat: stopEarly, signal: controller.signal };
    const planner = plannerOver(createMemoryStoreCopy(store), { temporaryDirectory });
    await expect(planner.planDataset(planInput([one], { questionsPerShard: 7 }), context)).rejects.toBe(cancelled);
    expect(await readdir(temporaryDirectory)).toEqual([]);
  });

  it('keeps no manifest of a plan that was not written', async () => {
    const store = createMemoryStore();
    await expect(readPlanManifest(store, 'nightly', '0'.repeat(16))).rejects.toThrow(
      planManifestKey('nightly', '0'.repeat(16)),
    );
  });
});

/** The same objects in a store without plans. */
function createMemoryStoreCopy(store: MemoryStore) {
  return { ...store, put: () => Promise.reject(new Error('not reached')) };
}

/** Everything written for plans, by key: shards are written several at a time. */
const planObjects = (store: MemoryStore) =>
  new Map([...store.objects].filter(([key]) => key.startsWith('plans/')).sort(([a], [b]) => (a < b ? -1 : 1)));
