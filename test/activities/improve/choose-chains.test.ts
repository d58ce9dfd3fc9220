import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseForDpo,
  chooseForSft,
  quantileBand,
  type DpoChoosing,
  type SftChoosing,
} from '../../../activities/improve/choose-chains.js';
import { passRate, type ExploredQuestion, type LeftOut, type Rollout } from '../../../activities/improve/explored.js';

const EVERYTHING = { low: 0, high: 1 };
const SFT: SftChoosing = { passRate: EVERYTHING, chainsPerQuestion: 1, perplexityQuantiles: EVERYTHING };
const DPO: DpoChoosing = { passRate: EVERYTHING, pairsPerQuestion: 1, truncatedIsWrong: false };

let index = 0;
const rollout = (chainId: string, fields: Partial<Rollout>): Rollout => ({
  chainId,
  chainIndex: index++,
  verdict: 'right',
  thoughtId: chainId,
  tokens: 100,
  perplexity: 2,
  ...fields,
});
const question = (questionId: string, rollouts: readonly Rollout[]): ExploredQuestion => ({
  questionId,
  domain: 'math',
  rollouts,
});

describe('what is learnt by SFT', () => {
  it('is the longest right chain within the band of perplexities', () => {
    const explored = [
      question('q', [
        rollout('short', { tokens: 50, perplexity: 2 }),
        rollout('long', { tokens: 300, perplexity: 3 }),
        rollout('longest-and-odd', { tokens: 900, perplexity: 40 }),
        rollout('wrong', { verdict: 'wrong', tokens: 500 }),
        rollout('cut', { verdict: 'truncated', tokens: 4000 }),
      ]),
    ];
    const choice = chooseForSft(explored, { ...SFT, perplexityQuantiles: { low: 0, high: 0.5 } });
    expect(choice.chains.map(({ chainId }) => chainId)).toEqual(['long']);
    expect(choice.perplexity).toEqual({ low: 2, high: 3 });
    expect(choice.chainsLeftOut).toEqual({
      'others-preferred': { count: 1, examples: ['short'] },
      'perplexity-above': { count: 1, examples: ['longest-and-odd'] },
      truncated: { count: 1, examples: ['cut'] },
      wrong: { count: 1, examples: ['wrong'] },
    });
    expect(choice).toMatchObject({ questions: 1, rollouts: 5, right: 3, passRate: 0.6, questionsLeftOut: {} });
  });

  it('has no chain that repeats itself or has no end, however long', () => {
    const explored = [
      question('q', [
        rollout('circles', { tokens: 900, broken: 'repetition' }),
        rollout('open', { tokens: 800, broken: 'no-end' }),
        rollout('whole', { tokens: 90 }),
      ]),
    ];
    const { chains, chainsLeftOut } = chooseForSft(explored, SFT);
    expect(chains.map(({ chainId }) => chainId)).toEqual(['whole']);
    expect(Object.keys(chainsLeftOut)).toEqual(['filtered-no-end', 'filtered-repetition']);
  });

  it('is of hard questions: a pass rate in the band', () => {
    const explored = [
      question('easy', [rollout('a', {}), rollout('b', {})]),
      question('hard', [rollout('c', {}), rollout('d', { verdict: 'wrong' }), rollout('e', { verdict: 'wrong' })]),
      question('hopeless', [rollout('f', { verdict: 'wrong' })]),
    ];
    const choice = chooseForSft(explored, { ...SFT, passRate: { low: 0.01, high: 0.75 } });
    expect(choice.chains.map(({ questionId }) => questionId)).toEqual(['hard']);
    expect(choice.questionsLeftOut).toEqual({
      'too-easy': { count: 1, examples: ['easy'] },
      'too-hard': { count: 1, examples: ['hopeless'] },
    });
  });
});

