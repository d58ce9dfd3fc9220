import { describe, expect, it } from 'vitest';
import { outcomeOfStatus, retryAfterMsOf, type ErrorAnswer } from '../../../activities/inference/outcome.js';
import { displayUrl, redact } from '../../../activities/inference/redact.js';

const answer = (status: number, more: Partial<ErrorAnswer> = {}): ErrorAnswer => ({
  status,
  message: 'no',
  code: '',
  retryAfterMs: undefined,
  structured: false,
  ...more,
});

describe('the taxonomy', () => {
  it.each<[number, Partial<ErrorAnswer>, string]>([
    [429, {}, 'refused'],
    [429, { code: 'insufficient_quota' }, 'misconfigured'],
    [503, { retryAfterMs: 1000 }, 'refused'],
    [503, {}, 'failed'],
    [500, {}, 'failed'],
    [502, {}, 'failed'],
    [408, {}, 'failed'],
    [401, {}, 'misconfigured'],
    [402, {}, 'misconfigured'],
    [403, {}, 'misconfigured'],
    [404, { message: 'The model `x` does not exist.' }, 'misconfigured'],
    [404, { message: 'Not Found' }, 'misconfigured'],
    [307, {}, 'misconfigured'],
    [400, { code: 'model_not_found' }, 'misconfigured'],
    [400, {}, 'rejected'],
    [413, {}, 'rejected'],
    [422, {}, 'rejected'],
    [400, { message: 'response_format json_schema is not supported', structured: true }, 'misconfigured'],
    [400, { message: 'response_format json_schema is not supported' }, 'rejected'],
  ])('%i %j is %s', (status, more, kind) => {
    expect(outcomeOfStatus(answer(status, more)).kind).toBe(kind);
  });

  it.each([
    ["This model's maximum context length is 4096 tokens. However, you requested 5000.", 'context length: '],
    ['the request exceeds the available context size', 'context length: '],
    ['The response was filtered due to the prompt triggering our content management policy.', 'content filter: '],
    ['temperature must be non-negative', 'bad request: '],
  ])('tells why a request is rejected: %s', (message, reason) => {
    expect(outcomeOfStatus(answer(400, { message }))).toMatchObject({ message: reason + message });
  });
});

describe('Retry-After', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '250', 'retry-after': '3' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' }, 50_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
  ])('%j is %s ms', (headers, expected) => {
    expect(retryAfterMsOf(headers, 10_000)).toBe(expected);
  });
});

describe('what may be shown', () => {
  it('has no secrets, plain or encoded, and no line breaks', () => {
    expect(redact('key sk-a/b\nand sk-a%2Fb', ['sk-a/b'])).toBe('key [redacted] and [redacted]');
  });

  it('does not cut a secret in half', () => {
    const secret = 'sk-0123456789';
    expect(redact(`${'x'.repeat(495)}${secret}`, [secret])).not.toContain('sk-0');
  });

  it('shows a URL without credentials and query', () => {
    expect(displayUrl('https://user:secret@host:8000/v1/?key=secret')).toBe('https://host:8000/v1');
  });
});
