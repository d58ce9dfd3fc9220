/** A model that no pool serves: its checkpoint is converted, served by llama.cpp, asked the demonstration's benchmark, and taken down again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { DeploymentInput } from '../../config/deployment.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { parseDeployment } from '../../config/load.js';
import { serve, type Serving } from '../../workers/serve.js';
import { LLAMA_SERVER, WEAK_STUDENT } from '../activities/serving/served-here.js';
import { startSystem, type System } from '../support/system.js';

let system: System;
let serving: Serving;
const evaluation = { name: 'held-out', benchmark: 'word-problems', input: 'mini', path: 'held-out.jsonl' };
const model = { model: 'weak' };

beforeAll(async () => {
  system = await startSystem();
  const deployment: DeploymentInput = {
    ...system.deployment,
    inputs: { mini: { kind: 'directory', directory: resolve('infra/mini') } },
    launchers: { here: { kind: 'process', directory: join(system.directory, 'jobs'), graceMs: 5_000 } },
    models: { weak: { directory: WEAK_STUDENT } },
    servers: { default: { ...LLAMA_SERVER, maxConcurrency: 4 } },
  };
  serving = await serve(parseDeployment(deployment, 'test'), { environment: process.env });
});
afterAll(async () => {
  await serving.stop();
  await system.stop();
});

const filesNamed = (folder: string, name: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name));

const evaluate = async (run: string): Promise<EvaluationResult> =>
  (await system.client.workflow.execute('evaluateModel', {
    workflowId: `${run}/evaluation/held-out/weak`,
    taskQueue: WORKFLOW_QUEUE,
    args: [{ run, evaluation: { ...evaluation, models: [model], maxProblems: 40 }, model }],
  })) as EvaluationResult;

it('is asked by the name of its weights, and not served again for what is known', async () => {
  const first = await evaluate('served');
  expect(first).toMatchObject({ model: 'weak', problems: 40, scored: 40, calls: { new: 40 } });
  // Between nothing and everything: it was the weak student that answered.
  expect(first.passAt1?.value).toBeGreaterThan(0.1);
  expect(first.passAt1?.value).toBeLessThan(0.9);
  const folder = join(system.directory, 'store', first.summaryKey, '..', 'work');
  const [plan = ''] = filesNamed(folder, 'plan.json');
  expect((JSON.parse(readFileSync(plan, 'utf8')) as { requestModel: string }).requestModel).toMatch(
    /^weak-[0-9a-f]{12}$/,
  );
  const jobs = filesNamed(join(system.directory, 'jobs'), 'job.json').length;
  const again = await evaluate('served');
  expect(again).toMatchObject({ passAt1: first.passAt1, calls: { new: 0, reused: 40 } });
  expect(filesNamed(join(system.directory, 'jobs'), 'job.json').length).toBe(jobs);
});
