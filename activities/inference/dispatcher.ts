import type { Endpoint } from './endpoint.js';
import { createWaitingLine } from './waiting-line.js';

/** Something that waits for a slot. */
export interface Waiting {
  readonly refusals: number;
  readonly signal: AbortSignal;
  /** Called when the signal aborts while it waits, or when it is turned away. */
  readonly giveUp: (reason: unknown) => void;
}

export interface DispatcherOptions<T extends Waiting> {
  readonly endpoints: readonly Endpoint[];
  readonly now: () => number;
  /** Time until the pool's rate limits let one more call pass, ms. */
  readonly rateWaitMs: () => number;
  /** Sends at once, before it returns. */
  readonly serve: (waiter: T, endpoint: Endpoint) => void;
  /** Why all that wait have to be turned away now; undefined: they need not. */
  readonly turnedAway: () => Error | undefined;
}

/** First come, first served, over all endpoints of a pool. */
export interface Dispatcher<T extends Waiting> {
  /** Joins the line; one that was refused stands before all that were not. */
  readonly enter: (waiter: T) => void;
  /** Serves the line as far as slots and rates allow, and sees to it that it is served again when time alone makes room. */
  readonly pump: () => void;
  readonly waiting: () => number;
  readonly close: (reason: Error) => void;
}

export function createDispatcher<T extends Waiting>(options: DispatcherOptions<T>): Dispatcher<T> {
  const { endpoints, now } = options;
  const line = createWaitingLine<{ readonly waiter: T; readonly stopListening: () => void }>();
  let timer: NodeJS.Timeout | undefined;

  function enter(waiter: T): void {
    const onAbort = (): void => {
      leave();
      waiter.giveUp(waiter.signal.reason);
    };
    const stopListening = (): void => waiter.signal.removeEventListener('abort', onAbort);
    const leave = line.join({ waiter, stopListening }, { refused: waiter.refusals > 0 });
    waiter.signal.addEventListener('abort', onAbort, { once: true });
  }

  function pump(): void {
    clearTimeout(timer);
    while (line.size() > 0) {
      const reason = options.turnedAway();
      if (reason) return turnAway(reason);
      // One time for both: a silence that ended between two looks would have no room in the first and nothing to wait for in the second.
      const at = now();
      const endpoint = withMostRoom(endpoints, at);
      const rateWaitMs = options.rateWaitMs();
      if (!endpoint || rateWaitMs > 0) return pumpAt(endpoint ? at + rateWaitMs : silenceEnds(endpoints, at));
      const place = line.next();
      place?.stopListening();
      if (place) options.serve(place.waiter, endpoint);
    }
  }

  function pumpAt(at: number | undefined): void {
    if (at !== undefined) timer = setTimeout(pump, Math.max(1, Math.ceil(at - now())));
  }

  function turnAway(reason: Error): void {
    for (const { waiter, stopListening } of line.drain()) {
      stopListening();
      waiter.giveUp(reason);
    }
  }

  return {
    enter,
    pump,
    waiting: () => line.size(),
    close: (reason) => {
      clearTimeout(timer);
      turnAway(reason);
    },
  };
}

function withMostRoom(endpoints: readonly Endpoint[], at: number): Endpoint | undefined {
  let best: { endpoint: Endpoint; free: number } | undefined;
  for (const endpoint of endpoints) {
    const free = endpoint.healthy() ? endpoint.freeShare(at) : 0;
    if (free > (best?.free ?? 0)) best = { endpoint, free };
  }
  return best?.endpoint;
}

/** When a silence ends; undefined: only calls that end, pings and probes make room, and they all pump. */
function silenceEnds(endpoints: readonly Endpoint[], now: number): number | undefined {
  const times = endpoints.filter((endpoint) => endpoint.healthy()).map((endpoint) => endpoint.pausedUntil());
  const future = times.filter((at) => at > now);
  return future.length === 0 ? undefined : Math.min(...future);
}
