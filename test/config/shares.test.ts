import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binPlan } from '../../activities/selection/quotas.js';
import { quotasOf, TrainingSet } from '../../config/training-set.js';

const seed = (fields: object) => TrainingSet.safeParse({ name: 'seed', kernel: { name: 'all' }, ...fields });
const messageOf = (fields: object): string => seed(fields).error?.issues[0]?.message ?? 'no fault';

describe('shares of a training set', () => {
  it('are exact numbers of chains, the rest with the largest remainders', () => {
    const shares = [
      { domain: 'math', cd: [5, 9], share: 0.5 },
      { domain: 'math', cd: [0, 4], share: 0.25 },
      { domain: 'code', share: 0.25 },
    ];
    const set = seed({ rows: 1101, shares }).data;
    expect(set && quotasOf(set)?.map(({ chains }) => chains)).toEqual([551, 275, 275]);
    expect(set && binPlan(set).rest).toMatchObject({ chains: 0 });
  });

  it('leave the rest to chains of no share', () => {
    const set = seed({ rows: 100, shares: [{ domain: 'math', share: 0.6 }] }).data;
    expect(set && binPlan(set)).toMatchObject({ bins: [{ domain: 'math', chains: 60 }], rest: { chains: 40 } });
  });

  it('sum up to the rows, each at most one chain off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 }),
        (rows, weights) => {
          const sum = weights.reduce((total, weight) => total + weight, 0);
          const shares = weights.map((weight, index) => ({ domain: `d${index}`, share: weight / sum }));
          const quotas = quotasOf({ rows, shares }) ?? [];
          expect(quotas.reduce((total, { chains }) => total + chains, 0)).toBe(rows);
          quotas.forEach(({ chains }, index) =>
            expect(Math.abs(chains - (rows * (weights[index] ?? 0)) / sum)).toBeLessThan(1 + 1e-6),
          );
        },
      ),
    );
  });

  it.each([
    ['rows', { shares: [{ domain: 'math', share: 0.5 }] }, 'expected rows'],
    [
      'less than all',
      {
        rows: 10,
        shares: [
          { domain: 'a', share: 0.7 },
          { domain: 'b', share: 0.7 },
        ],
      },
      'at most 1 in all',
    ],
    [
      'different chains',
      {
        rows: 10,
        shares: [
          { domain: 'a', share: 0.2 },
          { cd: [0, 3], share: 0.2 },
        ],
      },
      'overlaps shares[0]',
    ],
    ['no quotas', { rows: 10, shares: [{ share: 0.2 }], quotas: [{ domain: 'a', chains: 1 }] }, 'not both'],
  ])('need %s', (_name, fields, message) => {
    expect(messageOf(fields)).toContain(message);
  });
});
