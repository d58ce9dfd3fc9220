import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDispatcher, type Waiting } from '../../../activities/inference/dispatcher.js';
import type { Endpoint } from '../../../activities/inference/endpoint.js';

describe('the line of a pool', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is served after a silence that ends while the pool looks for room', () => {
    const pausedUntil = 10.5;
    let clock = 10;
    // Every look at the clock takes a while, as on a busy machine.
    const now = (): number => (clock += 0.4);
    const endpoint = {
      healthy: () => true,
      freeShare: (at: number) => (at >= pausedUntil ? 1 : 0),
      pausedUntil: () => pausedUntil,
    } as unknown as Endpoint;
    const serve = vi.fn();
    const dispatcher = createDispatcher<Waiting>({
      endpoints: [endpoint],
      now,
      serve,
      rateWaitMs: () => 0,
      turnedAway: () => undefined,
    });
    dispatcher.enter({ refusals: 0, signal: new AbortController().signal, giveUp: () => undefined });
    dispatcher.pump();
    vi.advanceTimersByTime(10);
    expect(serve).toHaveBeenCalledOnce();
    expect(dispatcher.waiting()).toBe(0);
  });
});
