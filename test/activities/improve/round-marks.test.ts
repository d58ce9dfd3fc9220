import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseForDpo, chooseForSft } from '../../../activities/improve/choose-chains.js';
import type { ExploredQuestion, Rollout, RolloutVerdict } from '../../../activities/improve/explored.js';
import {
  choiceSpreads,
  exampleIds,
  markRound,
  rolloutPoints,
  shownRollouts,
  type MarkedQuestion,
  type RoundMarks,
} from '../../../activities/improve/round-marks.js';

const SFT = { passRate: { low: 0, high: 0.75 }, chainsPerQuestion: 1, perplexityQuantiles: { low: 0, high: 1 } };
const DPO = { passRate: { low: 0, high: 0.75 }, pairsPerQuestion: 2, truncatedIsWrong: false };

const rollout = (chainIndex: number, verdict: RolloutVerdict, fields: Partial<Rollout> = {}): Rollout => ({
  chainId: `c${chainIndex}`,
  ...{ chainIndex, verdict, thoughtId: `t${chainIndex}`, tokens: 100 + chainIndex, perplexity: 1 + chainIndex },
  ...fields,
});
const question = (questionId: string, ...rollouts: readonly Rollout[]): ExploredQuestion => ({
  ...{ questionId, domain: null },
  rollouts: rollouts.map((one) => ({ ...one, chainId: `${questionId}-${one.chainId}` })),
});
const explored = [
  question('easy', rollout(0, 'right')),
  question('hard', rollout(0, 'right'), rollout(1, 'right'), rollout(2, 'wrong'), rollout(3, 'truncated')),
  question('hopeless', rollout(0, 'wrong'), rollout(1, 'unusable', { tokens: null, perplexity: null })),
];
const fates = (marks: RoundMarks): Record<string, readonly string[]> =>
  Object.fromEntries(
    [...marks].map(([id, { fate, rollouts }]) => [id, [fate, ...[...rollouts.values()].map((one) => one.fate)]]),
  );

describe('what became of a round', () => {
  it('is told of every question and every rollout: SFT', () => {
    expect(fates(markRound(explored, chooseForSft(explored, SFT)))).toEqual({
      easy: ['too-easy', 'too-easy'],
      hard: ['chosen', 'others-preferred', 'chosen', 'wrong', 'truncated'],
      hopeless: ['no-right-chain', 'wrong', 'unusable'],
    });
  });

  it('and both sides of each pair: DPO', () => {
    const marks = markRound(explored, chooseForDpo(explored, DPO));
    expect(fates(marks)).toEqual({
      easy: ['too-easy', 'too-easy'],
      hard: ['chosen', 'others-preferred', 'chosen', 'rejected', 'truncated'],
      hopeless: ['no-right-chain', 'others-preferred', 'unusable'],
    });
    expect(marks.get('hard')?.pairs).toEqual([{ chosen: 1, rejected: 2 }]);
  });

  it('agrees with the counts of the choice, whatever was explored', () => {
    const verdicts = ['right', 'wrong', 'undecided', 'truncated', 'unusable'] as const;
    const anyRound = fc.array(fc.array(fc.constantFrom(...verdicts), { maxLength: 6 }), { maxLength: 8 });
    fc.assert(
      fc.property(anyRound, fc.boolean(), (rounds, isSft) => {
        const questions = rounds.map((own, at) => question(`q${at}`, ...own.map((one, index) => rollout(index, one))));
        const choice = isSft ? chooseForSft(questions, SFT) : chooseForDpo(questions, DPO);
        const marked = [...markRound(questions, choice).values()];
        const hard = marked.filter(({ fate }) => fate !== 'too-easy' && fate !== 'too-hard');
        const counted = (reason: string): number =>
          hard.flatMap(({ rollouts }) => [...rollouts.values()]).filter(({ fate }) => fate === reason).length;
        for (const [reason, entry] of Object.entries(choice.chainsLeftOut)) expect(counted(reason)).toBe(entry.count);
        expect(counted('chosen')).toBe(choice.variant === 'sft' ? choice.chains.length : choice.pairs.length);
        expect(counted('rejected')).toBe(choice.variant === 'sft' ? 0 : choice.pairs.length);
      }),
    );
  });
});

describe('the examples of a round', () => {
  const many = Array.from({ length: 200 }, (_, n) =>
    question(`q${String(n).padStart(3, '0')}`, rollout(0, 'right'), rollout(1, 'wrong'), rollout(2, 'wrong')),
  );
  const marks = markRound(many, chooseForSft(many, SFT));

  it('are the questions with the smallest ids of every reason, and not more of them with more questions', () => {
    expect(exampleIds(marks)).toEqual(many.slice(0, 24).map(({ questionId }) => questionId));
    const mixed = markRound([...many, ...explored], chooseForSft([...many, ...explored], SFT));
    expect(exampleIds(mixed)).toEqual(expect.arrayContaining(['easy', 'hopeless']));
  });

  it('have the texts of what is learnt, and of the first rollout of every other reason', () => {
    const [first] = marks.values();
    expect([...shownRollouts(first as MarkedQuestion)]).toEqual([0, 1]);
    const pairs = markRound(explored, chooseForDpo(explored, DPO)).get('hard');
    expect([...shownRollouts(pairs as MarkedQuestion)]).toEqual([0, 1, 2, 3]);
  });

  it('have dots of measured rollouts, what is learnt first, and no more of them with more rollouts', () => {
    const points = rolloutPoints(marks);
    expect(points).toHaveLength(300);
    expect(points.slice(0, 200).every(({ fate }) => fate === 'chosen')).toBe(true);
    expect(rolloutPoints(markRound(explored, chooseForDpo(explored, DPO)))).toHaveLength(6);
  });
});

describe('lengths and perplexities of a choice', () => {
  it.each([
    ['sft', [['chosen', 1, 101, 101, 101]]],
    ['dpo', [['chosen', 1, 101, 101, 101], ['rejected', 1, 102, 102, 102]]], // prettier-ignore
  ] as const)('of %s', (variant, expected) => {
    const choice = variant === 'sft' ? chooseForSft(explored, SFT) : chooseForDpo(explored, DPO);
    const { lengths, perplexities } = choiceSpreads(choice);
    expect(lengths.map(({ side, count, min, median, max }) => [side, count, min, median, max])).toEqual(expected);
    expect(perplexities).toHaveLength(expected.length);
  });

  it('are none where nothing was chosen', () => {
    expect(choiceSpreads(chooseForSft([], SFT))).toEqual({ lengths: [], perplexities: [] });
  });
});
