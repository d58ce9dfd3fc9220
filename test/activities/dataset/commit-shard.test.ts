import { afterEach, describe, expect, it } from 'vitest';
import { readPart } from '../../../activities/dataset/commit-shard-part.js';
import {
  readShardSummary,
  shardSummaryKey,
  shardTally,
  type FailedQuestion,
} from '../../../activities/dataset/commit-shard-summary.js';
import { mapInOrder } from '../../../activities/dataset/commit-shard-window.js';
import { createShardCommitter } from '../../../activities/dataset/commit-shard.js';
import type { ChainRow } from '../../../activities/dataset/rows.js';
import { readQuestionHistory } from '../../../activities/question/history.js';
import { createJournalStore } from '../../../activities/question/journal-store.js';
import type { PlanRef } from '../../../activities/references.js';
import { createFileStore } from '../../../activities/store/file-store.js';
import { StoreError, type ObjectStore } from '../../../activities/store/object-store.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import type { Ask } from '../../../workflows/question/state.js';
import { ledgerOf, playQuestion, questionRowOf, type Played, type Reply } from '../../fakes/histories.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const plan: PlanRef = { run: 'r', planId: 'p'.repeat(16), execution: 'e1' };
const policy: QuestionPolicy = {
  teachers: [{ pool: 't', chains: 2 }],
  keep: 'solution',
  minVerified: 2,
  maxChains: 2,
  truncatedRetries: 0,
};
const context = { fingerprint: 'f'.repeat(64), teachers: ['slow'], prompts: ['solve@1'] };
const ignored = { heartbeat: () => undefined, signal: new AbortController().signal };

const reply =
  (grade: 'equal' | 'different') =>
  (ask: Ask): Reply => ({ kind: 'text', thought: `thought ${ask.chain}\u2028of 日本`, solution: 'x', grade });

const played = (): Played[] => [
  playQuestion({ row: questionRowOf('a'), policy, reply: reply('equal') }),
  playQuestion({ row: questionRowOf('b', { answer: null }), policy, reply: reply('different') }),
  playQuestion({ row: questionRowOf('c'), policy, reply: reply('equal'), steps: 0 }),
];
const failed: FailedQuestion[] = [
  { questionId: questionRowOf('c').id, reason: 'pool-unavailable', message: 'all endpoints are out' },
];

const directories: { remove(): void }[] = [];
afterEach(() => directories.splice(0).forEach((directory) => directory.remove()));

function fileStore(): ObjectStore {
  const directory = temporaryDirectory('commit');
  directories.push(directory);
  return createFileStore(directory.path);
}

interface World {
  readonly store?: ObjectStore;
  readonly questions?: readonly Played[];
  readonly brokenJournalOf?: string;
}

/** The real journal and the real machine over what was played. */
async function committer({ store = createMemoryStore(), questions = played(), brokenJournalOf }: World) {
  const journal = createJournalStore(store);
  for (const { row, history } of questions) {
    for (const entry of history.entries)
      await journal.write({ plan, shard: 7, id: row.id, step: entry.step, group: entry.group }, entry);
  }
  const { commitShard } = createShardCommitter({
    store,
    ledger: ledgerOf(questions),
    readShard: () => Promise.resolve(questions.map(({ row }) => row)),
    readHistory: (question) =>
      question.row.id === brokenJournalOf
        ? Promise.reject(new SyntaxError('no JSON'))
        : readQuestionHistory(journal, question),
  });
  return { store, commit: (more = {}) => commitShard({ plan, shard: 7, policy, context, failed, ...more }, ignored) };
}

async function rowsOf(store: ObjectStore, part: Parameters<typeof readPart>[1]): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of readPart(store, part)) rows.push(row);
  return rows;
}

