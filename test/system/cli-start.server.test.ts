import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questionId } from '../../activities/sources/question-id.js';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { fakeQuestion } from '../fakes/model-server.js';
import { temporalPath } from '../support/servers.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';

const QUESTIONS = 12;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** What the Temporal UI reads of a workflow. */
interface Metadata {
  readonly currentDetails: string;
  readonly definition: Record<string, readonly { readonly name: string }[]>;
}

describe('a run started without any client code of ours', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ questions: QUESTIONS, model: { skill: { right: 0.4, sound: 0.7 } } });
    await system.serve();
  });
  afterAll(() => system.stop());

  async function temporal(...args: string[]): Promise<Outcome> {
    const all = [...args, '--address', system.temporal.address];
    try {
      const { stdout, stderr } = await promisify(execFile)(temporalPath(), all, { timeout: 60_000 });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, output: stdout + stderr };
    }
  }

  async function execute(type: string, workflowId: string, input: unknown): Promise<Outcome> {
    const file = join(system.directory, `${workflowId}.json`);
    writeFileSync(file, typeof input === 'string' ? input : JSON.stringify(input));
    const target = ['--type', type, '--task-queue', 'cotmill', '--workflow-id', workflowId, '--input-file', file];
    const started = await temporal('workflow', 'start', ...target);
    if (started.code !== 0) return started;
    return temporal('workflow', 'result', '--workflow-id', workflowId, '--output', 'json');
  }

  it('is built from a JSON file with the Temporal CLI, named by its workflow id', async () => {
    const { code, output } = await execute('distill', 'from-cli', { recipe: fakeRecipe() });
    expect(code).toBe(0);
    const { result } = JSON.parse(output) as { result: RunSummary };
    expect(result.questions).toMatchObject({ total: QUESTIONS, failed: 0 });
    expect(result).toMatchObject({ run: 'from-cli' });
  });

  it('builds a data set alone, too', async () => {
    const { code, output } = await execute('buildDataset', 'dataset-alone', { recipe: fakeRecipe({ version: 'v2' }) });
    expect(code).toBe(0);
    expect((JSON.parse(output) as { result: RunSummary }).result.calls).toMatchObject({ new: 0 });
  });

  const misspelt = { recipe: { ...fakeRecipe(), techers: [] } };
  it.each<[string, string, unknown, RegExp]>([
    ['no-object', 'distill', ['a'], /input: expected one JSON object/],
    ['no-recipe', 'distill', { run: 'x' }, /recipe: expected the recipe as a JSON object, got nothing/],
    ['bad-name', 'distill', { run: 'A B', recipe: {} }, /run: expected a name/],
    ['no-number', 'distill', { run: 7, recipe: {} }, /run: expected a name.*got 7/],
    ['misspelt', 'distill', misspelt, /techers/],
    ['dataset-text', 'buildDataset', '"recipe.yaml"', /input: expected one JSON object.*recipe\.yaml/],
    ['partition', 'buildPartition', {}, /plan: expected an object, got nothing/],
    ['shard', 'buildShard', { plan: {}, shard: 'first' }, /shard: expected a number/],
    ['question', 'distillQuestion', { shard: 0 }, /plan: expected/],
  ])('fails at once, naming the field: %s', async (workflowId, ...[type, input, message]) => {
    const startedAt = Date.now();
    const { code, output } = await execute(type, workflowId, input);
    expect(code).not.toBe(0);
    expect(output).toMatch(message);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('without any input says what it wants', async () => {
    await temporal('workflow', 'start', '--type', 'distill', '--task-queue', 'cotmill', '--workflow-id', 'nothing');
    expect((await temporal('workflow', 'result', '--workflow-id', 'nothing')).output).toMatch(
      /input: expected one JSON/,
    );
  });

  it('shows in the UI what it is, how far it is, and what can be told to it', async () => {
    const handle = system.client.workflow.getHandle('from-cli');
    const metadata = await handle.query<Metadata>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toMatch(/^\*\*exercises v1\*\*.*of 12 questions accepted/);
    const names = (kind: string): string[] => (metadata.definition[kind] ?? []).map(({ name }) => name);
    expect(names('updateDefinitions')).toEqual(expect.arrayContaining(['pause', 'resume', 'setConcurrency']));
    expect(names('queryDefinitions')).toContain('progress');

    const question = system.client.workflow.getHandle(`from-cli/q/${questionId(fakeQuestion(0).question)}`);
    const details = (await question.query<Metadata>('__temporal_workflow_metadata')).currentDetails;
    expect(details).toMatch(/\*\*(?:accepted|rejected)/);
    expect(details).toContain('| chain | from | state | ratings | rounds |');
    const { events } = await question.fetchHistory();
    const summaries = (events ?? []).flatMap(({ userMetadata }) =>
      userMetadata?.summary?.data ? [Buffer.from(userMetadata.summary.data).toString()] : [],
    );
    expect(summaries).toContain('"generate 4 and on @ fake"');
  });

  it('is found by its search attributes, and its questions by their outcome', async () => {
    const count = async (query: string): Promise<number> => (await system.client.workflow.count(query)).count;
    const { result } = JSON.parse(
      (await temporal('workflow', 'result', '--workflow-id', 'from-cli', '--output', 'json')).output,
    ) as { result: RunSummary };
    const { accepted, rejected } = result.questions;
    expect(rejected).toBeGreaterThan(0);
    const outcome = (kind: string) => count(`CotRun="from-cli" AND CotOutcome="${kind}"`);
    // The list of workflows follows their histories with a delay.
    for (let tries = 0; tries < 20 && (await outcome('accepted')) < accepted; tries++) await sleep(250);
    expect(await outcome('accepted')).toBe(accepted);
    expect(await outcome('rejected')).toBe(rejected);
    expect(await count('CotRun="from-cli" AND CotPhase="done"')).toBe(2);
  });
});
