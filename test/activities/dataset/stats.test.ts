import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistograms } from '../../../activities/dataset/stats-histograms.js';
import { createLengthCounts, verbosity } from '../../../activities/dataset/stats-verbosity.js';
import { addCounts, countExecution, countQuestion, NO_BUILD } from '../../../activities/dataset/stats.js';
import { chainRows } from '../../../activities/dataset/rows-chain.js';
import { questionRow } from '../../../activities/dataset/rows-question.js';
import type { JournalCall } from '../../../activities/question/journal.js';
import { playQuestion, questionRowOf, type Reply } from '../../fakes/histories.js';

const ranksOf = (tokens: readonly number[]) => {
  const lengths = createLengthCounts();
  for (const text_tokens of tokens) lengths.add({ rv_judge: 5, text_tokens });
  return lengths.finish();
};

describe('length part of RV', () => {
  it.each([
    ['one chain alone', [700], [4.5]],
    ['two chains', [10, 20], [2.25, 6.75]],
    ['ties share a rank', [10, 10, 10, 20], [3.375, 3.375, 3.375, 7.875]],
    ['all the same', [5, 5, 5], [4.5, 4.5, 4.5]],
    ['the order does not matter', [30, 10, 20], [7.5, 1.5, 4.5]],
    ['six decimals', [1, 2, 3, 4, 5, 6, 7], [0.642857, 1.928571, 3.214286, 4.5, 5.785714, 7.071429, 8.357143]],
  ])('%s: 9 * (shorter + half of the equal) / all', (_, tokens, expected) => {
    expect(tokens.map(ranksOf(tokens))).toEqual(expected);
  });

  it('is the definition, counted out, for any lengths; grows with the length; has the mean 4.5', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 }), (tokens) => {
        const rankOf = ranksOf(tokens);
        for (const one of tokens) {
          const shorter = tokens.filter((other) => other < one).length;
          const equal = tokens.filter((other) => other === one).length;
          expect(rankOf(one)).toBeCloseTo((9 * (shorter + equal / 2)) / tokens.length, 5);
          expect(tokens.every((other) => other <= one || rankOf(other) > rankOf(one))).toBe(true);
        }
        const mean = tokens.reduce((sum, one) => sum + rankOf(one), 0) / tokens.length;
        expect(mean).toBeCloseTo(4.5, 5);
      }),
    );
  });

  it('leaves chains out that the judge did not score', () => {
    const lengths = createLengthCounts();
    lengths.add({ rv_judge: null, text_tokens: 1 });
    lengths.add({ rv_judge: 5, text_tokens: null });
    lengths.add({ rv_judge: 5, text_tokens: 9 });
    const rankOf = lengths.finish();
    expect(rankOf(9)).toBe(4.5);
    expect(() => rankOf(1)).toThrow(/1 tokens/);
  });
});

const parts = fc.record({
  judge: fc.integer({ min: 0, max: 9 }),
  millionths: fc.integer({ min: 1, max: 8_999_999 }),
  weight: fc.constantFrom(0, 0.1, 0.3, 0.5, 0.7, 1),
});

describe('RV', () => {
  it.each([
    { name: 'half is rounded up, from above', judge: 5, length: 4, weight: 0.5, rv: 5 },
    { name: 'half is rounded up, from below', judge: 4, length: 5, weight: 0.5, rv: 5 },
    { name: 'just below half is not', judge: 4, length: 4.999, weight: 0.5, rv: 4 },
    { name: 'weight 0 gives the judge alone', judge: 7, length: 0.1, weight: 0, rv: 7 },
    { name: 'weight 1 gives the length alone', judge: 0, length: 6.5, weight: 1, rv: 7 },
    { name: 'inexact parts of an exact half', judge: 3, length: 8, weight: 0.3, rv: 5 },
    { name: 'the ends', judge: 9, length: 8.999999, weight: 0.5, rv: 9 },
  ])('$name', ({ judge, length, weight, rv }) => {
    expect(verbosity({ rv_judge: judge, text_tokens: 1 }, () => length, weight)).toEqual({ rv_length: length, rv });
  });

  it('can be made again from the columns of the row, and stays between its parts', () => {
    fc.assert(
      fc.property(parts, ({ judge, millionths, weight }) => {
        const length = millionths / 1e6;
        const { rv } = verbosity({ rv_judge: judge, text_tokens: 1 }, () => length, weight);
        expect(rv).toBeGreaterThanOrEqual(Math.floor(Math.min(judge, length)));
        expect(rv).toBeLessThanOrEqual(Math.ceil(Math.max(judge, length)));
        expect(Math.abs((rv ?? 0) - ((1 - weight) * judge + weight * length))).toBeLessThanOrEqual(0.500001);
      }),
    );
  });

  it('is null where the judge gave no score', () => {
    expect(verbosity({ rv_judge: null, text_tokens: 7 }, () => 1, 0.5)).toEqual({ rv_length: null, rv: null });
  });
});