describe('committing a shard', () => {
  it('writes every question and chain, and the summary last', async () => {
    const memory = createMemoryStore();
    const { commit } = await committer({ store: memory });
    const summary = await commit();
    expect(summary).toMatchObject({
      questions: {
        total: 3,
        accepted: 1,
        rejected: 1,
        failed: 1,
        byReason: { 'too-few-verified': 1, 'pool-unavailable': 1 },
      },
      chains: {
        total: 6,
        accepted: 2,
        rejected: 2,
        failed: 2,
        byReason: { 'wrong-solution': 2, 'pool-unavailable': 2 },
      },
      calls: { new: 4, reused: 0, repeated: 0 },
      usage: { byRole: { teacher: { calls: 4, outputTokens: 400 } } },
      failures: failed,
    });
    expect(memory.writes.at(-1)).toBe(`runs/r/${plan.planId}/shards/00007/shard.json`);
    expect(await readShardSummary(memory, plan, 7)).toEqual(summary);
    const chains = (await rowsOf(memory, summary.parts.chains)) as ChainRow[];
    expect(chains.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'accepted',
      'rejected',
      'rejected',
      'failed',
      'failed',
    ]);
    expect(chains[0]).toMatchObject({ thought: 'thought 0\u2028of 日本', teacher: 'slow' });
    expect(await rowsOf(memory, summary.parts.questions)).toHaveLength(3);
    const [metadata] = await rowsOf(memory, summary.parts.metadata);
    expect(metadata).not.toHaveProperty('thought');
  });

  it('writes the same bytes when it runs twice, and when another execution commits the same journal', async () => {
    const { store, commit } = await committer({ store: fileStore() });
    const first = await commit();
    expect(await commit()).toEqual(first);
    const second = await commit({ plan: { ...plan, execution: 'e2' } });
    expect(second.parts).toEqual(first.parts);
    expect(second.calls).toEqual({ new: 0, reused: 4, repeated: 0 });
    expect(second.paid).toEqual({ byRole: {}, byPool: {} });
    expect(second.usage).toEqual(first.usage);
    const keys: string[] = [];
    for await (const { key } of store.list(`runs/r/${plan.planId}/shards/`)) keys.push(key);
    expect(keys).toHaveLength(4);
  });

  it('has rows without execution, run, plan or time', async () => {
    const { store, commit } = await committer({});
    const { parts } = await commit();
    const text = JSON.stringify([await rowsOf(store, parts.chains), await rowsOf(store, parts.questions)]);
    expect(text).not.toMatch(/"e1"|2026-01-01|127\.0\.0\.1|pppppppp|all endpoints/);
  });

  it('tells the workflow what this execution paid, and another one nothing', async () => {
    const { commit } = await committer({});
    const summary = await commit();
    expect(shardTally(summary, 'e1')).toMatchObject({
      accepted: 1,
      rejected: 1,
      failed: 1,
      spending: { new: 4, outputTokens: 400 },
    });
    expect(shardTally(summary, 'e2').spending).toEqual({
      new: 0,
      reused: 4,
      repeated: 0,
      inputTokens: 0,
      outputTokens: 0,
      cost: 0,
    });
  });

  it('says which text is gone from the ledger', async () => {
    const questions = played().map((one) => ({ ...one, records: new Map() }));
    const { commit } = await committer({ questions });
    await expect(commit()).rejects.toThrow(/no record [0-9a-f]{64}.*question/);
  });

  it('keeps a failed question as a row when its journal or its texts are lost', async () => {
    const questions = played().map((one, index) => (index === 2 ? { ...one, records: new Map() } : one));
    const { store, commit } = await committer({ questions, brokenJournalOf: questions[2]?.row.id ?? '' });
    const { parts, questions: counts } = await commit();
    expect(counts.failed).toBe(1);
    expect((await rowsOf(store, parts.questions))[2]).toMatchObject({
      outcome: 'failed',
      reason: 'pool-unavailable',
      calls: 0,
    });
  });

  it('does not take an unreachable store for a broken journal', async () => {
    const questions = played();
    const { commitShard } = createShardCommitter({
      store: createMemoryStore(),
      ledger: ledgerOf(questions),
      readShard: () => Promise.resolve(questions.map(({ row }) => row)),
      readHistory: () => Promise.reject(new StoreError('unavailable', 'down')),
    });
    await expect(commitShard({ plan, shard: 7, policy, context, failed }, ignored)).rejects.toThrow('down');
  });

  it('refuses a failure of a question that is not in the shard', async () => {
    const { commit } = await committer({});
    await expect(commit({ failed: [{ questionId: 'nobody', reason: 'x', message: '' }] })).rejects.toThrow(/nobody/);
  });

  it('stops when it is told to, without a summary', async () => {
    const store = createMemoryStore();
    const questions = played();
    const { commitShard } = createShardCommitter({
      store,
      ledger: ledgerOf(questions),
      readShard: () => Promise.resolve(questions.map(({ row }) => row)),
      readHistory: ({ row }) =>
        Promise.resolve(
          questions.find((one) => one.row.id === row.id)?.history ?? {
            state: { phase: 'verifying', chains: [], step: 0 },
            entries: [],
            complete: false,
          },
        ),
    });
    const signal = AbortSignal.abort(new Error('told to'));
    await expect(
      commitShard({ plan, shard: 7, policy, context, failed }, { heartbeat: () => undefined, signal }),
    ).rejects.toThrow('told to');
    expect(store.writes).toEqual([]);
  });
});

