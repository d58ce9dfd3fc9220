import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../../activities/cleaning/benchmarks.js';
import { createPartStore } from '../../../activities/evaluation/evaluation-parts.js';
import { createEvaluationPlans, type EvaluationPlan } from '../../../activities/evaluation/evaluation-plan.js';
import { createEvaluationPreparer } from '../../../activities/evaluation/prepare-evaluation.js';
import { createProblemRanges } from '../../../activities/evaluation/problem-ranges.js';
import { createOpenInput } from '../../../activities/sources/open-input.js';
import { Deployment } from '../../../config/deployment.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const benchmarks = await loadBenchmarks();
const signal = new AbortController().signal;
let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory('problem-ranges');
});
afterEach(() => directory.remove());

function start() {
  const deployment = Deployment.parse({
    store: { kind: 'file', directory: directory.path },
    inputs: { own: { kind: 'directory', directory: directory.path } },
    pools: { mini: { model: 'mini', endpoints: [{ url: 'http://127.0.0.1:9/v1', maxConcurrency: 1 }] } },
  });
  const store = createMemoryStore();
  const openInput = createOpenInput({ inputs: deployment.inputs, baseDirectory: directory.path, store });
  const reading = { openInput, temporaryDirectory: directory.path };
  const plans = createEvaluationPlans(store);
  const prepare = createEvaluationPreparer({ deployment, benchmarks, reading, plans, parts: createPartStore(store) });
  const problems = createProblemRanges(reading);
  const model = { pool: 'mini' };
  const evaluation = { name: 'e', benchmark: 'word-problems', input: 'own', path: 'rows.jsonl', models: [model] };
  const planOf = async (run: string): Promise<EvaluationPlan> =>
    plans.read((await prepare({ run, evaluation, model }, { signal, progress: () => undefined })).ref);
  const questions = async (plan: EvaluationPlan): Promise<string[]> => {
    const range = { run: plan.run, evaluation: 'e', model: 'mini', plan: '', from: 0, to: plan.ids.length };
    return (await problems.read(plan, range, signal)).map(({ question }) => question).sort();
  };
  return { planOf, questions };
}

const write = (...questions: string[]): void =>
  writeFileSync(
    join(directory.path, 'rows.jsonl'),
    questions.map((question) => `${JSON.stringify({ question, answer: '7' })}\n`).join(''),
  );

describe('the problems of a range', () => {
  it('are those of the file as it is now, when what was read before has not all of them', async () => {
    const { planOf, questions } = start();
    write('What is 3 + 4?');
    expect(await questions(await planOf('first'))).toEqual(['What is 3 + 4?']);
    write('What is 3 + 4?', 'What is 2 + 5?');
    expect(await questions(await planOf('second'))).toEqual(['What is 2 + 5?', 'What is 3 + 4?']);
  });

  it('are refused while the file has others, and found once it is back', async () => {
    const { planOf, questions } = start();
    write('What is 3 + 4?');
    const plan = await planOf('first');
    write('What is 1 + 6?');
    await expect(questions(plan)).rejects.toThrow(/has other problems than when the evaluation began \(rows\.jsonl/);
    write('What is 3 + 4?');
    expect(await questions(plan)).toEqual(['What is 3 + 4?']);
  });
});
