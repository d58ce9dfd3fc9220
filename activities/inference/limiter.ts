/**
 * How many calls one endpoint gets at once [ours]: additive growth, halving on overload, in the family of TCP's congestion control.
 *
 * - `starting`: until the first refusal, the limit grows by one with each answer and doubles with each ping that comes back while the limit is
 *   used. Servers refuse at once and answer late: once a ping that was sent after the calls is back, their refusals would be back too, and
 *   waiting for answers would waste the time of a call for each doubling.
 * - Afterwards it grows by *trials*: one call more after `patience` quiet windows (a window is as many answers as the limit). A trial that
 *   fails gives its slots back and doubles the patience; one that lasts a window halves it and, once it is 1, doubles the step. So an endpoint with
 *   a hard ceiling is asked for more ever more rarely, and one that has grown is found out.
 * - One refusal proves little: gateways refuse single calls for reasons of their own. Its slot stays closed until the next answer. A limit that
 *   is too high shows in calls that fill it being refused and never answered: {@link STRIKES} such refusals, less such answers, fail a trial or,
 *   without a trial, are an overload: the limit is halved, and then wins back one call an answer up to just below where it was. Refusals of
 *   calls sent before the last decrease belong to that decrease.
 * - Retry-After keeps the endpoint silent for that time; when our own growth was refused, it only keeps the limit from growing.
 * - Refusals that leave nothing in flight make pauses of their own, doubling up to {@link MAX_PAUSE_MS} until an answer comes.
 */
export interface LimiterState {
  readonly max: number;
  /** Calls that may be in flight, a whole number from 1 to max. */
  readonly limit: number;
  readonly inFlight: number;
  /** Slots closed until the next answer. */
  readonly closed: number;
  readonly starting: boolean;
  /** Limit to return to when the running trial fails; undefined: no trial. */
  readonly provenLimit: number | undefined;
  /** Level up to which the limit wins back quickly after a halving. */
  readonly ceiling: number;
  /** Answers since the limit last changed, while it was in use. */
  readonly quiet: number;
  /** Quiet windows before the next trial. */
  readonly patience: number;
  /** Calls added by the next trial. */
  readonly step: number;
  /** Refusals of calls that filled the limit, less answers to such calls. */
  readonly strikes: number;
  /** Calls sent so far. */
  readonly sent: number;
  /** Calls with a lower number were sent before the last decrease. */
  readonly decreasedAt: number;
  /** Refusals since the last answer that left nothing in flight. */
  readonly barren: number;
  /** No call is sent before this time, ms. */
  readonly pausedUntil: number;
  /** The limit does not grow before this time, ms. */
  readonly heldUntil: number;
}

export const START_LIMIT = 16;
export const START_GROWTH = 2;
export const STRIKES = 3;
/** So many closed slots are an overload too: then calls no longer reach the limit at all. */
export const MIN_CLOSED = 6;
export const CLOSED_SHARE = 0.25;
export const MAX_PATIENCE_WINDOWS = 16;
export const FIRST_PAUSE_MS = 200;
export const MAX_PAUSE_MS = 20_000;
/** A longer Retry-After is cut; the next refusal renews it. */
export const MAX_RETRY_AFTER_MS = 600_000;

export function createLimiter(max: number): LimiterState {
  const limit = Math.min(max, START_LIMIT);
  return {
    max,
    limit,
    inFlight: 0,
    closed: 0,
    starting: true,
    provenLimit: undefined,
    ceiling: limit,
    quiet: 0,
    patience: 1,
    step: 1,
    strikes: 0,
    sent: 0,
    decreasedAt: 0,
    barren: 0,
    pausedUntil: 0,
    heldUntil: 0,
  };
}

export function hasRoom(state: LimiterState, now: number): boolean {
  return now >= state.pausedUntil && state.inFlight + state.closed < state.limit;
}

/** What has to be remembered of a call until it ends. */
export interface Ticket {
  /** Number of the call, from 0. */
  readonly number: number;
  /** Calls in flight with it when it was sent. */
  readonly level: number;
}

/** Ticket of the call that is sent next. */
export const ticketOf = (state: LimiterState): Ticket => ({ number: state.sent, level: state.inFlight + 1 });

/** Sends one call, whose ticket was drawn just before. */
export const onSent = (state: LimiterState): LimiterState => ({
  ...state,
  sent: state.sent + 1,
  inFlight: state.inFlight + 1,
});

/** While starting, a full limit asks for a ping; growth that nobody needs would meet the next burst unproven. */
export const wantsPing = (state: LimiterState): boolean =>
  state.starting && state.limit < state.max && state.inFlight >= state.limit;

/** A ping is back that was sent when the limit was full. */
export function onPing(state: LimiterState): LimiterState {
  if (!state.starting) return state;
  return { ...state, limit: Math.min(state.max, Math.ceil(state.limit * START_GROWTH)) };
}