describe('reading a committed shard', () => {
  it('has no summary of a shard that was not committed', async () => {
    expect(await readShardSummary(createMemoryStore(), plan, 7)).toBeUndefined();
  });

  it.each([
    ['cut off', (body: Uint8Array) => body.subarray(0, body.length / 2)],
    ['no gzip', () => Buffer.from('plain text')],
  ])('refuses a part that is %s', async (_, damage) => {
    const { store, commit } = await committer({});
    const { parts } = await commit();
    await store.put(parts.chains.key, damage((await store.get(parts.chains.key)) ?? new Uint8Array()));
    await expect(rowsOf(store, parts.chains)).rejects.toThrow(/not readable gzip/);
  });

  it('refuses a part with other content, and a missing one', async () => {
    const { store, commit } = await committer({});
    const { parts } = await commit();
    await store.put(parts.chains.key, (await store.get(parts.questions.key)) ?? new Uint8Array());
    await expect(rowsOf(store, parts.chains)).rejects.toThrow(/SHA-256/);
    await store.delete(parts.chains.key);
    await expect(rowsOf(store, parts.chains)).rejects.toThrow(/no runs\/r/);
  });

  it.each(['{"schema":2}', 'null', '{'])('refuses the summary %s', async (body) => {
    const store = createMemoryStore();
    await store.put(shardSummaryKey(plan, 7), Buffer.from(body));
    await expect(readShardSummary(store, plan, 7)).rejects.toThrow(/not the summary of shard 7/);
  });
});

describe('work in order', () => {
  it('yields in the order of the items with a bounded number at work', async () => {
    let atWork = 0;
    let most = 0;
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, (atWork += 1));
      await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
      atWork -= 1;
      return item;
    };
    const results: number[] = [];
    for await (const result of mapInOrder(Array(40).keys(), 4, work)) results.push(result);
    expect(results).toEqual([...Array(40).keys()]);
    expect(most).toBe(4);
  });

  it('throws the first error in the order of the items, once nothing is at work any more', async () => {
    let ended = 0;
    const work = async (item: number): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 5 - item));
      ended += 1;
      if (item > 0) throw new Error(`item ${item}`);
      return item;
    };
    const take = async () => {
      for await (const _ of mapInOrder([0, 1, 2, 3], 4, work));
    };
    await expect(take()).rejects.toThrow('item 1');
    expect(ended).toBe(4);
  });
});
