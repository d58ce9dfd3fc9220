import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRate, rateWaitMs, settleCall, takeCall } from '../../../activities/inference/rate-limit.js';

it('lets everything pass without limits', () => {
  expect(rateWaitMs(createRate({}, 0), 0)).toBe(0);
});

it('spaces requests evenly after one second of burst', () => {
  let state = createRate({ requestsPerMinute: 120 }, 0);
  state = takeCall(takeCall(state, 0), 0);
  expect(rateWaitMs(state, 0)).toBe(500);
  expect(rateWaitMs(state, 500)).toBe(0);
});

it('reserves the mean of the tokens so far, and sets it right afterwards', () => {
  let state = createRate({ tokensPerMinute: 60_000 }, 0);
  state = settleCall(takeCall(state, 0), { reserved: 0, used: 3000, now: 0 });
  expect(state.tokensPerCall).toBe(3000);
  // 2,000 below zero, and a call of 3,000 waits for a full bucket of 1,000.
  expect(rateWaitMs(state, 0)).toBe(3000);
});

it('gives the reservation of a call without usage back', () => {
  const state = settleCall(createRate({ tokensPerMinute: 60_000 }, 0), { reserved: 0, used: 500, now: 0 });
  const after = settleCall(takeCall(state, 0), { reserved: 500, used: undefined, now: 0 });
  expect(after.tokens?.level).toBe(state.tokens?.level);
});

it('never lets more requests pass than the limit and one second of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6000 }), fc.array(fc.nat(2000), { maxLength: 200 }), (perMinute, waits) => {
      let state = createRate({ requestsPerMinute: perMinute }, 0);
      let [now, passed] = [0, 0];
      for (const wait of waits) {
        now += wait;
        if (rateWaitMs(state, now) > 0) continue;
        state = takeCall(state, now);
        passed += 1;
      }
      expect(passed).toBeLessThanOrEqual((perMinute / 60_000) * now + Math.max(1, perMinute / 60) + 1e-6);
    }),
  );
});
