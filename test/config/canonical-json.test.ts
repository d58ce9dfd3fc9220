import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../config/canonical-json.js';

describe('canonicalJson', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: { d: [3, { z: null, y: true }], c: 'x' } }, '{"a":{"c":"x","d":[3,{"y":true,"z":null}]},"b":1}'],
    [{ kept: null, dropped: undefined }, '{"kept":null}'],
    [[1, undefined, 2], '[1,null,2]'],
    [[-0, 1e21, 0.1, 1.0], '[0,1e+21,0.1,1]'],
    ['"\u2028\ud800é', '"\\"\u2028\\ud800é"'],
    [{ 10: 'x', 9: 'y', é: 1, Z: 2 }, '{"10":"x","9":"y","Z":2,"é":1}'],
    [undefined, 'null'],
    [{}, '{}'],
  ])('writes %j', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it.each<[unknown, string]>([
    [{ a: [NaN] }, '$.a[0]'],
    [Infinity, '$'],
    [{ when: new Date(0) }, 'an instance of Date'],
    [{ m: new Map() }, 'an instance of Map'],
    [{ f: () => 1 }, 'function'],
    [{ n: 1n }, 'bigint'],
  ])('refuses what JSON would lose: %#', (value, expected) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).toThrow(expected);
  });

  it('does not change over a JSON round trip', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(text);
      }),
    );
  });

  it('is the same text exactly when the values are the same JSON, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(canonicalJson(reordered(one))).toBe(canonicalJson(one));
        expect(canonicalJson(one) === canonicalJson(other)).toBe(deepEqual(one, other));
      }),
    );
  });
});

/** The same value with the keys of every object in reverse order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reordered(field)]),
  );
}

const deepEqual = (one: unknown, other: unknown): boolean => {
  try {
    expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(other)));
    return true;
  } catch {
    return false;
  }
};
