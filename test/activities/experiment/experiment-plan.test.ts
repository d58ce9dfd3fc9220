import { describe, expect, it } from 'vitest';
import { comparedPairs, experimentPlan } from '../../../activities/experiment/experiment-plan.js';
import { Deployment } from '../../../config/deployment.js';
import { Recipe } from '../../../config/recipe.js';
import { experimentRecipe } from '../../workflows/experiment/fake-experiment.js';

const deployment = Deployment.parse({
  store: { kind: 'file', directory: 's' },
  pools: {},
  launchers: {
    laptop: { kind: 'process', directory: 'jobs' },
    cluster: { kind: 'slurm', directory: 'jobs', jobsAtOnce: 3 },
  },
  trainers: { default: { launcher: 'cluster' } },
  servers: { default: { launcher: 'laptop', command: ['serve'] }, other: { launcher: 'cluster', command: ['serve'] } },
});

describe('the plan of an experiment', () => {
  it('has a task for each student and each model that is asked, on the launcher that does it', () => {
    const { tasks, lanes } = experimentPlan(Recipe.parse(experimentRecipe()), deployment);
    expect(tasks.map(({ id, needs, lane }) => [id, needs.join(), lane])).toEqual([
      ['student/sft', '', 'launcher cluster'],
      ['student/control', '', 'launcher cluster'],
      ['student/dpo', 'student/sft', 'launcher cluster'],
      ['evaluation/held-out/weak', '', 'launcher laptop'],
      ['evaluation/held-out/control', 'student/control', 'launcher laptop'],
      ['evaluation/held-out/sft', 'student/sft', 'launcher laptop'],
      ['evaluation/held-out/dpo', 'student/dpo', 'launcher laptop'],
    ]);
    expect(lanes).toEqual({ 'launcher cluster': 3, 'launcher laptop': 1 });
  });

  it("asks a student through its own server, a model through the evaluation's, and a pool through none", () => {
    const recipe = Recipe.parse(
      experimentRecipe({
        students: [{ name: 'sft', base: { model: 'weak' }, trainingSet: 'set', server: 'other' }],
        evaluations: [
          {
            name: 'e',
            benchmark: 'b',
            models: [{ student: 'sft' }, { model: 'weak' }, { pool: 'p' }],
            server: 'default',
          },
        ],
      }),
    );
    const { tasks, lanes } = experimentPlan(recipe, deployment);
    const asked = tasks.flatMap((task) => (task.kind === 'evaluation' ? [[task.model, task.server, task.lane]] : []));
    expect(asked).toEqual([
      ['sft', 'other', 'launcher cluster'],
      ['weak', 'default', 'launcher laptop'],
      ['p', null, 'pool p'],
    ]);
    expect(lanes['pool p']).toBeGreaterThan(0);
  });

  it('is empty for a recipe without students and evaluations', () => {
    const { students: _students, evaluations: _evaluations, ...recipe } = experimentRecipe();
    expect(experimentPlan(Recipe.parse(recipe), deployment)).toEqual({ tasks: [], lanes: {}, pairs: [] });
  });

  it('compares with a control only what was trained on the same set from the same base', () => {
    const student = (name: string, changes: object = {}) => ({
      name,
      base: { model: 'weak' },
      trainingSet: 'set',
      ...changes,
    });
    const models = ['a', 'b', 'control'].map((name) => ({ student: name }));
    const recipe = Recipe.parse(
      experimentRecipe({
        students: [
          student('a'),
          student('b', { base: { model: 'strong' } }),
          student('control', { control: 'own-answers' }),
        ],
        evaluations: [{ name: 'e', benchmark: 'b', baseline: 'b', models }],
        gates: [{ kind: 'not-below', evaluation: 'e', model: 'b', baseline: 'a' }],
      }),
    );
    expect(comparedPairs(recipe).map(({ model, baseline }) => `${model} ${baseline}`)).toEqual([
      'a b',
      'control b',
      'b a',
      'a control',
    ]);
  });
});