/** The call ended in a way that says nothing about load: an error of its own, an abort, a broken connection. */
export function onEnded(state: LimiterState): LimiterState {
  const inFlight = state.inFlight - 1;
  return { ...state, inFlight, closed: inFlight === 0 ? 0 : state.closed };
}

export function onAnswered(state: LimiterState, ticket: Ticket, now: number): LimiterState {
  const wasFull = state.inFlight + state.closed >= state.limit;
  const strikes = ticket.level >= state.limit ? Math.max(0, state.strikes - 1) : state.strikes;
  const ended = { ...onEnded(state), closed: Math.max(0, state.closed - 1), strikes, barren: 0 };
  return wasFull && now >= state.heldUntil ? grow(ended) : ended;
}

function grow(state: LimiterState): LimiterState {
  const { limit, max, ceiling, provenLimit } = state;
  if (provenLimit === undefined && limit >= max) return state;
  if (state.starting) return { ...state, limit: limit + 1 };
  if (limit < ceiling) return { ...state, limit: limit + 1, quiet: 0 };
  const quiet = state.quiet + 1;
  const window = limit * (provenLimit === undefined ? state.patience : 1);
  if (quiet < window || state.strikes > 0) return { ...state, quiet };
  return provenLimit === undefined ? tryMore(state) : proven(state);
}

function tryMore(state: LimiterState): LimiterState {
  const limit = Math.min(state.max, state.limit + state.step);
  return { ...state, limit, ceiling: limit, quiet: 0, provenLimit: state.limit };
}

function proven(state: LimiterState): LimiterState {
  const step = state.patience > 1 ? 1 : Math.min(state.limit, state.step * 2);
  return { ...state, quiet: 0, provenLimit: undefined, step, patience: Math.max(1, state.patience / 2) };
}

export interface Refusal {
  readonly ticket: Ticket;
  readonly now: number;
  readonly retryAfterMs?: number | undefined;
}

export function onRefused(state: LimiterState, refusal: Refusal): LimiterState {
  const waitUntil = refusal.now + Math.min(refusal.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  const ended = withPause(onEnded(state), { now: refusal.now, waitUntil });
  if (refusal.ticket.number < state.decreasedAt) return giveBack(ended, { to: state.limit, waitUntil });
  if (state.starting) return endStart(ended, waitUntil);
  const strikes = state.strikes + (refusal.ticket.level >= state.limit ? 1 : 0);
  const struck = { ...ended, strikes, closed: ended.inFlight === 0 ? 0 : state.closed + 1 };
  if (struck.strikes >= STRIKES || struck.closed >= Math.max(MIN_CLOSED, state.limit * CLOSED_SHARE))
    return decreased(struck, waitUntil);
  const silent = state.provenLimit === undefined ? waitUntil : 0;
  return {
    ...struck,
    heldUntil: Math.max(state.heldUntil, waitUntil),
    pausedUntil: Math.max(struck.pausedUntil, silent),
  };
}

/** Nothing in flight means that no answer will open a slot again: only time does. */
function withPause(state: LimiterState, { now, waitUntil }: { now: number; waitUntil: number }): LimiterState {
  if (state.inFlight > 0) return state;
  const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** state.barren);
  return { ...state, barren: state.barren + 1, pausedUntil: Math.max(state.pausedUntil, waitUntil, now + pauseMs) };
}

/** What is still in flight was accepted, so it is the best guess of what the endpoint bears. */
const accepted = (state: LimiterState): number => Math.max(1, Math.min(state.limit, state.inFlight));

function giveBack(state: LimiterState, { to, waitUntil }: { to: number; waitUntil: number }): LimiterState {
  const limit = Math.min(to, accepted(state));
  return {
    ...state,
    limit,
    ceiling: Math.min(state.ceiling, Math.max(limit, state.inFlight)),
    heldUntil: Math.max(state.heldUntil, waitUntil),
  };
}

const endStart = (state: LimiterState, waitUntil: number): LimiterState =>
  giveBack({ ...settled(state), starting: false, ceiling: state.max }, { to: state.max, waitUntil });

function decreased(state: LimiterState, waitUntil: number): LimiterState {
  if (state.provenLimit !== undefined) {
    const patience = Math.min(MAX_PATIENCE_WINDOWS, state.patience * 2);
    return giveBack({ ...settled(state), patience }, { to: state.provenLimit, waitUntil });
  }
  const limit = Math.max(1, Math.floor(accepted(state) / 2));
  return { ...settled(state), limit, ceiling: accepted(state), pausedUntil: Math.max(state.pausedUntil, waitUntil) };
}

const settled = (state: LimiterState): LimiterState => ({
  ...state,
  provenLimit: undefined,
  closed: 0,
  strikes: 0,
  quiet: 0,
  step: 1,
  decreasedAt: state.sent,
});
