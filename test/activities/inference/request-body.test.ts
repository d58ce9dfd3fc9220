import { describe, expect, it } from 'vitest';
import { requestBody, seedOf } from '../../../activities/inference/request-body.js';
import type { CallRequest } from '../../../activities/ledger/record.js';

const request: CallRequest = {
  role: 'teacher',
  model: 'm',
  messages: [{ role: 'user', content: 'What is 1 + 1?' }],
  sampling: { seed: true },
  sample: 0,
  salt: '',
};
const options = { structuredOutput: true };

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
  expect(requestBody({ ...request, schema }, { structuredOutput: false })).not.toHaveProperty('response_format');
});

describe('the seed', () => {
  it('is a number of 31 bits and the same for the same request', () => {
    expect(seedOf(request)).toBe(seedOf(structuredClone(request)));
    expect(seedOf(request)).toBeGreaterThanOrEqual(0);
    expect(seedOf(request)).toBeLessThan(2 ** 31);
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
