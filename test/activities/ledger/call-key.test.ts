import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callKey } from '../../../activities/ledger/call-key.js';
import type { CallRequest } from '../../../activities/ledger/record.js';

const request: CallRequest = {
  role: 'teacher',
  model: 'deepseek-r1',
  messages: [
    { role: 'system', content: 'Think step by step.' },
    { role: 'user', content: 'Wie groß ist ∑ 1/2ⁿ? 🙂' },
  ],
  sampling: {
    seed: true,
    temperature: 0.6,
    topP: 0.95,
    maxTokens: 8192,
    chatTemplateKwargs: { enable_thinking: true },
  },
  sample: 0,
  salt: '',
};

const judge: CallRequest = {
  role: 'judge',
  model: 'qwen',
  messages: [{ role: 'user', content: 'Right?' }],
  sampling: { seed: true, temperature: 0 },
  sample: 3,
  salt: 'again',
  schema: { name: 'verdict', schema: { type: 'object', properties: { solution: { type: 'boolean' } } } },
};

describe('callKey', () => {
  // These values name what users have paid for. When this test fails, the change is wrong, not the value.
  it.each([
    ['a teacher', request, '1560c6ddeb6106049817bfcd8d985ad875f9e614336bfaa7231b39427283b4c4'],
    ['a judge with a schema', judge, 'eac3beb23655edb1bb7158a4040e962384336b593e7cdc1016af10b5c1447da1'],
  ])('of %s stays what it is', (_, given, key) => {
    expect(callKey(given)).toBe(key);
  });

  it.each<[string, Partial<CallRequest>]>([
    ['role', { role: 'rewriter' }],
    ['model', { model: 'deepseek-r2' }],
    ['a message', { messages: [...request.messages.slice(0, 1), { role: 'user', content: 'other' }] }],
    ['a message role', { messages: request.messages.map(({ content }) => ({ role: 'user', content })) }],
    ['the order of messages', { messages: [...request.messages].reverse() }],
    ['white space in a message', { messages: request.messages.map((one) => ({ ...one, content: `${one.content} ` })) }],
    ['temperature', { sampling: { ...request.sampling, temperature: 0.7 } }],
    ['a parameter more', { sampling: { ...request.sampling, topK: 20 } }],
    ['a template switch', { sampling: { ...request.sampling, chatTemplateKwargs: { enable_thinking: false } } }],
    ['sample', { sample: 1 }],
    ['salt', { salt: 'x' }],
    ['schema', { schema: { name: 'verdict', schema: {} } }],
  ])('changes with %s', (_, change) => {
    expect(callKey({ ...request, ...change })).not.toBe(callKey(request));
  });

  it('does not depend on the order of fields or on fields that are undefined', () => {
    const { role, model, messages, sampling, sample, salt } = request;
    const { temperature, ...restOfSampling } = sampling;
    const shuffled = {
      salt,
      sample,
      sampling: { ...restOfSampling, topK: undefined, temperature },
      messages,
      model,
      role,
    };
    expect(callKey(shuffled as CallRequest)).toBe(callKey(request));
    expect(callKey(JSON.parse(JSON.stringify(request)) as CallRequest)).toBe(callKey(request));
  });

  it('is 64 hexadecimal digits, the same for equal requests alone', () => {
    const requests = fc.record({
      role: fc.constantFrom('teacher' as const, 'judge' as const),
      model: fc.string(),
      messages: fc.array(
        fc.record({
          role: fc.constantFrom('system' as const, 'user' as const),
          content: fc.string({ unit: 'binary' }),
        }),
      ),
      sampling: fc.record({ seed: fc.boolean(), temperature: fc.double({ min: 0, max: 2, noNaN: true }) }),
      sample: fc.nat(),
      salt: fc.string(),
    });
    fc.assert(
      fc.property(requests, requests, (one, other) => {
        expect(callKey(one)).toMatch(/^[0-9a-f]{64}$/);
        expect(callKey(one) === callKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});
