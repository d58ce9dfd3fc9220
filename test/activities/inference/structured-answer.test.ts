import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { correctiveMessages, parseStructured } from '../../../activities/inference/structured-answer.js';
import type { CallRequest, CallResponse } from '../../../activities/ledger/record.js';

const Score = z.object({ score: z.int().min(0).max(9) });

const response = (solution: string, more: Partial<CallResponse> = {}): CallResponse => ({
  thought: '',
  solution,
  thoughtFrom: 'none',
  thoughtOpen: false,
  finishReason: 'stop',
  modelReported: 'm',
  usage: { inputTokens: 1, outputTokens: 1, reasoningTokens: 0 },
  ...more,
});

describe('what is read', () => {
  it.each([
    ['bare', '{"score": 4}'],
    ['in a code fence', '```json\n{"score": 4}\n```'],
    ['after prose with braces', 'The set {1, 2} is small.\n{"score": 4}'],
    ['the last of several', '{"score": 1}\nNo, wait.\n{"score": 4}'],
    ['before a remark', '{"score": 4}\nThis stands for {detailed}.'],
    ['with keys that nobody asked for', '{"rationale": "a \\"{\\" in a string", "score": 4, "parts": {"score": 1}}'],
  ])('%s', (_, text) => {
    expect(parseStructured(Score, response(text))).toEqual({ ok: true, value: { score: 4 } });
  });
});

describe('what is a fault', () => {
  it.each([
    ['a number in prose', 'The score is 4.', 'no valid JSON object'],
    ['a bare number', '4', 'no valid JSON object'],
    ['a number as text', '{"score": "4"}', 'breaks the schema: score'],
    ['a number out of range', '{"score": 10}', 'breaks the schema: score'],
    ['a fraction', '{"score": 4.5}', 'breaks the schema: score'],
    ['another object', '{"rating": 4}', 'breaks the schema: score'],
    ['broken JSON', '{"score": 4', 'no valid JSON object'],
    ['a single backslash', '{"rationale": "\\( x \\)", "score": 4}', 'backslashes'],
    ['nothing', ' ', 'empty'],
  ])('%s', (_, text, fault) => {
    expect(parseStructured(Score, response(text))).toEqual({
      ok: false,
      fault: expect.stringContaining(fault) as string,
    });
  });

  it('a cut or withheld answer, even when it could be read', () => {
    const text = '{"score": 4}';
    expect(parseStructured(Score, response(text, { finishReason: 'length' }))).toMatchObject({
      fault: expect.stringContaining('cut') as string,
    });
    expect(parseStructured(Score, response(text, { finishReason: 'content-filter' }))).toMatchObject({ ok: false });
  });

  it('an answer that stands in the thought only', () => {
    expect(parseStructured(Score, response('', { thought: '{"score": 4}' })).ok).toBe(false);
  });
});

it('never throws and never invents', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (noise, number) => {
      const bare = parseStructured(Score, response(`${noise.replaceAll('{', '')} ${number}`));
      expect(bare.ok).toBe(false);
    }),
  );
});

it('quotes the answer and the fault in the corrective ask', () => {
  const request: CallRequest = {
    role: 'scorer',
    model: 'm',
    messages: [{ role: 'user', content: 'Score it.' }],
    sampling: { seed: true },
    sample: 0,
    salt: '',
  };
  const messages = correctiveMessages(request, response('It is a 4.'), 'it was wrong');
  expect(messages.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
  expect(messages[1]?.content).toBe('It is a 4.');
  expect(messages[2]?.content).toContain('it was wrong');
  expect(correctiveMessages(request, response(''), 'it was empty')[1]?.content).not.toBe('');
});