describe('what is learnt by DPO', () => {
  it('is the right chain with the highest perplexity over the wrong one with the lowest', () => {
    const explored = [
      question('q', [
        rollout('r2', { perplexity: 2 }),
        rollout('r9', { perplexity: 9 }),
        rollout('w3', { verdict: 'wrong', perplexity: 3 }),
        rollout('w1', { verdict: 'wrong', perplexity: 1.1 }),
      ]),
    ];
    const { pairs, chainsLeftOut } = chooseForDpo(explored, DPO);
    expect(pairs.map(({ chosen, rejected }) => [chosen.chainId, rejected.chainId])).toEqual([['r9', 'w1']]);
    expect(chainsLeftOut).toEqual({ 'others-preferred': { count: 2, examples: ['r2', 'w3'] } });
  });

  it('takes chains that were cut for wrong only when told to', () => {
    const explored = [question('q', [rollout('r', {}), rollout('cut', { verdict: 'truncated', broken: 'no-end' })])];
    const without = chooseForDpo(explored, DPO);
    expect(without.pairs).toEqual([]);
    expect(without.questionsLeftOut).toEqual({ 'no-wrong-chain': { count: 1, examples: ['q'] } });
    expect(chooseForDpo(explored, { ...DPO, truncatedIsWrong: true }).pairs).toHaveLength(1);
  });
});

const VERDICTS = ['right', 'wrong', 'undecided', 'truncated', 'unusable'] as const;
const THOUGHTS = 5;
const anyRollout = fc.record({
  verdict: fc.constantFrom(...VERDICTS),
  broken: fc.option(fc.constantFrom('repetition', 'no-end', 'short'), { nil: undefined }),
  thought: fc.nat(THOUGHTS - 1),
  tokens: fc.option(fc.nat(1000), { nil: null }),
});
const anyPerplexity = fc.option(fc.double({ min: 1, max: 50, noNaN: true }), { nil: null });
/** Rollouts of a question, and the perplexities of its thoughts: equal thoughts have equal ones. */
const anyQuestion = fc
  .tuple(fc.array(anyRollout, { maxLength: 8 }), fc.array(anyPerplexity, { minLength: THOUGHTS, maxLength: THOUGHTS }))
  .map(([rollouts, perplexities]) =>
    rollouts.map(({ thought, ...rest }) => ({
      ...rest,
      thoughtId: `t${thought}`,
      perplexity: perplexities[thought] ?? null,
    })),
  );
const anyRound = fc.array(anyQuestion, { maxLength: 12 }).map((questions) =>
  questions.map((rollouts, at) =>
    question(
      `q${at}`,
      rollouts.map((one, place) => ({ ...one, chainId: `q${at}-${place}`, chainIndex: place })),
    ),
  ),
);
const anyBand = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));
const anySft = fc.record({
  passRate: anyBand,
  chainsPerQuestion: fc.integer({ min: 1, max: 3 }),
  perplexityQuantiles: anyBand,
});
const anyDpo = fc.record({
  passRate: anyBand,
  pairsPerQuestion: fc.integer({ min: 1, max: 3 }),
  truncatedIsWrong: fc.boolean(),
});

const shuffled = (explored: readonly ExploredQuestion[]): ExploredQuestion[] =>
  explored.map((one) => ({ ...one, rollouts: [...one.rollouts].reverse() })).reverse();
const total = (counts: Readonly<Record<string, LeftOut | undefined>>): number =>
  Object.values(counts).reduce((sum, entry) => sum + (entry?.count ?? 0), 0);
const hardRollouts = (explored: readonly ExploredQuestion[], { low, high }: { low: number; high: number }): number =>
  explored
    .filter(({ rollouts }) => (passRate(rollouts) ?? 0) >= low && (passRate(rollouts) ?? 0) <= high)
    .reduce((sum, { rollouts }) => sum + rollouts.length, 0);
const byId = (explored: readonly ExploredQuestion[]): Map<string, Rollout> =>
  new Map(explored.flatMap(({ rollouts }) => rollouts.map((one) => [one.chainId, one] as const)));

