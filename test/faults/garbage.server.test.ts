import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCurrentPlan } from '../../activities/dataset/current-plan.js';
import { readPlanManifest } from '../../activities/dataset/plan-manifest.js';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { recordKey } from '../../activities/ledger/store-ledger.js';
import { createFileStore } from '../../activities/store/file-store.js';
import { loadRecipe } from '../../config/load.js';
import { failureMessage, startRun } from '../../workers/run-client.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';
import { ledgerKeys, readRecord } from './ledger-view.js';
import { readPublished } from './published.js';

const GARBAGE = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 197 + (index >> 3)) % 256));

const build = async (system: System, run: string, version: string): Promise<RunSummary> => {
  const limits = { maxFailedShare: 0.3, maxBadRows: 20 };
  const handle = await startRun(system.client, { run, recipe: fakeRecipe({ name: 'garbage', version, limits }) });
  return (await handle.result()) as RunSummary;
};

/** Rows that are no question, each wrong in a way of its own. */
const BROKEN_ROWS: Readonly<Record<string, string | Buffer>> = {
  'random bytes': Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]),
  'no JSON': 'What is 1 + 1?',
  'JSON that breaks off': '{"question": "What is 2 + 2?", "answ',
  'two objects on a line': '{"question":"What is 3 + 3?","answer":"6"}{"question":"x"}',
  'a list': '["What is 4 + 4?", "8"]',
  'a text': '"What is 5 + 5?"',
  null: 'null',
  'no question': '{"answer":"12"}',
  'an empty question': '{"question":"  ","answer":"12"}',
  'a question that is a number': '{"question":7,"answer":"7"}',
  'a question that is an object': '{"question":{"text":"What is 6 + 6?"},"answer":"12"}',
  'an answer that is null': '{"question":"What is 7 + 7?","answer":null}',
  'half a surrogate pair': '{"question":"What is 8 + 8? \\ud800","answer":"16"}',
  'bytes of another encoding': Buffer.from(
    '{"question":"Was ergibt 9 + 9, Herr M\u00fcller?","answer":"18"}',
    'latin1',
  ),
};

describe('garbage', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ questions: 20 });
  });
  afterAll(() => system.stop());

  it.each(['recipe.yaml', 'recipe.json', 'recipe.bin'])(
    'in the place of %s is refused, the file named',
    async (name) => {
      const file = join(system.directory, name);
      writeFileSync(file, GARBAGE);
      await expect(loadRecipe(file)).rejects.toThrow(name);
    },
  );

  it('among the questions is counted by its line, and the good rows are built', async () => {
    const questions = join(system.directory, 'questions.jsonl');
    for (const row of Object.values(BROKEN_ROWS))
      appendFileSync(questions, Buffer.concat([Buffer.from('\n'), Buffer.from(row)]));
    const serving = await system.serve();
    const { questions: counts } = await build(system, 'rows', 'v1');
    await serving.stop();
    expect(counts).toMatchObject({ total: 20, failed: 0 });
    const store = createFileStore(join(system.directory, 'store'));
    const current = await readCurrentPlan(store, 'rows');
    const plan = await readPlanManifest(store, 'rows', current?.planId ?? '');
    const broken = Object.keys(BROKEN_ROWS);
    expect(plan.sources[0]).toMatchObject({ accepted: 20, badRows: broken.length });
    expect(plan.faults.map(({ row }) => row)).toEqual(broken.map((_, index) => 21 + index));
    for (const { message } of plan.faults) expect(message).toMatch(/expected|broken JSON|found/);
  });

  it('in the ledger fails the questions that need it, the object named, and no others', async () => {
    const store = createFileStore(join(system.directory, 'store'));
    const damaged = await damageRecords(store, [
      GARBAGE,
      Buffer.alloc(0),
      gzipSync('{"schema":1,"key":"of something else"}'),
      gzipSync('[1, 2'),
    ]);
    await system.serve();
    const summary = await build(system, 'ledger', 'v2');
    expect(summary.questions).toMatchObject({
      total: 20,
      failed: damaged.size,
      byReason: expect.objectContaining({ 'Ledger.Corrupt': damaged.size }) as object,
    });
    expect(summary.calls.new).toBe(0);
    for (const [question, key] of damaged) {
      const error: unknown = await system.client.workflow
        .getHandle(`ledger/q/${question}`)
        .result()
        .catch((caught: unknown) => caught);
      expect(failureMessage(error)).toContain(recordKey(key));
    }
    const published = await readPublished(
      store,
      { name: 'garbage', version: 'v2' },
      join(system.directory, 'published'),
    );
    expect(published).toMatchObject({ questions: 20, failed: damaged.size, duplicates: 0 });
  });
});

/** Overwrites a chain of a question for each of the contents. Returns the keys by question. */
async function damageRecords(
  store: ReturnType<typeof createFileStore>,
  contents: readonly Buffer[],
): Promise<Map<string, string>> {
  const damaged = new Map<string, string>();
  for (const key of await ledgerKeys(store)) {
    const content = contents[damaged.size];
    if (!content) break;
    const { request, asker } = await readRecord(store, key);
    const [question = ''] = asker.split('/');
    if (request.role !== 'teacher' || damaged.has(question)) continue;
    await store.put(recordKey(key), content);
    damaged.set(question, key);
  }
  return damaged;
}