const policy = {
  teachers: [{ pool: 't', chains: 2 }],
  keep: 'solution' as const,
  minVerified: 1,
  maxChains: 2,
  truncatedRetries: 0,
};
const reply = (): Reply => ({ kind: 'text', thought: 'a', solution: 'b' });
const context = { fingerprint: 'f', teachers: ['slow'], prompts: [] };

describe('counts', () => {
  const played = { ...playQuestion({ row: questionRowOf('q'), policy, reply }) };
  const count = () => countQuestion(questionRow(played, context), chainRows(played, context), played.history);

  it('counts questions and chains by outcome, teacher and round, usage by role and pool', () => {
    expect(count()).toMatchObject({
      questions: { total: 1, accepted: 1, rejected: 0, failed: 0, byReason: {} },
      chains: {
        total: 2,
        accepted: 2,
        byTeacher: { slow: { total: 2, accepted: 2, rejected: 0, failed: 0 } },
        byRound: { '0': { total: 2, accepted: 2 } },
        acceptedByRevision: { teacher: 2 },
      },
      usage: {
        byRole: { teacher: { calls: 2, inputTokens: 20, outputTokens: 200, cost: 0.2 } },
        byPool: { t: { calls: 2 } },
      },
    });
  });

  it('adds field by field and keeps names that only one side has', () => {
    expect(addCounts({ a: 1, by: { x: 1 } }, { a: 2, by: { y: 5 } })).toEqual({
      a: 3,
      by: { x: 1, y: 5 },
    });
    expect(addCounts(NO_BUILD, count())).toEqual(count());
  });

  it('writes rounds in the order of numbers and names in the order of letters', () => {
    const sum = addCounts({ '10': 1, b: 1 }, { '2': 1, a: 1 });
    expect(Object.keys(sum)).toEqual(['2', '10', 'a', 'b']);
  });

  it.each<[string, Partial<JournalCall>, object]>([
    ['paid by this execution', {}, { new: 1, reused: 0, repeated: 0 }],
    ['found in the ledger', { origin: 'reused' }, { new: 0, reused: 1, repeated: 0 }],
    ['paid by another', { execution: 'other' }, { new: 0, reused: 1, repeated: 0 }],
    ['paid twice by this execution', { origin: 'repeated' }, { new: 0, reused: 0, repeated: 1 }],
    ['paid twice by another', { origin: 'repeated', execution: 'other' }, { new: 0, reused: 1, repeated: 0 }],
  ])('a call %s', (_, change, expected) => {
    const [entry] = played.history.entries;
    const [call] = entry?.calls ?? [];
    if (!entry || !call) throw new Error('expected a call');
    const entries = [{ ...entry, calls: [{ ...call, ...change }] }];
    expect(countExecution({ entries }, 'e1').calls).toEqual(expected);
  });

  it('counts an answer that two chains share as one call paid and one reused, and its tokens once', () => {
    const [entry] = played.history.entries;
    const [call] = entry?.calls ?? [];
    if (!entry || !call) throw new Error('expected a call');
    const entries = [{ ...entry, calls: [call, { ...call, ask: 1, origin: 'reused' as const }] }];
    const history = { ...played.history, entries };
    expect(countExecution(history, 'e1')).toMatchObject({
      calls: { new: 1, reused: 1 },
      paid: { byRole: { teacher: { calls: 1 } } },
    });
    expect(chainRows({ ...played, history }, context).map(({ calls }) => calls)).toEqual([1, 0]);
    expect(questionRow({ ...played, history }, context)).toMatchObject({ calls: 1, output_tokens: 100 });
  });
});

describe('histograms', () => {
  const chain = {
    outcome: 'accepted' as const,
    scoring: 'scored' as const,
    rv: 3,
    rv_judge: 2,
    cd: 4,
    difficulty_before: 'easy',
    difficulty_after: 'medium',
    text_tokens: 10,
  };

  it('counts levels and difficulty of accepted chains, and ratings of all rated ones', () => {
    const histograms = createHistograms();
    histograms.add(chain);
    histograms.add({ ...chain, rv: 9, text_tokens: 30 });
    histograms.add({ ...chain, outcome: 'rejected', rv: 0, difficulty_after: 'hard' });
    histograms.add({
      ...chain,
      rv: null,
      rv_judge: null,
      cd: null,
      scoring: 'unscored',
      difficulty_before: null,
      difficulty_after: null,
      text_tokens: null,
    });
    const found = histograms.finish();
    expect(found.rv).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    expect(found.cd[4]).toBe(2);
    expect(found.rvByCd[4]).toEqual(found.rv);
    expect(found.scoring).toEqual({ scored: 2, unscored: 1, none: 0 });
    expect(found.difficultyBefore).toEqual({ easy: 2, medium: 0, hard: 0, unrated: 1 });
    expect(found.difficultyAfter).toEqual({ easy: 0, medium: 2, hard: 0, unrated: 1 });
    expect(found.ratedAfter).toEqual({ easy: 0, medium: 2, hard: 1, unrated: 0 });
    expect(found.tokens).toEqual({ p10: 10, p50: 10, p90: 30, p99: 30, max: 30 });
  });

  it('has no lengths without chains', () => {
    expect(createHistograms().finish().tokens).toBeNull();
  });
});
