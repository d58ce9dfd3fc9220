import type { EndpointConfig } from '../../config/deployment.js';
import { createHealthWatch } from './health-watch.js';
import type { EndpointStatus } from './inference.js';
import {
  createLimiter,
  hasRoom,
  limitAt,
  onAnswered,
  onEnded,
  onRefused,
  onSent,
  roomAt,
  ticketOf,
  type LimiterState,
  type Ticket,
} from './limiter.js';
import type { Outcome } from './outcome.js';
import { createTransport, type Environment, type Transport } from './transport.js';

/** One endpoint with its limit, its health and its wire. */
export interface Endpoint {
  readonly url: string;
  readonly apiKeyEnv: string | undefined;
  readonly healthy: () => boolean;
  /** Free share of the limit, 0-1; 0: no room now. */
  readonly freeShare: () => number;
  /** Earliest time at which room may appear without a call ending, ms; undefined: only an end makes room. */
  readonly roomAt: () => number | undefined;
  /** Silent until this time by the server's wish or after refusals, ms. */
  readonly pausedUntil: () => number;
  /** Time of the next probe, ms; undefined: healthy. */
  readonly nextProbeAt: () => number | undefined;
  readonly send: (body: Record<string, unknown>, signal: AbortSignal) => Promise<Outcome>;
  readonly models: Transport['models'];
  readonly status: () => EndpointStatus;
  readonly close: () => Promise<void>;
}

export interface EndpointOptions {
  readonly environment: Environment;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Called when an endpoint that was out is back. */
  readonly onBack: () => void;
}

export function createEndpoint(config: EndpointConfig, options: EndpointOptions): Endpoint {
  const { now } = options;
  const transport = createTransport(config, options);
  const health = createHealthWatch(transport, options);
  const counts = { calls: 0, refusals: 0, errors: 0 };
  let limiter = createLimiter(config.maxConcurrency);
  let lastError: string | undefined;

  function note(outcome: Outcome): void {
    if (outcome.kind === 'answered' || outcome.kind === 'refused') health.alive();
    if (outcome.kind === 'refused') counts.refusals += 1;
    if (outcome.kind === 'failed') health.failed(outcome);
    if (outcome.kind === 'failed' || outcome.kind === 'rejected' || outcome.kind === 'misconfigured') {
      counts.errors += 1;
      lastError = outcome.message;
    }
  }

  return {
    url: transport.url,
    apiKeyEnv: config.apiKeyEnv,
    models: transport.models,
    healthy: () => health.state().healthy,
    freeShare: () => (hasRoom(limiter, now()) ? 1 - limiter.inFlight / limitAt(limiter, now()) : 0),
    roomAt: () => roomAt(limiter, now()),
    pausedUntil: () => limiter.pausedUntil,
    nextProbeAt: () => (health.state().healthy ? undefined : health.state().nextProbeAt),
    send: async (body, signal) => {
      const ticket = ticketOf(limiter);
      limiter = onSent(limiter, now());
      counts.calls += 1;
      const outcome = await transport.complete(body, signal);
      limiter = limiterAfter(limiter, { ticket, outcome, now: now() });
      note(outcome);
      return outcome;
    },
    status: () => ({
      url: transport.url,
      inFlight: limiter.inFlight,
      limit: limitAt(limiter, now()),
      healthy: health.state().healthy,
      ...counts,
      ...(lastError !== undefined && { lastError }),
    }),
    close: async () => {
      health.close();
      await transport.close();
    },
  };
}

function limiterAfter(state: LimiterState, end: { ticket: Ticket; outcome: Outcome; now: number }): LimiterState {
  const { ticket, outcome, now } = end;
  if (outcome.kind === 'answered') return onAnswered(state, ticket, now);
  if (outcome.kind === 'refused') return onRefused(state, { ticket, now, retryAfterMs: outcome.retryAfterMs });
  return onEnded(state);
}
