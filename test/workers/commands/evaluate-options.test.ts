import { describe, expect, it } from 'vitest';
import { Evaluation } from '../../../config/evaluation.js';
import type { Recipe } from '../../../config/recipe.js';
import { tasksOfFlags, tasksOfRecipe } from '../../../workers/commands/evaluate-options.js';

describe('an evaluation by flags', () => {
  it('is one of the recipe form, for every model that is named', () => {
    const flags = {
      pool: ['teacher'],
      student: ['small@v2'],
      input: 'data',
      path: ['a.jsonl'],
      temperature: 0,
      server: 'gpu',
    };
    const tasks = tasksOfFlags('gsm8k-test', flags);
    expect(tasks.map(({ model, student, server }) => ({ model, student, server }))).toEqual([
      { model: { pool: 'teacher' }, student: undefined, server: 'gpu' },
      { model: { student: 'small' }, student: { name: 'small', version: 'v2' }, server: 'gpu' },
    ]);
    expect(Evaluation.parse(tasks[0]?.evaluation)).toMatchObject({
      ...{ name: 'gsm8k-test', benchmark: 'gsm8k-test', path: ['a.jsonl'], sampling: { temperature: 0 } },
      models: [{ pool: 'teacher' }, { student: 'small' }],
    });
  });

  it('asks for CD and for a second opinion where their places are named', () => {
    const flags = { pool: ['p'], difficultyPool: 'judge', harnessLauncher: 'local', maxProblems: 5, samples: 2 };
    const evaluation = Evaluation.parse(tasksOfFlags('gsm8k', flags)[0]?.evaluation);
    expect(evaluation).toMatchObject({
      ...{ maxProblems: 5, samples: 2, difficulty: { pool: 'judge', prompt: 'score-difficulty' } },
      secondOpinion: { launcher: 'local', task: 'cotmill' },
    });
    // The benchmark decides about what nobody said.
    expect(evaluation.sampling).toBeUndefined();
  });

  it.each([
    ['nobody to ask', {}, 'Expected whom to ask'],
    ['a student without a version', { student: ['small'] }, 'NAME@VERSION, found "small"'],
  ])('is refused: %s', (_what, flags, message) => {
    expect(() => tasksOfFlags('gsm8k', flags)).toThrow(message);
  });
});

describe('the evaluations of a recipe', () => {
  const recipe = {
    students: [{ name: 'small', version: 'v3', server: 'cpu' }],
    evaluations: ['first', 'second'].map((name) => ({ name, models: [{ student: 'small' }, { model: 'base' }] })),
  } as unknown as Recipe;

  it('are asked of all their models, students at their version and server', () => {
    const tasks = tasksOfRecipe(recipe, {});
    expect(tasks).toHaveLength(4);
    expect(tasks[0]).toMatchObject({ student: { name: 'small', version: 'v3' }, server: 'cpu' });
    expect(tasks[1]).not.toHaveProperty('student');
  });

  it('can be chosen by evaluation and by model', () => {
    const tasks = tasksOfRecipe(recipe, { evaluation: 'second', model: ['base'] });
    expect(tasks.map(({ evaluation, model }) => [evaluation.name, model])).toEqual([['second', { model: 'base' }]]);
    expect(() => tasksOfRecipe(recipe, { evaluation: 'third' })).toThrow('(first, second)');
  });
});
