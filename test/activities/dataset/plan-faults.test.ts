import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SourceError } from '../../../activities/sources/source-error.js';
import { StoreError } from '../../../activities/store/object-store.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { planInput, plannerOver, putRows, QUIET, questions } from './plan-fixture.js';

const one = { name: 'one', path: 'one.jsonl' };
const two = { name: 'two', path: 'two.jsonl' };

describe('faults of a plan', () => {
  const rows = [{ question: 'q 0?' }, '{"question": ', { q: 'x' }, { question: 'q 3?' }, '[]'];

  it('are counted and listed with file and row, up to maxBadRows', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', rows);
    const manifest = await plannerOver(store).planDataset(planInput([one], { maxBadRows: 3 }), QUIET);
    expect(manifest.sources).toMatchObject([{ rows: 5, accepted: 2, badRows: 3 }]);
    expect(manifest.faults).toEqual([
      {
        kind: 'bad row',
        source: 'one',
        path: 'one.jsonl',
        row: 2,
        message: 'broken JSON: Unexpected end of JSON input',
      },
      {
        kind: 'bad row',
        source: 'one',
        path: 'one.jsonl',
        row: 3,
        message: 'field "question": expected text, found nothing',
      },
      { kind: 'bad row', source: 'one', path: 'one.jsonl', row: 5, message: 'expected a JSON object, found a list' },
    ]);
  });

  it('stop the plan when they are one too many, with the first of them', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', rows);
    const failure = await plannerOver(store)
      .planDataset(planInput([one], { maxBadRows: 2 }), QUIET)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SourceError);
    expect(String(failure)).toContain("More than 2 source rows can't be read, the last is one.jsonl:5;");
    expect(String(failure)).toContain('\n  one one.jsonl:3: field "question": expected text, found nothing\n');
    expect(store.writes).toEqual(['inputs/one.jsonl']);
  });

  it('of chains do not make a row bad', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', [{ question: 'q?', c: ['no tags', '<think>a</think>b'] }]);
    const source = { ...one, fields: { chains: { form: 'think', fields: ['c'] } } };
    const manifest = await plannerOver(store).planDataset(planInput([source], { maxBadRows: 0 }), QUIET);
    expect(manifest.sources).toMatchObject([{ accepted: 1, badRows: 0, badChains: 1, chains: 1 }]);
    expect(manifest.faults).toMatchObject([
      { kind: 'bad chain', row: 1, message: expect.stringContaining('field "c.0"') as string },
    ]);
  });

  it('that are thoughts alone join in where the recipe has their solutions written', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', [{ question: 'q?', c: ['<think>a</think>', '<think>a</think>b'] }]);
    const source = { ...one, fields: { chains: { form: 'think', fields: ['c'] } } };
    const input = planInput([source]);
    const sourceChains = { solution: { pool: 'big', prompt: 'solution', sampling: { seed: true } } };
    const recipe = { ...input.resolved.recipe, sourceChains };
    const without = await plannerOver(store).planDataset(input, QUIET);
    expect(without.sources).toMatchObject([{ badChains: 1, chains: 1 }]);
    const manifest = await plannerOver(store).planDataset({ ...input, resolved: { ...input.resolved, recipe } }, QUIET);
    expect(manifest.sources).toMatchObject([{ badChains: 0, chains: 2 }]);
  });

  it('name a compressed file that breaks off', async () => {
    const store = createMemoryStore();
    await store.put(
      'inputs/rows.jsonl.gz',
      gzipSync(
        questions('q', 5000)
          .map((row) => JSON.stringify(row))
          .join('\n'),
      ).subarray(0, -50),
    );
    const manifest = await plannerOver(store).planDataset(planInput([{ name: 'cut', path: 'rows.jsonl.gz' }]), QUIET);
    expect(manifest.faults).toMatchObject([
      { path: 'rows.jsonl.gz', message: expect.stringContaining('cut off') as string },
    ]);
  });

  it.each<[string, object, RegExp]>([
    ['an unknown input', { input: 'lake' }, /Input "lake" is not in the deployment: it has data, local/],
    ['a missing file', { path: 'none.jsonl' }, /No object inputs\/none\.jsonl for none\.jsonl of input "data"/],
    ['an unknown preset', { preset: 'gsm8k' }, /preset "gsm8k", which does not exist/],
    ["a form that can't be read", { path: 'rows.csv' }, /rows\.csv has a form that can't be read/],
  ])('that the user has to mend are found before anything is read: %s', async (_name, fault, message) => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', questions('one', 3));
    await putRows(store, 'two.jsonl', questions('two', 3));
    await putRows(store, 'rows.csv', questions('csv', 3));
    const heartbeats: unknown[] = [];
    const context = { ...QUIET, heartbeat: (progress: unknown) => heartbeats.push(progress) };
    const failure = await plannerOver(store)
      .planDataset(planInput([one, { ...two, ...fault }]), context)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SourceError);
    expect(String(failure)).toMatch(message);
    expect(heartbeats).toEqual([]);
  });

  it('include sources without a question', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', ['[]']);
    await expect(plannerOver(store).planDataset(planInput([one]), QUIET)).rejects.toThrow(
      /no question to plan: 1 rows read, 1 of them bad, 0 duplicates\. The first faults:\n {2}one one\.jsonl:1/,
    );
  });

  it('pass through when the store fails while reading', async () => {
    const store = createMemoryStore();
    await putRows(store, 'one.jsonl', questions('one', 3));
    const failing = { ...store, getStream: () => Promise.reject(new StoreError('denied', 'No access.')) };
    await expect(plannerOver(failing).planDataset(planInput([one]), QUIET)).rejects.toThrow(StoreError);
  });
});