describe('choosing', () => {
  it('follows from what was explored, whatever the order', () => {
    fc.assert(
      fc.property(anyRound, anySft, anyDpo, (explored, sft, dpo) => {
        expect(chooseForSft(shuffled(explored), sft)).toEqual(chooseForSft(explored, sft));
        expect(chooseForDpo(shuffled(explored), dpo)).toEqual(chooseForDpo(explored, dpo));
      }),
    );
  });

  it('counts every rollout of a hard question once: chosen, or left out for a reason', () => {
    fc.assert(
      fc.property(anyRound, anySft, anyDpo, (explored, sft, dpo) => {
        const { chains, chainsLeftOut } = chooseForSft(explored, sft);
        expect(chains.length + total(chainsLeftOut)).toBe(hardRollouts(explored, sft.passRate));
        const { pairs, chainsLeftOut: rest } = chooseForDpo(explored, dpo);
        expect(2 * pairs.length + total(rest)).toBe(hardRollouts(explored, dpo.passRate));
      }),
    );
  });

  it('never learns from a wrong, broken or unmeasured chain, and never more of a question than it may', () => {
    fc.assert(
      fc.property(anyRound, anySft, anyDpo, (explored, sft, dpo) => {
        const rollouts = byId(explored);
        const { chains } = chooseForSft(explored, sft);
        const { pairs } = chooseForDpo(explored, dpo);
        for (const { chainId } of [...chains, ...pairs.map(({ chosen }) => chosen)]) {
          const one = rollouts.get(chainId);
          expect(one?.verdict).toBe('right');
          expect(one?.broken).toBeUndefined();
          expect(one?.perplexity).not.toBeNull();
        }
        for (const { questionId, chosen, rejected } of pairs) {
          expect(['wrong', 'truncated']).toContain(rollouts.get(rejected.chainId)?.verdict);
          expect(chosen.questionId).toBe(questionId);
          expect(rejected.questionId).toBe(questionId);
        }
        const most = (ids: readonly string[]) =>
          Math.max(0, ...ids.map((id) => ids.filter((one) => one === id).length));
        expect(most(chains.map(({ questionId }) => questionId))).toBeLessThanOrEqual(sft.chainsPerQuestion);
        expect(most(pairs.map(({ questionId }) => questionId))).toBeLessThanOrEqual(dpo.pairsPerQuestion);
        expect(new Set(chains.map(({ chainId }) => chainId)).size).toBe(chains.length);
      }),
    );
  });

  it('pairs the extremes: no usable right chain is more surprising than the first chosen one', () => {
    fc.assert(
      fc.property(anyRound, (explored) => {
        for (const { questionId, chosen, rejected } of chooseForDpo(explored, DPO).pairs) {
          const own = explored.find((one) => one.questionId === questionId)?.rollouts ?? [];
          const usable = own.filter(({ broken, perplexity }) => broken === undefined && perplexity !== null);
          for (const { verdict, perplexity } of usable) {
            if (verdict === 'right') expect(perplexity).toBeLessThanOrEqual(chosen.perplexity);
            if (verdict === 'wrong') expect(perplexity).toBeGreaterThanOrEqual(rejected.perplexity);
          }
        }
      }),
    );
  });
});

describe('a band of quantiles', () => {
  it.each([
    ['nothing', { values: [], low: 0, high: 1 }, null],
    ['the whole range', { values: [3, 1, 2], low: 0, high: 1 }, { low: 1, high: 3 }],
    ['the lower half, widened', { values: [1, 2, 3, 4], low: 0, high: 0.5 }, { low: 1, high: 3 }],
    ['one value', { values: [7], low: 0.2, high: 0.8 }, { low: 7, high: 7 }],
  ])('is %s', (_name, { values, ...quantiles }, band) => {
    expect(quantileBand(values, quantiles)).toEqual(band);
  });
});
