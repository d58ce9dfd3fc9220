import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareFast } from '../../../activities/grading/fast-path.js';
import { answerPairs } from './answer-pairs.js';

const integer = fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n });

function grouped(value: bigint, separator: string): string {
  const digits = (value < 0n ? -value : value).toString().replace(/\B(?=(\d{3})+$)/g, separator);
  return value < 0n ? `-${digits}` : digits;
}

const spellings: readonly ((value: bigint) => string)[] = [
  (value) => value.toString(),
  (value) => `${value}.00`,
  (value) => `$${value}$`,
  (value) => `\\(${value}\\)`,
  (value) => `\\text{${value}}`,
  (value) => ` **${value}** `,
  (value) => `${value}.`,
  (value) => grouped(value, ','),
  (value) => grouped(value, ',\\!'),
  (value) => grouped(value, '{,}'),
  (value) => `\\frac{${value * 3n}}{3}`,
  (value) => `${value * 7n}/7`,
  (value) => `${value * 10n}e-1`,
  (value) => `${value} \\text{ apples}`,
  (value) => `${value} units`,
];
const spelling = fc.constantFrom(...spellings);

const pieces = fc
  .array(
    fc.constantFrom(
      '\\frac',
      '{',
      '}',
      '1',
      '2',
      ',',
      '.',
      '/',
      ' ',
      '$',
      '\\',
      '%',
      '^',
      '-',
      'x',
      ' km',
      '(',
      ')',
      'C',
      ':',
      '_',
      '\\text{',
      'e',
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''));

describe('compareFast', () => {
  it.each(answerPairs())('says $fast of $reference and $answer, in both orders', ({ reference, answer, fast }) => {
    expect(compareFast(reference, answer).verdict).toBe(fast);
    expect(compareFast(answer, reference).verdict).toBe(fast);
  });

  it('takes two spellings of one integer as equal', () => {
    fc.assert(
      fc.property(integer, spelling, spelling, (value, left, right) => {
        expect(compareFast(left(value), right(value)).verdict).toBe('equal');
      }),
    );
  });

  it('takes a currency sign on one side for nothing', () => {
    fc.assert(
      fc.property(integer, (value) => {
        expect(compareFast(`\\$${value}`, grouped(value, ',')).verdict).toBe('equal');
        expect(compareFast(`$${value}.00`, `${value} dollars`).verdict).toBe('equal');
      }),
    );
  });

  it('tells different integers apart in every spelling', () => {
    fc.assert(
      fc.property(
        integer,
        fc.bigInt({ min: 1n, max: 1000n }),
        fc.tuple(spelling, spelling),
        (value, gap, [left, right]) => {
          expect(compareFast(left(value), right(value + gap)).verdict).toBe('different');
        },
      ),
    );
  });

  it('compares fractions by their value', () => {
    const natural = fc.bigInt({ min: 1n, max: 10n ** 20n });
    fc.assert(
      fc.property(natural, natural, natural, (top, bottom, factor) => {
        const other = `${top * factor}/${bottom * factor}`;
        expect(compareFast(`\\frac{${top}}{${bottom}}`, other).verdict).toBe('equal');
        expect(compareFast(`\\frac{${top}}{${bottom}}`, `${top * factor + 1n}/${bottom * factor}`).verdict).toBe(
          'different',
        );
      }),
    );
  });

  it('never calls a rounded decimal different', () => {
    const fraction = fc.record({ top: fc.integer({ min: 1, max: 999 }), bottom: fc.integer({ min: 1, max: 99 }) });
    fc.assert(
      fc.property(fraction, fc.integer({ min: 1, max: 6 }), ({ top, bottom }, digits) => {
        expect(compareFast(`${top}/${bottom}`, (top / bottom).toFixed(digits)).verdict).not.toBe('different');
      }),
    );
  });

  it('is symmetric and never throws', () => {
    fc.assert(
      fc.property(pieces, pieces, (left, right) => {
        expect(compareFast(left, right).verdict).toBe(compareFast(right, left).verdict);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (left, right) => void compareFast(left, right),
      ),
    );
  });

  it('reads every text as equal to itself', () => {
    fc.assert(
      fc.property(
        pieces.filter((text) => text.trim() !== ''),
        (text) => {
          expect(compareFast(text, text).verdict).toBe('equal');
        },
      ),
    );
  });

  it.each([
    '1',
    '1,',
    '1,111',
    '\\frac{',
    '\\text{',
    '{',
    '$',
    ' ',
    '-',
    '1 ',
    'km ',
    '\\',
    '\\\\',
    '1/',
    '**',
    'square ',
  ])('takes little time for many %j', (part) => {
    const started = performance.now();
    for (const chars of [3_900, 200_000]) {
      const text = part.repeat(chars / part.length);
      compareFast(text, `${text}2`);
      compareFast(`${text}x`, text);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
