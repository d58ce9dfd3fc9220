import { describe, expect, it } from 'vitest';
import { endpointDown, endpointWithCeiling, KEY_VARIABLE, noisyEndpoint, wrongKey } from './endpoint-scenarios.js';

describe('a build against endpoints that misbehave', () => {
  it('accounts for every question and makes up no value when answers are refused, broken, cut and garbled', async () => {
    const { summary, published, stats, rows, answers } = await noisyEndpoint({ questions: 40 });
    for (const status of ['429', '500', 'dropped']) expect(stats.byStatus[status]).toBeGreaterThan(0);
    expect(published).toMatchObject({ questions: 40, failed: 0, duplicates: 0 });
    const { total, accepted, rejected, failed } = summary.questions;
    expect({ total, failed, sum: accepted + rejected }).toEqual({ total: 40, failed: 0, sum: 40 });
    expect(answers.madeUp).toEqual([]);
    expect(answers.judged).toBeGreaterThan(100);
    expect(answers.unparsed + answers.truncated).toBeGreaterThan(0);
    expect(rows.faults).toEqual({});
  });

  it('leaves chains unscored, and drops those without verdict or rating, when judges talk nonsense', async () => {
    const measured = await noisyEndpoint({ questions: 20, faults: { garbageAnswer: 0.4 } });
    const { published, rows, answers } = measured;
    expect(published).toMatchObject({ questions: 20, failed: 0, duplicates: 0 });
    expect(answers.madeUp).toEqual([]);
    expect(rows.faults).toEqual({});
    expect(rows.unscored).toBeGreaterThan(0);
    expect(rows.reasons).toMatchObject({
      unjudged: expect.any(Number) as number,
      unrated: expect.any(Number) as number,
    });
  });

  it('finds the ceiling of an endpoint without losing anything', async () => {
    const measured = await endpointWithCeiling({ questions: 60, latencyMs: 150, expectedCalls: 1000 });
    expect(measured.summary.questions).toMatchObject({ total: 60, failed: 0 });
    expect(measured.calls).toBe(measured.summary.calls.new);
    expect(measured.refusals).toBeLessThan(200);
  });

  it('waits for an endpoint that is down', async () => {
    const measured = await endpointDown({ questions: 20, downMs: 10_000 });
    expect(measured.answersDuring).toBe(0);
    expect(measured.published).toMatchObject({ questions: 20, failed: 0, duplicates: 0 });
    expect(measured.summary.questions.failed).toBe(0);
  });

  it('stops for a wrong key, burns no question, and goes on once it is mended', async () => {
    const measured = await wrongKey({ questions: 30 });
    expect(measured.message).toMatch(/^failed: .*pool "fake"/);
    expect(measured.message).toContain(measured.url);
    expect(measured.message).toContain(KEY_VARIABLE);
    expect(measured.message).not.toContain('wrong-key');
    expect(measured.secondsToStop).toBeLessThan(15);
    expect(measured).toMatchObject({ burnt: 0, answersWithWrongKey: 0 });
    expect(measured.mended.questions).toMatchObject({ total: 30, failed: 0 });
  });
});
