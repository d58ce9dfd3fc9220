import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createLimiter,
  FIRST_PAUSE_MS,
  hasRoom,
  MAX_PAUSE_MS,
  MAX_RETRY_AFTER_MS,
  onAnswered,
  onEnded,
  onPing,
  onRefused,
  onSent,
  START_LIMIT,
  ticketOf,
  wantsPing,
  type LimiterState,
  type Ticket,
} from '../../../activities/inference/limiter.js';
import { drawFrom } from '../../fakes/model-server-answers.js';
import { logNormalMs, simulate, type SimulatedEndpoint } from './limiter-simulation.js';

const oneSecond = (call: number): number => 1000 + 20 * drawFrom(`jitter ${call}`)('ms');
const endpoint = (capacity: number, more: Partial<SimulatedEndpoint> = {}): SimulatedEndpoint => ({
  capacityAt: () => capacity,
  latencyMs: oneSecond,
  ...more,
});

describe('an endpoint that refuses above 32 calls while 256 could be asked', () => {
  it.each([
    ['answers of one second', {}],
    ['all answers at the same instant', { latencyMs: () => 1000 }],
    ['log-normal answers', { latencyMs: logNormalMs(2750, 0.8) }],
    ['refusals that take 100 ms', { refusalMs: 100 }],
    ['Retry-After of a second', { retryAfterMs: 1000 }],
  ])('is used to 0.9 at least, with fewer than 100 refusals in 2,000 calls: %s', (_, more) => {
    const result = simulate({ calls: 2000, max: 256, endpoint: endpoint(32, more) });
    expect(result.usedShare).toBeGreaterThan(0.9);
    expect(result.refusals).toBeLessThan(100);
  });
});

describe('an endpoint that refuses nothing', () => {
  it.each([
    ['answers of one second', oneSecond, 0.95],
    ['log-normal answers', logNormalMs(2750, 0.8), 0.9],
  ])('is full soon: %s', (_, latencyMs, share) => {
    const result = simulate({ calls: 5000, max: 256, endpoint: endpoint(10_000, { latencyMs }) });
    expect(result).toMatchObject({ refusals: 0, final: { limit: 256 } });
    expect(result.usedShare).toBeGreaterThan(share);
  });
});

describe('an endpoint that changes', () => {
  it('is followed down', () => {
    const capacityAt = (now: number): number => (now < 30_000 ? 64 : 32);
    const result = simulate({ calls: 4000, max: 256, endpoint: endpoint(0, { capacityAt }) });
    expect(result.usedShare).toBeGreaterThan(0.9);
    expect(result.refusals).toBeLessThan(160);
    expect(result.final.limit).toBeLessThan(40);
  });

  it('is found out when it has grown', () => {
    const capacityAt = (now: number): number => (now < 30_000 ? 32 : 256);
    const result = simulate({ calls: 20_000, max: 256, endpoint: endpoint(0, { capacityAt }) });
    expect(result.final.limit).toBe(256);
    expect(result.usedShare).toBeGreaterThan(0.6);
  });

  it.each([
    [0.01, 64],
    [0.1, 16],
    [0.3, 4],
  ])('keeps calls in flight when a share of %f is refused at random', (share, atLeast) => {
    const refuses = (call: number): boolean => drawFrom(`refusal ${call}`)('x') < share;
    const result = simulate({ calls: 3000, max: 256, endpoint: endpoint(256, { refuses }) });
    expect(result.usedShare * 256).toBeGreaterThan(atLeast);
  });

  it.each([1, 2, 4])('serves all calls of an endpoint that bears %i at a time', (capacity) => {
    const result = simulate({ calls: 200, max: 64, endpoint: endpoint(capacity) });
    expect(result.usedShare).toBeGreaterThan(0.95);
    expect(result.refusals).toBeLessThan(60);
  });
});

const sendUpTo = (state: LimiterState, count: number): { state: LimiterState; tickets: Ticket[] } => {
  const tickets: Ticket[] = [];
  for (let index = 0; index < count; index++) {
    tickets.push(ticketOf(state));
    state = onSent(state);
  }
  return { state, tickets };
};

