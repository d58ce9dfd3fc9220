import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../../../activities/cleaning/benchmarks.js';
import { createPartStore } from '../../../../activities/evaluation/evaluation-parts.js';
import { createEvaluationPlans } from '../../../../activities/evaluation/evaluation-plan.js';
import { EvaluationSummary } from '../../../../activities/evaluation/evaluation-summary.js';
import { createAskHarness, type AskHarnessInput } from '../../../../activities/evaluation/harness/ask-harness.js';
import { createEvaluationPreparer } from '../../../../activities/evaluation/prepare-evaluation.js';
import { createProblemRanges } from '../../../../activities/evaluation/problem-ranges.js';
import { openLaunchers } from '../../../../activities/jobs/open-launchers.js';
import { createOpenInput } from '../../../../activities/sources/open-input.js';
import { Deployment } from '../../../../config/deployment.js';
import type { ModelServer } from '../../../../workers/stack/model-server.js';
import { readTools } from '../../../../workers/stack/tools.js';
import { createMemoryStore } from '../../../fakes/memory-store.js';
import { modelServer } from '../../../support/servers.js';
import { temporaryDirectory } from '../../../support/temporary-directory.js';

const benchmarks = await loadBenchmarks();
const lmEval = readTools().evaluationPython;
let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory('harness');
});
afterEach(() => directory.remove());

/** A program in place of a Python with lm_eval: a shell script that is given run_lm_eval.py and its configuration. */
async function program(script: string): Promise<string> {
  const file = join(directory.path, 'python');
  writeFileSync(file, `#!/bin/sh\ncd output\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

async function ask(python: string, { url = 'http://127.0.0.1:9/v1', execution = 'e1' } = {}) {
  const deployment = Deployment.parse({
    store: { kind: 'file', directory: directory.path },
    inputs: { mini: { kind: 'directory', directory: resolve('infra/mini') } },
    pools: { mini: { model: 'mini', endpoints: [{ url, maxConcurrency: 8 }] } },
    launchers: { here: { kind: 'process', directory: join(directory.path, 'jobs') } },
  });
  const store = createMemoryStore();
  const openInput = createOpenInput({ inputs: deployment.inputs, baseDirectory: directory.path, store });
  const reading = { openInput, temporaryDirectory: directory.path };
  const plans = createEvaluationPlans(store);
  const signal = new AbortController().signal;
  const effort = { signal, cancelled: signal, progress: (): void => undefined, execution };
  const prepare = createEvaluationPreparer({ deployment, benchmarks, reading, plans, parts: createPartStore(store) });
  const models = [{ pool: 'mini' }];
  const evaluation = {
    ...{ name: 'held-out', benchmark: 'word-problems', input: 'mini', path: 'held-out.jsonl', maxProblems: 20, models },
    secondOpinion: { launcher: 'here', task: 'cotmill' },
  };
  const { ref, secondOpinion } = await prepare({ run: 'r', evaluation, model: models[0] }, effort);
  if (!secondOpinion) throw new Error('no second opinion');
  const launchers = openLaunchers(deployment, process.env);
  const problems = createProblemRanges(reading);
  const askHarness = createAskHarness({ deployment, store, launchers, plans, problems, python: () => python });
  const input: AskHarnessInput = { ref, harness: secondOpinion, answerer: { kind: 'pool', pool: 'mini' } };
  return { store, askHarness: (more: Partial<typeof effort> = {}) => askHarness(input, { ...effort, ...more }) };
}

const RESULTS = `{"results": {"cotmill-math": {"exact_match,answer": 0.75}}, "n-samples": {"cotmill-math": {"effective": 20}}}`;

describe('a job of lm_eval', () => {
  it('is judged by its results file, not by its exit code, and leaves no rows behind', async () => {
    const { askHarness } = await ask(await program(`echo '${RESULTS}' > results_now.json\nexit 1`));
    expect(await askHarness()).toEqual({ harness: 'lm-eval', value: 0.75, problems: 20 });
    expect(readdirSync(join(directory.path, 'jobs', 'work', 'harness'))).toEqual([]);
  });

  it('is not run again for a score that is known', async () => {
    const script = `echo ran >> ${join('$(dirname "$0")', 'runs')}\necho '${RESULTS}' > results_now.json`;
    const { askHarness } = await ask(await program(script));
    const first = await askHarness();
    expect(await askHarness()).toEqual(first);
    expect(readFileSync(join(directory.path, 'runs'), 'utf8')).toBe('ran\n');
  });

  it('is left at work by a worker that shuts down, and followed by the next one', async () => {
    const script = `echo ran >> ${join('$(dirname "$0")', 'runs')}\nsleep 3\necho '${RESULTS}' > results_now.json`;
    const { askHarness } = await ask(await program(script));
    const worker = new AbortController();
    const shutDown = (): void => worker.abort(new Error('the worker shuts down'));
    await expect(askHarness({ signal: worker.signal, progress: shutDown })).rejects.toThrow('the worker shuts down');
    expect(await askHarness()).toEqual({ harness: 'lm-eval', value: 0.75, problems: 20 });
    expect(readFileSync(join(directory.path, 'runs'), 'utf8')).toBe('ran\n');
  });

  it.each([
    [
      'nothing',
      'echo no such model >&2; exit 0',
      /ended as succeeded without results of "cotmill-math":[^]*no such model/,
    ],
    ['garbage', 'echo "{" > results_now.json', /results can't be read/],
    ['another task', `echo '{"results": {"gsm8k": {}}}' > results_now.json`, /are of gsm8k, not of "cotmill-math"/],
  ])('that leaves %s fails, and says why', async (_what, script, message) => {
    const { askHarness } = await ask(await program(script));
    await expect(askHarness()).rejects.toThrow(message);
  });
});

describe.skipIf(lmEval === undefined || !existsSync(lmEval))('lm_eval itself', () => {
  let server: ModelServer;
  beforeAll(async () => {
    server = await modelServer({ alias: 'mini' });
  });
  afterAll(() => server.stop());

  it('asks a real endpoint our rows, and its answers become a summary like ours', async () => {
    const { askHarness, store } = await ask(lmEval ?? '', { url: server.url });
    const opinion = await askHarness();
    expect(opinion).toMatchObject({ harness: 'lm-eval', problems: 20 });
    expect(opinion.value).toBeGreaterThan(0.6);
    const [body] = [...store.objects].filter(([key]) => key.endsWith('second-opinion.json')).map(([, bytes]) => bytes);
    const summary = EvaluationSummary.parse(JSON.parse(Buffer.from(body ?? []).toString()));
    expect(summary).toMatchObject({
      harness: 'lm-eval',
      counts: { problems: 20 },
      scores: { passAt1: { value: opinion.value } },
    });
  });
});
