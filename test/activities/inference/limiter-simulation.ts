import {
  createLimiter,
  hasRoom,
  onAnswered,
  onPing,
  onRefused,
  onSent,
  ticketOf,
  wantsPing,
  type LimiterState,
  type Ticket,
} from '../../../activities/inference/limiter.js';
import { drawFrom } from '../../fakes/model-server-answers.js';

export interface SimulatedEndpoint {
  /** Calls it bears at a time (of the simulation, ms). */
  capacityAt(now: number): number;
  latencyMs(call: number): number;
  refuses?(call: number): boolean;
  readonly refusalMs?: number;
  readonly retryAfterMs?: number;
}

export interface SimulationResult {
  readonly refusals: number;
  readonly elapsedMs: number;
  /** Of the capacity, up to the moment when no call waits any more. */
  readonly usedShare: number;
  readonly final: LimiterState;
}

interface Event {
  readonly at: number;
  /** Undefined: a ping. */
  readonly ticket?: Ticket;
  readonly refused: boolean;
}

/** Sends `calls` calls through a limiter to an endpoint, in virtual time; refused calls are sent again. */
export function simulate(options: { calls: number; max: number; endpoint: SimulatedEndpoint }): SimulationResult {
  const { endpoint } = options;
  let state = createLimiter(options.max);
  let waiting = options.calls;
  let [now, serving, refusals, busyMs, offeredMs] = [0, 0, 0, 0, 0];
  let pinging = false;
  const events: Event[] = [];

  const add = (event: Event): void => {
    let index = events.length;
    while (index > 0 && events[index - 1]!.at <= event.at) index -= 1;
    events.splice(index, 0, event);
  };
  const advance = (to: number): void => {
    if (waiting > 0) {
      busyMs += serving * (to - now);
      offeredMs += Math.min(options.max, endpoint.capacityAt(now)) * (to - now);
    }
    now = to;
  };
  const fill = (): void => {
    while (waiting > 0 && hasRoom(state, now)) {
      const ticket = ticketOf(state);
      state = onSent(state);
      waiting -= 1;
      const refused = serving >= endpoint.capacityAt(now) || (endpoint.refuses?.(ticket.number) ?? false);
      if (!refused) serving += 1;
      add({ at: now + (refused ? (endpoint.refusalMs ?? 1) : endpoint.latencyMs(ticket.number)), ticket, refused });
    }
    if (!pinging && wantsPing(state)) {
      pinging = true;
      add({ at: now + Math.max(50, endpoint.refusalMs ?? 1), refused: false });
    }
  };
  fill();
  while (events.length > 0 || waiting > 0) {
    const next = events.at(-1);
    const opens = waiting > 0 && state.pausedUntil > now ? state.pausedUntil : undefined;
    if (opens !== undefined && (!next || opens < next.at)) advance(opens);
    else {
      if (!next) throw new Error(`the simulation is stuck: ${JSON.stringify(state)}`);
      events.pop();
      advance(next.at);
      if (!next.ticket) {
        pinging = false;
        state = onPing(state);
      } else if (next.refused) {
        refusals += 1;
        waiting += 1;
        state = onRefused(state, { ticket: next.ticket, now, retryAfterMs: endpoint.retryAfterMs });
      } else {
        serving -= 1;
        state = onAnswered(state, next.ticket, now);
      }
    }
    fill();
  }
  return { refusals, elapsedMs: now, usedShare: busyMs / offeredMs, final: state };
}

/** Log-normal latencies, the same for the same seed. */
export function logNormalMs(meanMs: number, sigma: number): (call: number) => number {
  return (call) => {
    const draw = drawFrom(`latency ${call}`);
    const normal = Math.sqrt(-2 * Math.log(1 - draw('radius'))) * Math.cos(2 * Math.PI * draw('angle'));
    return meanMs * Math.exp(sigma * normal - (sigma * sigma) / 2);
  };
}
