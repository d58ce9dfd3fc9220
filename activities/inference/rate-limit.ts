/**
 * A provider's limits a minute, as buckets that fill evenly and hold one second's worth at most [ours]: no burst at a minute's start.
 * The tokens of a call are known only afterwards, so a running mean is reserved and set right when the call ends.
 */
export interface RateState {
  readonly requests: Bucket | undefined;
  readonly tokens: Bucket | undefined;
  /** Mean tokens a call, of the calls so far. */
  readonly tokensPerCall: number;
}

interface Bucket {
  readonly perMs: number;
  readonly size: number;
  /** May be below 0: what was used beyond the reservation. */
  readonly level: number;
  /** Time of `level`, ms. */
  readonly at: number;
}

export interface RateLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

const MINUTE_MS = 60_000;
const BURST_MS = 1_000;
const MEMORY_CALLS = 20;

export const createRate = (limits: RateLimits, now: number): RateState => ({
  requests: bucket(limits.requestsPerMinute, now),
  tokens: bucket(limits.tokensPerMinute, now),
  tokensPerCall: 0,
});

function bucket(perMinute: number | undefined, now: number): Bucket | undefined {
  if (perMinute === undefined) return undefined;
  const perMs = perMinute / MINUTE_MS;
  const size = Math.max(1, perMs * BURST_MS);
  return { perMs, size, level: size, at: now };
}

/** Time until one more call may be sent, ms; 0: now. A call larger than the bucket waits for a full one, not for ever. */
export function rateWaitMs(state: RateState, now: number): number {
  const forTokens = state.tokens ? Math.min(state.tokensPerCall, state.tokens.size) : 0;
  return Math.max(waitMs(state.requests, 1, now), waitMs(state.tokens, forTokens, now));
}

export function takeCall(state: RateState, now: number): RateState {
  const { requests, tokens, tokensPerCall } = state;
  return { ...state, requests: spend(requests, 1, now), tokens: spend(tokens, tokensPerCall, now) };
}

/** Sets a reservation right. `used` undefined: the call brought no usage, its reservation is given back. */
export function settleCall(
  state: RateState,
  call: { reserved: number; used: number | undefined; now: number },
): RateState {
  const tokens = spend(state.tokens, (call.used ?? 0) - call.reserved, call.now);
  if (call.used === undefined) return { ...state, tokens };
  const gain = state.tokensPerCall === 0 ? 1 : 1 / MEMORY_CALLS;
  return { ...state, tokens, tokensPerCall: state.tokensPerCall + (call.used - state.tokensPerCall) * gain };
}

const levelAt = (state: Bucket, now: number): number =>
  Math.min(state.size, state.level + Math.max(0, now - state.at) * state.perMs);

function waitMs(state: Bucket | undefined, amount: number, now: number): number {
  return state === undefined ? 0 : Math.max(0, (amount - levelAt(state, now)) / state.perMs);
}

function spend(state: Bucket | undefined, amount: number, now: number): Bucket | undefined {
  return state && { ...state, level: levelAt(state, now) - amount, at: now };
}
