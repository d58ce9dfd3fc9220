import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WorkflowFailedError } from '@temporalio/client';
import type { Progress } from '../../../workflows/messages.js';
import { experimentRecipe, startFakeExperiment, type FakeExperiment } from './fake-experiment.js';

const messageOf = async (ended: Promise<unknown>): Promise<string> => {
  const error: unknown = await ended.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return ((error as WorkflowFailedError).cause as Error).message;
};

describe('an experiment', () => {
  let fake: FakeExperiment;
  beforeAll(async () => {
    fake = await startFakeExperiment();
  });
  afterAll(() => fake.stop());

  const place = (event: string): number => fake.happened.indexOf(event);

  it('trains each student after the one that it starts from, and asks models as soon as they are there', async () => {
    const summary = await (await fake.start({ recipe: experimentRecipe() })).result();
    expect(place('+dpo')).toBeGreaterThan(place('-sft'));
    expect(place('+held-out/dpo')).toBeGreaterThan(place('-dpo'));
    expect(place('+held-out/weak')).toBeLessThan(place('-sft'));
    expect(summary.students.map(({ name }) => name)).toEqual(['sft', 'control', 'dpo']);
    expect(summary.evaluations.map(({ model }) => model)).toEqual(['weak', 'control', 'sft', 'dpo']);
    expect(summary.tableKey).toMatch(/table\.md$/);
    expect(fake.inputs.get('dpo')).toMatchObject({
      base: { name: 'sft', version: 'v1' },
      training: { name: 'set', version: 'v3' },
    });
    expect(fake.inputs.get('sft')).not.toHaveProperty('base');
    expect(fake.inputs.get('held-out/weak')).toMatchObject({ model: { model: 'weak' }, server: 'default' });
    expect(fake.inputs.get('held-out/dpo')).toMatchObject({
      student: { name: 'dpo', version: 'v1' },
      server: 'default',
    });
  });

  it('compares with the baseline, with the base that was a student, and with the control of the same training set', async () => {
    const summary = await (await fake.start({ recipe: experimentRecipe() })).result();
    expect(summary.comparisons.map(({ model, baseline }) => `${model} ${baseline}`)).toEqual([
      'control weak',
      'sft weak',
      'dpo weak',
      'sft control',
      'dpo sft',
    ]);
  });

  it('has one thing at work at a time where the launcher takes no more', async () => {
    await (await fake.start({ recipe: experimentRecipe(), jobsAtOnce: 1 })).result();
    const signs = fake.happened.map((event) => event[0]).join('');
    expect(signs).toBe('+-'.repeat(7));
  });

  it('does what can be done beside a student that failed, then fails and names it with all that it took along', async () => {
    const handle = await fake.start({ recipe: experimentRecipe(), failing: ['sft'] });
    const message = await messageOf(handle.result());
    expect(message).toContain('student/sft: sft is meant to fail');
    expect(message).toContain('student/dpo: not started: it needs student/sft');
    expect(message).toContain('evaluation/held-out/dpo: not started: it needs student/dpo');
    expect(message).toContain('neither trained nor paid again');
    expect(fake.written?.evaluations.map(({ model }) => model)).toEqual(['weak', 'control']);
    expect(fake.written?.comparisons.map(({ model, baseline }) => [model, baseline])).toEqual([['control', 'weak']]);
    expect(fake.written?.failed.map(({ id }) => id)).toEqual([
      'student/sft',
      'student/dpo',
      'evaluation/held-out/sft',
      'evaluation/held-out/dpo',
    ]);
  });

  it('fails after an evaluation that failed, with the others in its tables', async () => {
    const handle = await fake.start({ recipe: experimentRecipe(), failing: ['held-out/control'] });
    expect(await messageOf(handle.result())).toContain(
      'evaluation/held-out/control: held-out/control is meant to fail',
    );
    expect(fake.written?.evaluations.map(({ model }) => model)).toEqual(['weak', 'sft', 'dpo']);
    expect(fake.written?.students).toHaveLength(3);
  });

  it('waits for what is at work when it is cancelled, and starts nothing more', async () => {
    const handle = await fake.start({ recipe: experimentRecipe(), endless: ['sft', 'held-out/weak'] });
    await expect
      .poll(() => fake.happened)
      .toEqual(expect.arrayContaining(['+sft', '+held-out/weak', '-held-out/control']));
    // What an activity has done the workflow hears a moment later.
    await expect
      .poll(() => handle.query<Progress>('progress'))
      .toMatchObject({
        phase: 'training',
        experiment: { students: { total: 3, done: 1 }, running: ['student/sft', 'evaluation/held-out/weak'] },
      });
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(fake.happened).toEqual(expect.arrayContaining(['!sft', '!held-out/weak']));
    expect(place('+dpo')).toBe(-1);
    expect(fake.written).toBeUndefined();
  });

  it('judges gates: a missed one fails nothing', async () => {
    const gates = [
      { kind: 'accepted' as const, atLeast: 5 },
      { kind: 'score' as const, evaluation: 'held-out', model: 'sft', atLeast: 0.6 },
      { kind: 'not-below' as const, evaluation: 'held-out', model: 'dpo', baseline: 'control' },
    ];
    const script = {
      recipe: experimentRecipe({ gates }),
      scores: { 'held-out/sft': 0.7, 'held-out/dpo': 0.3 },
      questions: { total: 10, accepted: 9 },
    };
    const summary = await (await fake.start(script)).result();
    expect(summary.gates.map(({ passed }) => passed)).toEqual([true, true, false]);
    expect(summary.comparisons.map(({ model, baseline }) => `${model} ${baseline}`)).toContain('dpo control');
    const alone = await (await fake.start({ recipe: script.recipe, scores: script.scores })).result();
    expect(alone.gates).toHaveLength(2);
  });

  it('refuses an input that is none', async () => {
    const handle = await fake.start({ recipe: null as never });
    expect(await messageOf(handle.result())).toContain('recipe: expected an object');
  });
});
