import { describe, expect, it } from 'vitest';
import { readField, readFields } from '../../../activities/sources/field-path.js';

const row = { a: { b: [{ c: 1 }, { c: 2 }], empty: [] }, text: 'abc' };

describe('readField', () => {
  it.each([
    ['text', 'abc'],
    ['a.b.1.c', 2],
    ['a.b.2.c', undefined],
    ['a.x.y', undefined],
    ['text.length', undefined],
    ['a.b.length', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s is %j', (path, value) => {
    expect(readField(row, path)).toEqual(value);
  });
});

describe('readFields', () => {
  it.each([
    ['text', [{ path: 'text', value: 'abc' }]],
    [
      'a.b.*.c',
      [
        { path: 'a.b.0.c', value: 1 },
        { path: 'a.b.1.c', value: 2 },
      ],
    ],
    ['a.empty.*', []],
    ['a.missing.*.c', [{ path: 'a.missing.*.c', value: undefined }]],
    ['text.*', [{ path: 'text.*', value: undefined }]],
  ])('%s finds %j', (path, found) => {
    expect(readFields(row, path)).toEqual(found);
  });
});
