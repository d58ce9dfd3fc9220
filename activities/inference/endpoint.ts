import { setTimeout as delay } from 'node:timers/promises';
import type { EndpointConfig } from '../../config/deployment.js';
import { createHealthWatch } from './health-watch.js';
import type { EndpointStatus } from './inference.js';
import {
  createLimiter,
  hasRoom,
  onAnswered,
  onEnded,
  onPing,
  onRefused,
  onSent,
  ticketOf,
  wantsPing,
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
  /** Free share of the limit at a time, 0-1; 0: no room. */
  readonly freeShare: (at: number) => number;
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
  /** Called when there may be room though no call has ended. */
  readonly onRoom: () => void;
}

const PING_TIMEOUT_MS = 10_000;
/** Even where a ping is faster, connections need their time. */
const MIN_PING_MS = 50;

export function createEndpoint(config: EndpointConfig, options: EndpointOptions): Endpoint {
  const { now } = options;
  const transport = createTransport(config, options);
  const health = createHealthWatch(transport, { now, onBack: options.onRoom });
  const counts = { calls: 0, refusals: 0, errors: 0 };
  let limiter = createLimiter(config.maxConcurrency);
  let lastError: string | undefined;
  let pinging = false;

  function note(outcome: Outcome): void {
    if (outcome.kind === 'answered' || outcome.kind === 'refused' || outcome.kind === 'rejected') health.alive();
    if (outcome.kind === 'refused') counts.refusals += 1;
    if (outcome.kind === 'failed') health.failed(outcome);
    if (outcome.kind === 'failed' || outcome.kind === 'rejected' || outcome.kind === 'misconfigured') {
      counts.errors += 1;
      lastError = outcome.message;
    }
  }

  /** One at a time: each is sent after the calls that filled the limit, and comes back after their refusals. */
  async function ping(): Promise<void> {
    pinging = true;
    const [answer] = await Promise.all([transport.models(PING_TIMEOUT_MS), delay(MIN_PING_MS)]);
    pinging = false;
    if ('kind' in answer && answer.kind === 'failed') return;
    limiter = onPing(limiter);
    options.onRoom();
  }

  return {
    url: transport.url,
    apiKeyEnv: config.apiKeyEnv,
    models: transport.models,
    healthy: () => health.state().healthy,
    freeShare: (at) => (hasRoom(limiter, at) ? 1 - limiter.inFlight / limiter.limit : 0),
    pausedUntil: () => limiter.pausedUntil,
    nextProbeAt: () => (health.state().healthy ? undefined : health.state().nextProbeAt),
    send: async (body, signal) => {
      const ticket = ticketOf(limiter);
      limiter = onSent(limiter);
      counts.calls += 1;
      if (!pinging && wantsPing(limiter)) void ping();
      const outcome = await transport.complete(body, signal);
      limiter = limiterAfter(limiter, { ticket, outcome, now: now() });
      note(outcome);
      return outcome;
    },
    status: () => ({
      url: transport.url,
      inFlight: limiter.inFlight,
      limit: limiter.limit,
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
