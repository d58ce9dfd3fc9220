import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadBenchmarks } from '../../../activities/cleaning/benchmarks.js';
import { createPartStore, type AnsweredPart } from '../../../activities/evaluation/evaluation-parts.js';
import { createEvaluationPlans } from '../../../activities/evaluation/evaluation-plan.js';
import { createEvaluationPreparer } from '../../../activities/evaluation/prepare-evaluation.js';
import { createProblemRanges } from '../../../activities/evaluation/problem-ranges.js';
import { createScoreDifficulty } from '../../../activities/evaluation/score-difficulty.js';
import type { CallRecord, CallRequest, CallResponse } from '../../../activities/ledger/record.js';
import { createOpenInput } from '../../../activities/sources/open-input.js';
import { Deployment } from '../../../config/deployment.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const benchmarks = await loadBenchmarks();
let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory('score-difficulty');
});
afterEach(() => directory.remove());

const RESPONSE: CallResponse = {
  ...{ thought: 'So 7.', solution: '{"score": 4}', thoughtFrom: 'inline', thoughtOpen: false, finishReason: 'stop' },
  ...{ modelReported: 'mini', usage: { inputTokens: 10, outputTokens: 2, reasoningTokens: 0 } },
};
/** A record as far as scoring reads it. */
const recordOf = (request: CallRequest): CallRecord => ({
  ...{ schema: 1, key: 'judged', request, response: RESPONSE, pool: 'mini', endpoint: '', latencyMs: 1 },
  ...{ finishedAt: '', cost: 1, run: 'r', execution: 'e1', asker: 'a' },
});

/** Two problems of a benchmark with an answer each, and a judge of CD; `asked` counts its calls. */
async function start() {
  const deployment = Deployment.parse({
    store: { kind: 'file', directory: directory.path },
    inputs: { mini: { kind: 'directory', directory: resolve('infra/mini') } },
    pools: { mini: { model: 'mini', endpoints: [{ url: 'http://127.0.0.1:9/v1', maxConcurrency: 1 }] } },
  });
  const store = createMemoryStore();
  const openInput = createOpenInput({ inputs: deployment.inputs, baseDirectory: directory.path, store });
  const reading = { openInput, temporaryDirectory: directory.path };
  const [plans, parts] = [createEvaluationPlans(store), createPartStore(store)];
  const prepare = createEvaluationPreparer({ deployment, benchmarks, reading, plans, parts });
  const model = { pool: 'mini' };
  const evaluation = {
    ...{ name: 'e', benchmark: 'word-problems', input: 'mini', path: 'held-out.jsonl', models: [model] },
    ...{ maxProblems: 2, difficulty: { pool: 'mini' } },
  };
  const effort = { signal: new AbortController().signal, progress: () => undefined, execution: 'e1' };
  const { ref } = await prepare({ run: 'r', evaluation, model }, effort);
  const { ids } = await plans.read(ref);
  let asked = 0;
  const score = createScoreDifficulty({
    ...{ plans, parts, problems: createProblemRanges(reading) },
    ledger: { find: () => Promise.resolve(recordOf({} as CallRequest)) },
    paid: {
      ask(request) {
        asked += 1;
        return Promise.resolve({ record: recordOf(request), origin: 'new' as const });
      },
    },
  });
  const range = { ...ref, from: 0, to: 2 };
  const answered = (...outcomes: AnsweredPart['problems'][number]['samples'][number]['outcome'][]) =>
    parts.writeAnswered(range, {
      ...{ schema: 1, from: 0, to: 2 },
      problems: outcomes.map((outcome, at) => ({
        ...{ id: ids[at] ?? '', subject: null, level: null },
        samples: [
          { sample: 0, outcome, vote: null, outputTokens: 1, callKey: outcome === 'failed' ? null : 'k', calls: [] },
        ],
      })),
    });
  return { answered, score: () => score(range, effort), parts, range, asked: () => asked };
}

it('scores the CD of whole answers once, and those that failed as soon as they were asked anew', async () => {
  const { answered, score, parts, range, asked } = await start();
  await answered('correct', 'failed');
  expect(await score()).toMatchObject({ scored: 1, unscored: 0, spending: { new: 1, cost: 1 } });
  expect(await score()).toMatchObject({ scored: 1, unscored: 0, spending: { new: 1, cost: 1 } });
  expect(asked()).toBe(1);
  await answered('correct', 'wrong');
  expect(await score()).toMatchObject({ scored: 2, unscored: 0 });
  expect((await parts.scored(range))?.answers.map(({ cd }) => cd)).toEqual([4, 4]);
  await answered('truncated', 'failed');
  expect(await score()).toMatchObject({ scored: 0, unscored: 0 });
});
