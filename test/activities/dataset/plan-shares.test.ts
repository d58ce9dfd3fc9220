import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut, type ShareClaim } from '../../../activities/dataset/plan-shares.js';

const claims = (...pairs: [weight: number, available: number][]): ShareClaim[] =>
  pairs.map(([weight, available]) => ({ weight, available }));

describe('shareOut', () => {
  it.each<[string, ShareClaim[], number, number[]]>([
    ['by weight', claims([1, 100], [3, 100]), 40, [10, 30]],
    ['the rest by largest remainder', claims([1, 100], [1, 100], [1, 100]), 10, [4, 3, 3]],
    ['the remainder to whom it is nearest', claims([1, 100], [2, 100]), 10, [3, 7]],
    ['what one has not to the others', claims([1, 2], [1, 100]), 10, [2, 8]],
    ['what several have not, step by step', claims([6, 1], [3, 4], [1, 100], [1, 100]), 15, [1, 4, 5, 5]],
    ['all that there is', claims([1, 3], [1, 4]), 10, [3, 4]],
    ['nothing to an empty source', claims([5, 0], [1, 9]), 4, [0, 4]],
    ['fractions of weights', claims([0.1, 100], [0.2, 100]), 30, [10, 20]],
  ])('gives %s', (...[, list, total, shares]) => {
    expect(shareOut(list, total)).toEqual(shares);
  });

  const claim = fc.record({ weight: fc.double({ min: 0.01, max: 100, noNaN: true }), available: fc.nat(200) });

  it('gives whole shares that add up, none above what is there', () => {
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 8 }), fc.nat(500), (list, total) => {
        const shares = shareOut(list, total);
        const available = list.reduce((sum, { available: has }) => sum + has, 0);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.min(total, available));
        shares.forEach((share, index) => {
          expect(Number.isInteger(share) && share >= 0).toBe(true);
          expect(share).toBeLessThanOrEqual(list[index]?.available ?? 0);
        });
      }),
    );
  });

  it('leaves a source short of its weight only when it has no more', () => {
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 8 }), fc.nat(500), (list, total) => {
        const weights = list.reduce((sum, { weight }) => sum + weight, 0);
        shareOut(list, total).forEach((share, index) => {
          const { weight, available } = list[index] ?? { weight: 0, available: 0 };
          expect(share).toBeGreaterThanOrEqual(Math.min(available, Math.floor((total * weight) / weights - 1e-6)));
        });
      }),
    );
  });
});
