import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordCache } from '../../../activities/ledger/record-cache.js';
import type { CallRecord } from '../../../activities/ledger/record.js';

const KILOBYTE = 1024;

/** A record of about twice so many bytes in memory, plus 2 KB for its frame. */
const recordOf = (key: string, characters: number): CallRecord => ({
  schema: 1,
  key,
  request: {
    role: 'judge',
    model: 'm',
    messages: [{ role: 'user', content: 'q' }],
    sampling: { seed: true },
    sample: 0,
    salt: '',
  },
  response: {
    thought: 'x'.repeat(characters),
    solution: '',
    thoughtFrom: 'none',
    thoughtOpen: false,
    finishReason: 'stop',
    modelReported: 'm',
    usage: { inputTokens: 1, outputTokens: 1, reasoningTokens: 0 },
  },
  pool: 'p',
  endpoint: '',
  latencyMs: 1,
  finishedAt: '',
  cost: 0,
  run: 'r',
  execution: 'e',
  asker: 'question/0/pool',
});

describe('record cache', () => {
  it('forgets what was used longest ago', () => {
    const cache = createRecordCache(32 * KILOBYTE);
    for (const key of ['a', 'b', 'c']) cache.add(recordOf(key, 4 * KILOBYTE));
    cache.get('a');
    cache.add(recordOf('d', 4 * KILOBYTE));
    expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key)?.key)).toEqual(['a', undefined, 'c', 'd']);
  });

  it('does not take what alone is too much, and keeps the rest', () => {
    const cache = createRecordCache(32 * KILOBYTE);
    cache.add(recordOf('small', KILOBYTE));
    cache.add(recordOf('giant', 40 * KILOBYTE));
    expect(cache.get('giant')).toBeUndefined();
    expect(cache.get('small')?.key).toBe('small');
  });

  it('never holds more than its limit, and counts down to nothing', () => {
    const additions = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 30 * KILOBYTE })));
    fc.assert(
      fc.property(additions, (added) => {
        const cache = createRecordCache(50 * KILOBYTE);
        for (const [key, characters] of added) {
          cache.add(recordOf(String(key), characters));
          expect(cache.bytes).toBeLessThanOrEqual(50 * KILOBYTE);
        }
        const held = [...Array(21).keys()].flatMap((key) => cache.get(String(key)) ?? []);
        const expected = held.reduce((sum, { response }) => sum + 2 * response.thought.length, 0);
        // The frame of each record and its prompt of one character come on top.
        expect(cache.bytes).toBe(expected + held.length * (2 * KILOBYTE + 2));
      }),
    );
  });
});
