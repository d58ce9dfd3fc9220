import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import type { Deployment } from '../../config/deployment.js';
import { loadDeployment, loadRecipe } from '../../config/load.js';
import { packageRoot } from '../../config/package-root.js';
import type { Recipe } from '../../config/recipe.js';
import type { SelfImprove } from '../../config/self-improve.js';
import { loadTrainingPresets } from '../../config/training-preset.js';
import { expectedQuestion, type PlannedStep } from '../../workers/planned-improvement.js';
import { runPlanText } from '../../workers/run-plan-text.js';
import { runPlan } from '../../workers/run-plan.js';

const benchmarks = await loadBenchmarks();
const presets = await loadTrainingPresets();
const deployment = await loadDeployment(join(packageRoot(), 'config', 'deployments', 'example-cluster.yaml'));
const shipped = (name: string): Promise<Recipe> =>
  loadRecipe(join(packageRoot(), 'config', 'recipes', 'self-improve', name));
const planOf = (recipe: Recipe, on: Deployment = deployment) =>
  runPlan(recipe, { deployment: on, benchmarks, presets });

const sft = await shipped('still2-sft-32b.yaml');
const withImprove = (recipe: Recipe, change: (all: SelfImprove) => SelfImprove): Recipe => {
  if (!recipe.selfImprove) throw new Error('expected a recipe with selfImprove');
  return { ...recipe, selfImprove: change(recipe.selfImprove) };
};
const stepsOf = (recipe: Recipe, round = 1, on: Deployment = deployment): Record<string, PlannedStep> =>
  Object.fromEntries(
    (planOf(recipe, on).improvement?.rounds[round - 1]?.steps ?? []).map((step) => [step.step, step] as const),
  );

/** The deployment without what estimates of time and cost need. */
const unknownSpeeds: Deployment = {
  ...deployment,
  pools: Object.fromEntries(
    Object.entries(deployment.pools).map(([name, { tokensPerSecond: _, ...pool }]) => [name, pool]),
  ),
  trainers: Object.fromEntries(
    Object.entries(deployment.trainers).map(([name, { tokensPerSecond: _, ...trainer }]) => [name, trainer]),
  ),
  servers: Object.fromEntries(
    Object.entries(deployment.servers).map(([name, { tokensPerSecond: _, ...server }]) => [name, server]),
  ),
};

describe('what a hard question is expected to take', () => {
  const usual = { firstChains: 4, maxChains: 20, enough: 1, passRate: [0, 0.75] as [number, number] };
  const wide: [number, number] = [0, 1];

  it.each([
    { name: 'one rollout, whatever it is', explore: { firstChains: 1, maxChains: 1 }, rollouts: 1, learnable: 0 },
    // Half of the questions are asked again, a third of which are right then.
    { name: 'two, one by one', explore: { firstChains: 1, maxChains: 2 }, rollouts: 1 + 1 / 2, learnable: 1 / 6 },
    // 4 of all, then 6 of a fifth, then 10 of an eleventh. Nothing is learnt where all of the first four are right, or none of twenty.
    { name: 'as the build asks', explore: {}, rollouts: 4 + 6 / 5 + 10 / 11, learnable: 1 - 1 / 5 - 1 / 21 },
    { name: 'all at once', explore: { firstChains: 20 }, rollouts: 20, learnable: 15 / 21 },
    { name: 'the whole band', explore: { passRate: wide }, rollouts: 4 + 6 / 5 + 10 / 11, learnable: 1 - 1 / 21 },
  ])('$name', ({ explore, rollouts, learnable }) => {
    const expected = expectedQuestion({ ...usual, ...explore });
    expect(expected.rollouts).toBeCloseTo(rollouts, 10);
    expect(expected.learnable).toBeCloseTo(learnable, 10);
  });

  it('stays within what may be asked, and pairs are of questions that are learnt from', () => {
    const count = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(
        count,
        count,
        fc.tuple(count, fc.double({ min: 0, max: 1, noNaN: true })),
        (first, most, [enough, high]) => {
          fc.pre(first <= most && enough <= most);
          const explore = { firstChains: first, maxChains: most, enough, passRate: [0, high] as [number, number] };
          const { rollouts, learnable, pairable } = expectedQuestion(explore);
          expect(rollouts).toBeGreaterThan(first - 1e-9);
          expect(rollouts).toBeLessThan(most + 1e-9);
          expect(pairable).toBeLessThanOrEqual(learnable + 1e-12);
          expect(learnable).toBeLessThan(1);
        },
      ),
    );
  });
});

