import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../config/package-root.js';
import { workflowBundle } from '../../workers/serve.js';
import { payloadsOf, readHistories, workflowTypeOf, type RecordedHistory } from './histories.js';

const histories = readHistories();
const options = { workflowBundle: { codePath: workflowBundle() } };

/** Names exported by workflows/index.ts: the workflow types. */
const workflowTypes = [
  ...readFileSync(join(packageRoot(), 'workflows', 'index.ts'), 'utf8').matchAll(/^export \{ (\w+) \}/gm),
].map(([, name]) => name);

const changed = (history: RecordedHistory, from: string, to: string): RecordedHistory =>
  JSON.parse(JSON.stringify(history).replaceAll(`"name":"${from}"`, `"name":"${to}"`)) as RecordedHistory;

beforeAll(() => {
  // Says nothing of the histories that are meant to fail.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
});

describe('recorded histories', () => {
  it('are there for every workflow type', () => {
    expect(workflowTypes).toHaveLength(11);
    expect(new Set([...histories.values()].map(workflowTypeOf))).toEqual(new Set(workflowTypes));
  });

  it.each([...histories])('%s replays', async (name, history) => {
    await expect(Worker.runReplayHistory(options, history, name)).resolves.toBeUndefined();
  });

  it.each([
    ['distill-question-accepted', 'askPool', 'answerAll'],
    ['build-shard', 'commitShard', 'writeShard'],
    ['build-shard', 'distillQuestion', 'askQuestion'],
    ['build-dataset', 'planDataset', 'makePlan'],
    ['build-dataset-quotas', 'settledShards', 'countShards'],
    ['distill', 'buildDataset', 'makeDataset'],
    ['distill-experiment', 'experiment', 'tryOut'],
    ['experiment', 'planExperiment', 'makePlan'],
    ['experiment', 'trainStudent', 'teach'],
    ['train-student', 'followTraining', 'watchTraining'],
    ['evaluate-model-served', 'startServing', 'serve'],
  ])('%s does not replay when it has %s under another name: %s', async (name, from, to) => {
    const history = histories.get(name);
    if (!history) throw new Error(`no history ${name}`);
    await expect(Worker.runReplayHistory(options, changed(history, from, to), name)).rejects.toThrow(
      /[Nn]ondeterminism/,
    );
  });
});

describe('a recorded history', () => {
  it.each([...histories])('%s is small and names no machine', (name, history) => {
    const json = JSON.stringify(history);
    // Of an experiment there is one a run; the others are as many as questions, shards or models.
    expect(json.length).toBeLessThan(/experiment|control|improve/.test(name) ? 80_000 : 40_000);
    expect(`${json}\n${payloadsOf(history)}`).not.toMatch(
      /@(?!worker)[\w-]+-cotmill|(?<![\w.-])\/(?:home|root|work|tmp)\//,
    );
  });
});
