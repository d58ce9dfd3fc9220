import { describe, expect, it } from 'vitest';
import { fits } from '../../../activities/sources/row-conditions.js';

const row = { level: 'Level 5', type: 'algebra', score: 0.25, hard: true, meta: { rank: 3 }, none: null };

describe('rows that a source takes', () => {
  it.each([
    ['all without a condition', undefined, true],
    ['a level in words', [{ field: 'level', atLeast: 4 }], true],
    ['not a lower level', [{ field: 'level', atMost: 4 }], false],
    ['a domain', [{ field: 'type', oneOf: ['algebra', 'geometry'] }], true],
    ['not another domain', [{ field: 'type', oneOf: ['geometry'] }], false],
    ['a pass rate in a band', [{ field: 'score', atLeast: 0.1, atMost: 0.5 }], true],
    ['a truth value', [{ field: 'hard', oneOf: [true] }], true],
    ['a field below', [{ field: 'meta.rank', oneOf: [3] }], true],
    [
      'only where all hold',
      [
        { field: 'type', oneOf: ['algebra'] },
        { field: 'score', atLeast: 0.5 },
      ],
      false,
    ],
    ['not without the field', [{ field: 'difficulty', atLeast: 0 }], false],
    ['not where it is empty', [{ field: 'none', atMost: 9 }], false],
    ['not a text without a number', [{ field: 'type', atLeast: 0 }], false],
  ])('%s', (_name, conditions, expected) => {
    expect(fits(row, conditions)).toBe(expected);
  });
});
