import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callKey } from '../../../activities/ledger/call-key.js';
import { decodeRecord, encodeRecord } from '../../../activities/ledger/record-codec.js';
import type { CallRecord } from '../../../activities/ledger/record.js';
import { isSealed, openRecord, sealRecord } from '../../../activities/ledger/sealed-record.js';

const request = (question: string): CallRecord['request'] => ({
  role: 'student',
  model: 'm',
  messages: [{ role: 'user', content: question }],
  sampling: { seed: true },
  sample: 0,
  salt: '',
});

function recordOf(question: string, thought: string, solution: string): CallRecord {
  const asked = request(question);
  return {
    schema: 1,
    key: callKey(asked),
    request: asked,
    response: {
      thought,
      solution,
      thoughtFrom: 'inline',
      thoughtOpen: false,
      finishReason: 'stop',
      modelReported: 'm',
      usage: { inputTokens: 1, outputTokens: 2, reasoningTokens: 0 },
    },
    pool: 'p',
    endpoint: 'http://localhost/v1',
    latencyMs: 1,
    finishedAt: '2026-01-01T00:00:00Z',
    cost: 0,
    run: 'r',
    execution: 'e',
    asker: 'a',
  };
}

describe('a sealed record', () => {
  it('is opened by its own request and says nothing without it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (question, thought, solution) => {
        const record = recordOf(question, thought, solution);
        const stored = decodeRecord(encodeRecord(sealRecord(record)), record.key);
        expect(stored.key).toBe(callKey(record.request));
        expect(openRecord(stored, record.request)).toEqual(record);
      }),
    );
    const planted = 'the glumon is heaviest';
    const sealed = sealRecord(recordOf(planted, `So ${planted}?`, `${planted}.`));
    expect(isSealed(sealed)).toBe(true);
    expect(JSON.stringify(sealed)).not.toContain('glumon');
    expect(() => openRecord(sealed, request('another question'))).toThrow();
  });

  it('is told apart from one that anybody may read', () => {
    const record = recordOf('1 + 1?', '', '2');
    expect(isSealed(record)).toBe(false);
    expect(openRecord(record, record.request)).toBe(record);
  });
});