describe('the plan of rounds', () => {
  it('counts rollouts, thoughts, rows and answers of each round, expected and at most', () => {
    const { explore, measure, train, evaluate } = stepsOf(sft);
    expect(explore?.count.most).toBe(4000 * 20);
    expect(explore?.count.expected).toBeCloseTo(4000 * (4 + 6 / 5 + 10 / 11), 6);
    expect(explore?.tokens.most).toBe(4000 * 20 * 16_384);
    expect(measure?.count).toEqual(explore?.count);
    expect(train?.count).toEqual({ expected: Math.round(1100 + 4000 * (1 - 1 / 5 - 1 / 21)), most: 5100 });
    // Three epochs of rows, 96 a step.
    expect(train?.trainingSteps?.most).toBe(Math.ceil((5100 * 3) / 96));
    expect(evaluate?.count.most).toBeGreaterThan(500);
    expect(planOf(sft).improvement?.rounds).toHaveLength(3);
  });

  it('learns a question once by SFT over all rounds, by DPO in each again', async () => {
    const rows = (recipe: Recipe, round: number) => stepsOf(recipe, round)['train']?.count;
    const second = rows(sft, 2);
    expect(second?.most).toBe(5100);
    expect(second?.expected).toBeGreaterThan(rows(sft, 1)?.expected ?? Infinity);
    const dpo = await shipped('still2-dpo-32b.yaml');
    expect(rows(dpo, 2)).toEqual(rows(dpo, 1));
    expect(stepsOf(dpo)['train']?.counted).toBe('pairs');
  });

  it('knows both seeds of the article', async () => {
    const larger = planOf(await shipped('still2-sft-32b-seed-3900.yaml'));
    expect([planOf(sft), larger].map(({ trainings }) => trainings[0]?.rows)).toEqual([1100, 3900]);
    expect(larger.improvement?.rounds[0]?.steps.find(({ step }) => step === 'train')?.count.most).toBe(7900);
  });

  it('takes time, GPU hours and cost from the speeds and prices of the deployment', () => {
    const { explore, train } = stepsOf(sft);
    const server = deployment.servers['vllm'];
    const seconds = (explore?.tokens.expected ?? 0) / (server?.tokensPerSecond?.['qwen2.5-32b'] ?? 0);
    expect(explore?.seconds?.expected).toBeCloseTo(seconds, 6);
    expect(explore?.gpuHours?.expected).toBeCloseTo(seconds / 3600, 6);
    expect(explore?.cost?.expected).toBeCloseTo((2.5 * seconds) / 3600, 6);
    const trains = (train?.tokens.most ?? 0) / (deployment.trainers['default']?.tokensPerSecond?.['qwen2.5-32b'] ?? 0);
    expect(train?.gpuHours?.most).toBeCloseTo((8 * trains) / 3600, 6);
  });

  it('says nothing about times that nobody gave', () => {
    const steps = Object.values(stepsOf(sft, 1, unknownSpeeds));
    expect(steps.map(({ seconds, gpuHours, cost }) => [seconds, gpuHours, cost])).toEqual(
      steps.map(() => [null, null, null]),
    );
    expect(runPlanText(planOf(sft, unknownSpeeds))).toContain('times    unknown');
  });

  it('measures with a job at the speed of a pass forward', () => {
    const byJob = withImprove(sft, (all) => ({ ...all, perplexity: { ...all.perplexity, by: 'job' } }));
    const { measure } = stepsOf(byJob);
    expect(measure?.seconds?.most).toBeCloseTo((measure?.tokens.most ?? 0) / (3 * 12_000), 6);
  });

  it('asks a judge of rollouts once for each, and counts its price', () => {
    const judge = {
      pool: 'deepseek-v3',
      prompt: 'validate',
      keep: 'solution' as const,
      sampling: { seed: false, temperature: 0, maxTokens: 1000 },
    };
    const judged = withImprove(sft, (all) => ({ ...all, explore: { ...all.explore, judge } }));
    const { judge: step, explore } = stepsOf(judged);
    expect(step?.count).toEqual(explore?.count);
    expect(step?.cost?.most).toBeCloseTo((80_000 * (16_784 * 0.3 + 1000 * 1.1)) / 1e6, 6);
    expect(step?.seconds).toBeNull();
  });

  it('is for a thousand questions where the recipe explores all there are, or for what sources are limited to', () => {
    const withoutLimit = withImprove(sft, ({ explore: { maxQuestions: _, ...explore }, ...all }) => ({
      ...all,
      explore,
    }));
    expect(planOf(withoutLimit).improvement).toMatchObject({ questions: 1000, isPerThousand: true });
    const limited = withImprove(withoutLimit, (all) => ({
      ...all,
      explore: { ...all.explore, sources: all.explore.sources.map((source) => ({ ...source, limit: 70 })) },
    }));
    expect(planOf(limited).improvement).toMatchObject({ questions: 70, isPerThousand: false });
  });

  it('is left out where a run ends with its students', () => {
    const { selfImprove: _, ...without } = sft;
    expect(planOf(without).improvement).toBeNull();
  });

  it('says what it rests on, and what all rounds take together', () => {
    const text = runPlanText(planOf(sft));
    expect(text).toContain('improve  4,000 hard questions a round, 3 rounds at most');
    expect(text).toMatch(/round 3 +explore +24,436 \(80,000\) rollouts/);
    expect(text).toMatch(/together +\d+\.\d d \(\d+\.\d d\)/);
    expect(text).toContain('spread evenly from 0 to 1 (ours)');
    expect(text).toContain('which are what somebody believes');
  });
});
