import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoopRules, RoundResult } from '../../../activities/improve/round-result.js';
import { describeLoop } from '../../../workflows/improve/describe.js';
import { bestModel, roundPairs, stopAfter, type LoopState } from '../../../workflows/improve/rounds.js';
import { loopRules, roundResult, scoreOf } from './fake-rounds.js';

const after = (rounds: readonly RoundResult[]): LoopState => ({
  imitation: { name: 'small', version: 'v1' },
  imitationScores: [scoreOf('small', 0.4)],
  rounds,
});
const scores = (...values: readonly number[]): LoopState =>
  after(values.map((value, index) => roundResult(index + 1, value)));
const noBudget = { cost: null, outputTokens: null, trainingHours: null };

describe('a loop ends', () => {
  it.each<[string, Partial<LoopRules>, LoopState, string | undefined]>([
    ['not before its limit', { maxRounds: 3 }, scores(0.5, 0.6), undefined],
    ['at its limit of rounds', { maxRounds: 2 }, scores(0.5, 0.6), 'round-limit'],
    ['when too little is new', {}, after([roundResult(1, null)]), 'too-little-new'],
    ['when the pool is used up', {}, after([roundResult(1, null, { hardLeft: 0 })]), 'pool-used-up'],
    ['not for a score without patience', {}, scores(0.4, 0.3, 0.2), undefined],
    ['after a score within the noise of the imitation', { patience: 1 }, scores(0.44), 'no-better-score'],
    ['not after a score clearly above it', { patience: 1 }, scores(0.46), undefined],
    ['not after one round in vain of two', { patience: 2 }, scores(0.5, 0.51), undefined],
    ['after two in vain', { patience: 2 }, scores(0.5, 0.51, 0.52), 'no-better-score'],
    ['counting in a row only', { patience: 2 }, scores(0.41, 0.6, 0.6), undefined],
    ['when tokens are spent', { budget: { ...noBudget, outputTokens: 80_000 } }, scores(0.5, 0.6), 'budget'],
    ['when hours are spent', { budget: { ...noBudget, trainingHours: 1 } }, scores(0.5, 0.6), 'budget'],
    [
      'not within its budget',
      { budget: { cost: 1, outputTokens: 80_001, trainingHours: 1.1 } },
      scores(0.5, 0.6),
      undefined,
    ],
  ])('%s', (...[, rules, state, reason]) => {
    expect(stopAfter(loopRules(rules), state)?.reason).toBe(reason);
  });

  it('says why in words', () => {
    const stop = stopAfter(loopRules({ patience: 1 }), scores(0.41));
    expect(stop?.words).toBe(
      '1 round with a score on held-out that is not better than the best before by more than its interval',
    );
    expect(stopAfter(loopRules(), after([roundResult(1, null)]))?.words).toContain('12 hard questions are left');
  });

  it('always, at its limit at the latest, and never before the first round', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { minLength: 6, maxLength: 6 }),
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
        (...[maxRounds, values, patience]) => {
          const rules = loopRules({ maxRounds, patience });
          expect(stopAfter(rules, scores())).toBeUndefined();
          expect(stopAfter(rules, scores(...values.slice(0, maxRounds)))).toBeDefined();
        },
      ),
    );
  });
});

describe('a budget', () => {
  it('counts what an earlier execution has paid', () => {
    const round = roundResult(1, 0.5);
    const explored = { ...round.explored, outputTokens: 0, cost: 0, took: { outputTokens: 40_000, cost: 2 } };
    const state = after([{ ...round, explored }]);
    const rules = (budget: Partial<LoopRules['budget']>): LoopRules =>
      loopRules({ budget: { ...noBudget, ...budget } });
    expect(stopAfter(rules({ outputTokens: 40_000 }), state)?.reason).toBe('budget');
    expect(stopAfter(rules({ cost: 2 }), state)?.words).toBe('the rounds took 2 of cost; the budget has 2');
    expect(stopAfter(rules({ cost: 2.1, outputTokens: 40_001 }), state)).toBeUndefined();
  });
});

describe('the best student', () => {
  it.each<[string, LoopState, string]>([
    ['has the highest score', scores(0.5, 0.7, 0.6), 'small-r2'],
    ['is the imitation when no round is better', scores(0.3, 0.2), 'small'],
    ['is the earliest of equal ones', scores(0.6, 0.6), 'small-r1'],
  ])('%s', (_name, state, name) => {
    expect(bestModel(loopRules(), state).name).toBe(name);
  });

  it('is the newest where nobody is asked', () => {
    expect(bestModel(loopRules({ evaluation: null }), scores(0.9, 0.1)).name).toBe('small-r2');
  });
});

describe('the table of a loop', () => {
  it('sets each round beside the imitation and all rounds before it', () => {
    expect(roundPairs(scores(0.5, 0.6)).map(({ model, baseline }) => `${model} ${baseline}`)).toEqual([
      'small-r1 small',
      'small-r2 small',
      'small-r2 small-r1',
    ]);
  });

  it('has what was explored, learnt and scored, and the reason of the end', () => {
    const state = scores(0.5, 0.6);
    const difference = { value: 0.2, low: 0.1, high: 0.3 };
    const better = {
      evaluation: 'held-out',
      model: 'small-r2',
      baseline: 'small',
      difference,
      pValue: 0.01,
      isLargerThanNoise: true,
      problems: 100,
      visible: 0.05,
    };
    const text = describeLoop({
      ...state,
      comparisons: [better],
      stop: { reason: 'round-limit', words: 'all rounds are done' },
    });
    expect(text).toContain('Ended: **round-limit**. All rounds are done.');
    expect(text).toContain('| 0 | - | - | - | - | - | the seed | small v1 (imitation only) |');
    expect(text).toContain('| 2 | 50 | 300 | 90 | 30.0 % | 20 chains | 80 rows | small-r2 v1-00000000 |');
    expect(text).toContain('| round 2: small-r2 | 60.0 | 55.0 to 65.0 | 120 | small (+20.0) |');
    expect(text).toContain('80,000 tokens');
    expect(text).toContain('`runs/run/improvement/round-2/choice.md`');
  });

  it('shows a round that trained nothing', () => {
    const text = describeLoop({ ...after([roundResult(1, null)]), comparisons: [] });
    expect(text).toContain('| 1 | 50 | 300 | 90 | 30.0 % | 0 chains | nothing | - |');
  });
});
