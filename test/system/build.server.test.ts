import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { DatasetStats } from '../../activities/dataset/assemble-summary.js';
import { failureMessage, readRunStatus, startRun } from '../../workers/run-client.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';

const result = async (handle: WorkflowHandle): Promise<RunSummary> => (await handle.result()) as RunSummary;

describe('a build on a real Temporal server', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ questions: 40 });
    await system.serve();
  });
  afterAll(() => system.stop());

  it('accounts for every question and publishes the data set', async () => {
    const summary = await result(await startRun(system.client, { run: 'first', recipe: fakeRecipe() }));
    expect(summary.questions.total).toBe(40);
    expect(summary.questions.accepted + summary.questions.rejected + summary.questions.failed).toBe(40);
    expect(summary.questions.accepted).toBeGreaterThan(0);
    expect(summary.questions.failed).toBe(0);
    expect(summary.calls.new).toBe(system.model.stats().byStatus['200']);
    const manifest = JSON.parse(
      await readFile(join(system.directory, 'store', summary.dataset.manifestKey), 'utf8'),
    ) as object;
    expect(manifest).toMatchObject({ fingerprint: summary.fingerprint });
    const status = await readRunStatus(system.client, 'first');
    expect(status).toMatchObject({ state: 'completed', questions: 40 });
  });

  it('pays for nothing the second time, whatever the name of the run', async () => {
    const answered = system.model.stats().byStatus['200'];
    const again = await result(await startRun(system.client, { run: 'first', recipe: fakeRecipe() }));
    expect(again.calls).toMatchObject({ new: 0, repeated: 0 });
    const other = await result(await startRun(system.client, { run: 'other', recipe: fakeRecipe() }));
    expect(other.calls).toMatchObject({ new: 0, repeated: 0 });
    expect(other.calls.reused).toBe(again.calls.reused);
    expect(other.dataset.published).toBe('unchanged');
    expect(system.model.stats().byStatus['200']).toBe(answered);
  });

  it('has a second call write the solutions of a teacher that gives thoughts alone, and counts both', async () => {
    const answered = system.model.stats().byStatus['200'] ?? 0;
    system.model.set({ flavour: 'none' });
    const solution = { thought: 'whole-answer', sampling: { maxTokens: 512 } } as const;
    const teachers = [{ name: 'thinker', pool: 'fake', chains: 2, solution }];
    const rules = {
      validation: { keep: 'solution', minVerified: 1 },
      scoring: undefined,
      alignment: undefined,
    } as const;
    const recipe = fakeRecipe({ name: 'solved', teachers, ...rules, limits: { maxQuestions: 6 } });
    const summary = await result(await startRun(system.client, { run: 'solved', recipe }));
    system.model.set({ flavour: 'reasoning_content' });
    expect(summary.questions).toMatchObject({ total: 6, failed: 0 });
    expect(summary.chains.accepted).toBeGreaterThan(0);
    expect(summary.calls.new).toBe((system.model.stats().byStatus['200'] ?? 0) - answered);
    const directory = join(system.directory, 'store', dirname(summary.dataset.manifestKey));
    const { usage } = JSON.parse(await readFile(join(directory, 'stats.json'), 'utf8')) as DatasetStats;
    // Equal thoughts of a question share their solution.
    const { teacher, solver } = usage.byRole;
    expect(solver?.calls).toBeGreaterThan(0);
    expect((solver?.calls ?? 0) + summary.calls.reused).toBe(teacher?.calls);
    expect(await readFile(join(directory, 'README.md'), 'utf8')).toContain('solver of thinker');
  });

  it.each([
    ['no recipe', { run: 'bad' }, /recipe: expected/],
    ['a misspelt field', { run: 'bad', recipe: { ...fakeRecipe(), techers: [] } }, /techers/],
    [
      'an unknown pool',
      { run: 'bad', recipe: fakeRecipe({ scoring: { pool: 'elsewhere' } }) },
      /scoring\.pool.*elsewhere/s,
    ],
    ['a run name with a slash', { run: 'a/b', recipe: fakeRecipe() }, /run: expected a name/],
    [
      'a missing file',
      { run: 'bad', recipe: fakeRecipe({ sources: [{ name: 's', path: 'missing.jsonl' }] }) },
      /missing\.jsonl/,
    ],
  ])('fails at once, naming the field, for %s', async (_what, input, message) => {
    const handle = await system.client.workflow.start('distill', {
      workflowId: `bad-${Math.random()}`,
      taskQueue: 'cotmill',
      args: [input],
    });
    const error: unknown = await handle.result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(failureMessage(error)).toMatch(message);
  });
});
