import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImprovementPage } from '../../../activities/report/improvement-data.js';
import { readPageData } from '../../../activities/report/page-html.js';
import { improvingRecipe, QUESTIONS, startImprovingSystem, type ImprovingSystem } from './improving-system.js';

/** What is found again of it, and under which changes: test/system/self-improve.server.test.ts. */
describe('self-improvement of the demonstration student', { timeout: 900_000 }, () => {
  let system: ImprovingSystem;
  beforeAll(async () => {
    system = await startImprovingSystem();
  }, 300_000);
  afterAll(() => system.stop());

  it('explores, measures, chooses, trains and evaluates, round after round', async () => {
    const first = await (await system.start('sft', system.recipe)).result();
    expect(first.stop.reason).toBe('round-limit');
    expect(first.rounds).toHaveLength(2);
    for (const { explored, chosen, student, scores } of first.rounds) {
      expect(explored.questions).toBe(QUESTIONS);
      expect(explored.calls.repeated).toBe(0);
      expect(chosen.rollouts).toBeGreaterThanOrEqual(QUESTIONS * 4);
      expect(chosen.found).toBeGreaterThan(0);
      expect(student?.base).toBe('weak');
      expect(scores).toHaveLength(1);
    }
    const [one, two] = first.rounds;
    expect(one?.chosen.training?.rows).toBe(32 + (one?.chosen.found ?? 0));
    expect(two?.chosen.training?.rows).toBe((one?.chosen.training?.rows ?? 0) + (two?.chosen.found ?? 0));
    expect(first.comparisons.map(({ model, baseline }) => `${model} ${baseline}`)).toEqual([
      'small-r1 small',
      'small-r2 small',
      'small-r2 small-r1',
    ]);
    const table = system.stored(first.tableKey);
    expect(table).toContain('Ended: **round-limit**');
    expect(table).toContain('(imitation only)');
    expect(system.stored(one?.chosen.reportKey ?? '')).toContain('chains to learn, perplexity');
    const { improvement, sample } = readPageData<ImprovementPage>(system.stored(first.reportKey), first.reportKey);
    expect(improvement.ended?.reason).toBe('round-limit');
    for (const [index, part] of improvement.rounds.entries()) {
      expect(part).toMatchObject({ found: first.rounds[index]?.chosen.found, student: { method: 'sft' } });
      const own = sample.questions.filter(({ learning }) => learning?.round === part.round);
      expect(own.some(({ reason }) => reason === 'chosen')).toBe(true);
    }
  });

  it('prefers surprising right thoughts to unsurprising wrong ones by DPO', async () => {
    const recipe = improvingRecipe({
      improve: {
        variant: 'dpo',
        settings: { beta: 0.1, sftWeight: 0.2, learningRate: 1e-5, maxSteps: 4, batchSize: 4 },
      },
      loop: { maxRounds: 1 },
    });
    const summary = await (await system.start('dpo', recipe)).result();
    const [round] = summary.rounds;
    expect(round?.student).toMatchObject({ method: 'dpo', base: 'small' });
    expect(round?.chosen.variant).toBe('dpo');
    expect(round?.chosen.training?.rows).toBe(round?.chosen.found);
    const { calls } = round?.explored ?? { calls: { new: 0, reused: 0 } };
    expect(calls.new + calls.reused).toBe(round?.chosen.rollouts);
    expect(system.stored(round?.chosen.reportKey ?? '')).toContain('pairs to learn');
  });
});
