import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import { loadDeployment, loadRecipe } from '../../config/load.js';
import { packageRoot } from '../../config/package-root.js';
import { loadTrainingPresets } from '../../config/training-preset.js';
import type { Recipe } from '../../config/recipe.js';
import { runPlanText } from '../../workers/run-plan-text.js';
import { runPlan } from '../../workers/run-plan.js';

const benchmarks = await loadBenchmarks();
const presets = await loadTrainingPresets();
const deployment = await loadDeployment(join(packageRoot(), 'config', 'deployments', 'example-cluster.yaml'));
const shipped = (name: string): Promise<Recipe> =>
  loadRecipe(join(packageRoot(), 'config', 'recipes', 'experiments', name));
const planOf = (recipe: Recipe) => runPlan(recipe, { deployment, benchmarks, presets });

describe('the plan of a run', () => {
  it('counts calls by pool, from the least to the most that chains can need', async () => {
    const { questions, pools } = planOf(await shipped('full-vs-sampled-7b.yaml'));
    expect(questions).toBe(100_000);
    const teacher = pools.find(({ pool }) => pool === 'deepseek-r1');
    // Two of the four chains of the first step; at most half of six, each asked twice.
    expect(teacher?.calls).toEqual({ least: 200_000, most: 600_000 });
    expect(teacher?.outputTokens.least).toBe(200_000 * 4096);
    for (const { calls, cost } of pools)
      expect([calls.least <= calls.most, cost.least <= cost.most]).toEqual([true, true]);
  });

  it('counts second calls for solutions at the pool that is asked for them', async () => {
    const recipe = await shipped('full-vs-sampled-7b.yaml');
    const before = planOf(recipe).pools;
    const [first, ...others] = recipe.teachers;
    if (!first) throw new Error('expected a teacher');
    const sampling = { seed: true, maxTokens: 2048 };
    const solved = (thought: 'marked' | 'whole-answer') => {
      const solution = { thought, pool: 'deepseek-v3', prompt: 'solution', sampling };
      const { pools } = planOf({ ...recipe, teachers: [{ ...first, solution }, ...others] });
      return pools.find(({ pool }) => pool === 'deepseek-v3');
    };
    expect(before.map(({ pool }) => pool)).not.toContain('deepseek-v3');
    // Four of the six chains are the first teacher's, each asked twice; none needs to be a thought alone.
    expect(solved('marked')?.calls).toEqual({ least: 0, most: 800_000 });
    expect(solved('marked')?.outputTokens.most).toBe(800_000 * 512);
    expect(solved('marked')?.inputTokens.most).toBe(800_000 * (400 + 4096));
    const alone = planOf({
      ...recipe,
      teachers: [
        { ...first, solution: { thought: 'whole-answer', pool: 'deepseek-v3', prompt: 'solution', sampling } },
      ],
    });
    const { minVerified, maxChains } = recipe.validation;
    expect(alone.pools.find(({ pool }) => pool === 'deepseek-v3')?.calls).toEqual({
      least: minVerified * 100_000,
      most: 2 * maxChains * 100_000,
    });
  });

  it('counts rows and steps of trainings, over the GPUs of the trainer', async () => {
    const { trainings } = planOf(await shipped('random-rv-cd-7b.yaml'));
    expect(trainings).toHaveLength(5);
    // One chain a question, 3 epochs, 1 row x 8 accumulated x 8 GPUs a step.
    expect(trainings[0]).toMatchObject({ student: 'omni-7b-random', rows: 10_000, steps: 469, gpus: 8 });
  });

  it('takes steps as they are written, and pairs at most', async () => {
    const { trainings } = planOf(await shipped('sft-dpo-cogpo.yaml'));
    expect(trainings.map(({ student, steps }) => [student, steps])).toEqual([
      ['demo-sft', 100],
      ['demo-sft-longer', 40],
      ['demo-dpo', 40],
      ['demo-cogpo', 40],
      ['demo-cogpo-equal', 40],
    ]);
    expect(trainings.find(({ student }) => student === 'demo-dpo')?.rows).toBe(400 * 2 * 2);
  });

  it('knows the sizes of benchmarks', async () => {
    const { evaluations } = planOf(await shipped('difficulty-by-model-7b.yaml'));
    expect(evaluations.map(({ model, problems }) => [model, problems])).toEqual([
      ['qwen2.5-0.5b', 500],
      ['qwen2.5-7b', 500],
      ['qwq-32b', 500],
    ]);
  });

  it('says what the numbers rest on, and that they are for a thousand where a recipe asks for all', async () => {
    const recipe = await shipped('verbosity-7b.yaml');
    const text = runPlanText(planOf(recipe));
    expect(text).toContain('plan     40,000 questions');
    expect(text).toContain('run a hundred questions first');
    const { maxQuestions: _all, ...limits } = recipe.limits;
    expect(runPlanText(planOf({ ...recipe, limits }))).toContain('numbers are for a thousand');
  });
});