describe('pauses', () => {
  it('is silent for Retry-After when it was not our growth that was refused', () => {
    const { state, tickets } = sendUpTo({ ...createLimiter(64), starting: false, limit: 8 }, 4);
    const refused = onRefused(state, { ticket: tickets[0]!, now: 1000, retryAfterMs: 5000 });
    expect(hasRoom(refused, 5999)).toBe(false);
    expect(hasRoom(refused, 6000)).toBe(true);
  });

  it('cuts a Retry-After of days', () => {
    const { state, tickets } = sendUpTo(createLimiter(8), 1);
    const refused = onRefused(state, { ticket: tickets[0]!, now: 0, retryAfterMs: 1e12 });
    expect(refused.pausedUntil).toBe(MAX_RETRY_AFTER_MS);
  });

  it('doubles its own pauses while nothing is answered, and forgets them with an answer', () => {
    let state = createLimiter(8);
    const pauses: number[] = [];
    for (let round = 0; round < 9; round++) {
      const ticket = ticketOf(state);
      state = onRefused(onSent(state), { ticket, now: 0 });
      pauses.push(state.pausedUntil);
    }
    expect(pauses.slice(0, 3)).toEqual([FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS]);
    expect(pauses.at(-1)).toBe(MAX_PAUSE_MS);
    const ticket = ticketOf(state);
    expect(onAnswered(onSent(state), ticket, 0).barren).toBe(0);
  });
});

describe('the start', () => {
  it('wants a ping only when its limit is full, and grows by it', () => {
    const { state } = sendUpTo(createLimiter(256), START_LIMIT - 1);
    expect(wantsPing(state)).toBe(false);
    expect(wantsPing(onSent(state))).toBe(true);
    expect(onPing(onSent(state)).limit).toBe(2 * START_LIMIT);
  });

  it('is over with the first refusal: a late ping changes nothing', () => {
    const { state, tickets } = sendUpTo(createLimiter(256), START_LIMIT);
    const refused = onRefused(state, { ticket: tickets[0]!, now: 0 });
    expect(onPing(refused)).toBe(refused);
    expect(refused.limit).toBe(START_LIMIT - 1);
  });
});

it('keeps 1 <= limit <= max and never sends above it, whatever happens', () => {
  const step = fc.record({
    what: fc.constantFrom('send', 'send', 'send', 'answer', 'answer', 'refuse', 'end', 'ping'),
    which: fc.nat(1000),
    waitMs: fc.nat(500),
    retryAfterMs: fc.option(fc.nat(100_000), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.array(step, { maxLength: 300 }), (max, steps) => {
      let state = createLimiter(max);
      let now = 0;
      const open: Ticket[] = [];
      for (const { what, which, waitMs, retryAfterMs } of steps) {
        now += waitMs;
        const ticket =
          what === 'send' || what === 'ping' ? undefined : open.splice(which % Math.max(1, open.length), 1)[0];
        if (what === 'send' && hasRoom(state, now)) {
          open.push(ticketOf(state));
          state = onSent(state);
          expect(state.inFlight).toBeLessThanOrEqual(state.limit);
        }
        if (what === 'ping') state = onPing(state);
        if (ticket && what === 'answer') state = onAnswered(state, ticket, now);
        if (ticket && what === 'refuse') state = onRefused(state, { ticket, now, retryAfterMs });
        if (ticket && what === 'end') state = onEnded(state);
        expect(state.limit).toBeGreaterThanOrEqual(1);
        expect(state.limit).toBeLessThanOrEqual(max);
        expect(Number.isInteger(state.limit)).toBe(true);
        expect(state.inFlight).toBe(open.length);
        expect(state.closed).toBeGreaterThanOrEqual(0);
        if (open.length === 0) expect(hasRoom(state, state.pausedUntil)).toBe(true);
      }
    }),
  );
});
