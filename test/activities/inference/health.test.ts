import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONNECT_FAILURES,
  FAILURES,
  FIRST_PROBE_DELAY_MS,
  initialHealth,
  MAX_PROBE_DELAY_MS,
  onAlive,
  onFailure,
  onProbeAnswered,
  onProbeFailed,
  type HealthState,
} from '../../../activities/inference/health.js';

const failing = (times: number, connect = false, state: HealthState = initialHealth): HealthState => {
  for (let index = 0; index < times; index++) state = onFailure(state, { now: 0, connect, jitter: 0.5 });
  return state;
};

describe('taking out', () => {
  it.each([
    ['failures', FAILURES, false],
    ['refused connections', CONNECT_FAILURES, true],
  ])('takes an endpoint out after so many %s in a row, and not before', (_, times, connect) => {
    expect(failing(times - 1, connect).healthy).toBe(true);
    expect(failing(times, connect)).toMatchObject({ healthy: false, nextProbeAt: FIRST_PROBE_DELAY_MS });
  });

  it('starts counting again after an answer', () => {
    expect(failing(FAILURES - 1, false, onAlive(failing(FAILURES - 1))).healthy).toBe(true);
  });

  it('does not move the probe for calls that fail late', () => {
    const out = failing(FAILURES);
    expect(failing(20, true, out)).toBe(out);
  });
});

describe('coming back', () => {
  it('probes ever more rarely, up to a limit', () => {
    let state = failing(FAILURES);
    const delays = Array.from({ length: 7 }, () => (state = onProbeFailed(state, { now: 0, jitter: 0.5 })).nextProbeAt);
    expect(delays).toEqual([2000, 4000, 8000, 16_000, MAX_PROBE_DELAY_MS, MAX_PROBE_DELAY_MS, MAX_PROBE_DELAY_MS]);
  });

  it('is on probation after a probe: one failure takes it out again, with a longer delay', () => {
    const back = onProbeAnswered(failing(FAILURES));
    expect(back.healthy).toBe(true);
    expect(failing(1, false, back)).toMatchObject({ healthy: false, nextProbeAt: 2000 });
  });

  it('forgets everything with an answered call', () => {
    expect(onAlive(onProbeAnswered(failing(FAILURES)))).toBe(initialHealth);
  });

  it('keeps every delay within a fifth of its value', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (jitter) => {
        const out = onFailure(failing(FAILURES - 1), { now: 0, connect: false, jitter });
        expect(Math.abs(out.nextProbeAt - FIRST_PROBE_DELAY_MS)).toBeLessThanOrEqual(FIRST_PROBE_DELAY_MS / 5 + 1e-6);
      }),
    );
  });
});
