/** Work on its way, by key, shared by all in this process who want its result. */
export interface Flights<Result> {
  /** Joins the work of this key, or starts it. Rejects when the signal is aborted; the work is stopped when the last who wants it leaves. */
  join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
}

/**
 * How long work goes on that nobody wants, when its activity was lost to the server: after an outage of Temporal every activity whose
 * heartbeats were missed is cancelled here and started anew a second later, and must find the calls that it had sent. [ours]
 */
const LINGER_MS = 5_000;

/** What the SDK says to an activity that the server no longer knows, in the message of its CancelledFailure. A wish to stop is another word. */
const LOST = new Set(['NOT_FOUND', 'TIMED_OUT']);

interface Flight<Result> {
  readonly key: string;
  readonly result: Promise<Result>;
  readonly stop: AbortController;
  waiting: number;
}

export function createFlights<Result>(lingerMs = LINGER_MS): Flights<Result> {
  const flights = new Map<string, Flight<Result>>();

  function launch(key: string, start: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const stop = new AbortController();
    const flight: Flight<Result> = { key, result: start(stop.signal), stop, waiting: 0 };
    const end = (): void => forget(flight);
    // Those who wait hear of a failure; when all have left nobody needs to.
    flight.result.then(end, end);
    flights.set(key, flight);
    return flight;
  }

  /** Whoever asks from now on starts anew. */
  function forget(flight: Flight<Result>): void {
    if (flights.get(flight.key) === flight) flights.delete(flight.key);
  }

  function leave(flight: Flight<Result>, reason: unknown): void {
    flight.waiting -= 1;
    const stopUnwanted = (): void => {
      if (flight.waiting > 0) return;
      forget(flight);
      flight.stop.abort(reason);
    };
    if (isLost(reason)) setTimeout(stopUnwanted, lingerMs).unref();
    else stopUnwanted();
  }

  return {
    join: (key, signal, start) =>
      new Promise<Result>((resolve, reject) => {
        signal.throwIfAborted();
        const flight = flights.get(key) ?? launch(key, start);
        flight.waiting += 1;
        const abandon = (): void => {
          leave(flight, signal.reason);
          // Work that was stopped is waited for: an answer that is just being recorded gets there.
          if (!flight.stop.signal.aborted) reject(signal.reason as Error);
        };
        signal.addEventListener('abort', abandon, { once: true });
        const arrived = (): void => signal.removeEventListener('abort', abandon);
        flight.result.then(arrived, arrived);
        flight.result.then(resolve, reject);
      }),
  };
}

const isLost = (reason: unknown): boolean => reason instanceof Error && LOST.has(reason.message);
