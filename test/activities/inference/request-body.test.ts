import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestBody } from '../../../activities/inference/request-body.js';
import { callKey } from '../../../activities/ledger/call-key.js';
import type { CallRequest } from '../../../activities/ledger/record.js';

const request: CallRequest = {
  role: 'teacher',
  model: 'm',
  messages: [{ role: 'user', content: 'What is 1 + 1?' }],
  sampling: { seed: true },
  sample: 0,
  salt: '',
};
const options = { key: callKey(request), structuredOutput: true };

it('leaves out what the recipe leaves out', () => {
  expect(Object.keys(requestBody({ ...request, sampling: { seed: false } }, options))).toEqual(['model', 'messages']);
});

it('translates every sampling parameter', () => {
  const sampling = {
    temperature: 0,
    topP: 0.9,
    topK: 20,
    minP: 0.1,
    repetitionPenalty: 1.1,
    maxTokens: 100,
    seed: false,
    reasoningEffort: 'low',
    chatTemplateKwargs: { enable_thinking: false },
  } as const;
  expect(requestBody({ ...request, sampling }, options)).toMatchObject({
    temperature: 0,
    top_p: 0.9,
    top_k: 20,
    min_p: 0.1,
    repetition_penalty: 1.1,
    max_tokens: 100,
    reasoning_effort: 'low',
    chat_template_kwargs: { enable_thinking: false },
  });
});

it('asks for a schema only where the pool can enforce one', () => {
  const schema = { name: 'score', schema: { type: 'object' } };
  expect(requestBody({ ...request, schema }, options)).toMatchObject({
    response_format: { type: 'json_schema', json_schema: { name: 'score', schema: schema.schema, strict: true } },
  });
  expect(requestBody({ ...request, schema }, { ...options, structuredOutput: false })).not.toHaveProperty(
    'response_format',
  );
});

describe('the seed', () => {
  const seedOf = (asked: CallRequest): unknown => requestBody(asked, { ...options, key: callKey(asked) })['seed'];

  // While this stays, calls that were paid for and lost their record bring the same answers again.
  it.each([
    ['00000001', 0],
    ['71643cc6', 951_197_283],
    ['ffffffff', 2_147_483_647],
  ])('is the first 31 bits of the call key: %s', (digits, seed) => {
    expect(requestBody(request, { ...options, key: digits.padEnd(64, '7') })['seed']).toBe(seed);
  });

  it('is a number of 31 bits and the same for the same request', () => {
    fc.assert(
      fc.property(fc.string(), (salt) => {
        const seed = seedOf({ ...request, salt });
        expect(seed).toBe(seedOf(structuredClone({ ...request, salt })));
        expect(seed).toSatisfy((value: number) => Number.isInteger(value) && value >= 0 && value < 2 ** 31);
      }),
    );
  });

  it.each<[string, Partial<CallRequest>]>([
    ['sample', { sample: 1 }],
    ['salt', { salt: 'fresh' }],
    ['role', { role: 'judge' }],
    ['model', { model: 'n' }],
    ['messages', { messages: [{ role: 'user', content: 'What is 1 + 2?' }] }],
    ['sampling', { sampling: { seed: true, temperature: 0.5 } }],
  ])('differs with another %s', (_, change) => {
    expect(seedOf({ ...request, ...change })).not.toBe(seedOf(request));
  });
});
