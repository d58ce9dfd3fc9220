import { setMaxListeners } from 'node:events';
import type { PoolConfig } from '../../config/deployment.js';
import type { CallRequest } from '../ledger/record.js';
import { createDispatcher, type Waiting } from './dispatcher.js';
import { createEndpoint, type Endpoint } from './endpoint.js';
import type { InferencePool, InferenceResult } from './inference.js';
import type { Outcome } from './outcome.js';
import { createPoolErrors, type PoolErrors } from './pool-errors.js';
import { createRate, rateWaitMs, settleCall, takeCall } from './rate-limit.js';
import { requestBody } from './request-body.js';
import type { Environment } from './transport.js';

/** A call that nobody took is sent again by the pool so often, and so long after the first time, ms; then the caller decides. */
export const MAX_REFUSALS = 8;
export const MAX_REFUSED_MS = 60_000;

export interface PoolOptions {
  readonly name: string;
  readonly config: PoolConfig;
  /** Keys are read from here, by the names that the endpoints give. */
  readonly environment: Environment;
  /** Monotonic, ms. Default: performance.now. */
  readonly now?: () => number;
}

/** A pool whose endpoints can be asked about themselves. */
export interface OpenPool extends InferencePool {
  readonly endpoints: readonly Pick<Endpoint, 'url' | 'apiKeyEnv' | 'models'>[];
}

/** A call on its way through the pool. */
interface Call extends Waiting {
  readonly body: Record<string, unknown>;
  readonly resolve: (result: InferenceResult) => void;
  refusals: number;
  firstRefusedAt: number;
}

/** Opens a pool. Nothing is sent before the first call; a missing key shows in the first call that needs it. */
export function createPool({ name, config, environment, now = () => performance.now() }: PoolOptions): OpenPool {
  const errors = createPoolErrors(name, now);
  const options = { environment, timeoutMs: config.timeoutMs, now, onRoom: () => dispatcher.pump() };
  const endpoints = config.endpoints.map((endpoint) => createEndpoint(endpoint, options));
  let rate = createRate(config, now());
  const dispatcher = createDispatcher<Call>({
    endpoints,
    now,
    rateWaitMs: () => rateWaitMs(rate, now()),
    turnedAway: () => turnedAway(endpoints, { errors, now }),
    serve: (call, endpoint) => void serve(call, endpoint),
  });

  async function serve(call: Call, endpoint: Endpoint): Promise<void> {
    const startedAt = now();
    const reserved = rate.tokensPerCall;
    rate = takeCall(rate, startedAt);
    const outcome = await endpoint.send(call.body, call.signal);
    rate = settleCall(rate, { reserved, used: tokensOf(outcome), now: now() });
    if (outcome.kind === 'answered') {
      call.resolve({ response: outcome.response, endpoint: endpoint.url, latencyMs: Math.round(now() - startedAt) });
    } else if (call.signal.aborted) {
      call.giveUp(call.signal.reason);
    } else if (nobodyTookIt(outcome) && mayTryAgain(call, now())) {
      dispatcher.enter(call);
    } else {
      call.giveUp(errors.ofOutcome(endpoint, outcome, call.refusals));
    }
    dispatcher.pump();
  }

  return {
    name,
    model: config.model,
    endpoints,
    call(request: CallRequest, { key, signal }) {
      // One signal may stop hundreds of calls.
      setMaxListeners(0, signal);
      return new Promise((resolve, giveUp) => {
        if (signal.aborted) return giveUp(signal.reason as Error);
        dispatcher.enter({
          body: requestBody(request, { key, structuredOutput: config.structuredOutput }),
          signal,
          resolve,
          giveUp,
          refusals: 0,
          firstRefusedAt: 0,
        });
        dispatcher.pump();
      });
    },
    status: () => ({ pool: name, waiting: dispatcher.waiting(), endpoints: endpoints.map((one) => one.status()) }),
    async close() {
      dispatcher.close(errors.closed());
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    },
  };
}

/** While nobody can answer for long, a call is better kept as a timer of the caller than as memory of this process. */
function turnedAway(
  endpoints: readonly Endpoint[],
  { errors, now }: { errors: PoolErrors; now: () => number },
): Error | undefined {
  const healthy = endpoints.filter((endpoint) => endpoint.healthy());
  if (healthy.length === 0) return errors.allOut(endpoints);
  const silent = healthy.every((endpoint) => endpoint.pausedUntil() > now() + MAX_REFUSED_MS);
  return silent ? errors.allSilent(healthy) : undefined;
}

/** Refused for load, or never connected: nothing was paid, and this or another endpoint may take it. */
const nobodyTookIt = (outcome: Outcome): boolean =>
  outcome.kind === 'refused' || (outcome.kind === 'failed' && outcome.connect);

function mayTryAgain(call: Call, now: number): boolean {
  if (call.refusals === 0) call.firstRefusedAt = now;
  call.refusals += 1;
  return call.refusals < MAX_REFUSALS && now - call.firstRefusedAt < MAX_REFUSED_MS;
}

const tokensOf = (outcome: Outcome): number | undefined =>
  outcome.kind === 'answered' ? outcome.response.usage.inputTokens + outcome.response.usage.outputTokens : undefined;
