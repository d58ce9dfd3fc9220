import type { Endpoint } from './endpoint.js';
import { InferenceError } from './inference.js';
import type { Unanswered } from './read-error.js';

/** Time that a probe is given to end before the caller asks again. */
const PROBE_GRACE_MS = 250;
const MIN_RETRY_AFTER_MS = 500;

type Details = Omit<ConstructorParameters<typeof InferenceError>[1], 'pool'>;

/** The errors of one pool: where it happened, what the server said, what to do. Built from redacted words only, so they have no cause. */
export interface PoolErrors {
  ofOutcome(endpoint: Endpoint, outcome: Unanswered, refusals: number): InferenceError;
  allOut(endpoints: readonly Endpoint[]): InferenceError;
  /** Every endpoint asked for a longer silence than a call waits in the pool. */
  allSilent(endpoints: readonly Endpoint[]): InferenceError;
  closed(): InferenceError;
}

export function createPoolErrors(pool: string, now: () => number): PoolErrors {
  const error = (message: string, details: Details): InferenceError =>
    new InferenceError(message, {
      ...details,
      pool,
      ...(details.retryAfterMs !== undefined && {
        retryAfterMs: Math.ceil(Math.max(MIN_RETRY_AFTER_MS, details.retryAfterMs)),
      }),
    });
  return {
    ofOutcome(endpoint, outcome, refusals) {
      const { message, ...details } = describe(`pool "${pool}", endpoint ${endpoint.url}`, {
        endpoint,
        outcome,
        refusals,
      });
      const silentMs =
        outcome.kind === 'refused' ? Math.max(outcome.retryAfterMs ?? 0, endpoint.pausedUntil() - now()) : undefined;
      return error(message, { ...details, retryAfterMs: silentMs });
    },
    allOut(endpoints) {
      const probeAt = Math.min(...endpoints.map((endpoint) => endpoint.nextProbeAt() ?? now()));
      const faults = endpoints.map((endpoint) => `${endpoint.url} (${endpoint.status().lastError ?? 'no answer'})`);
      const message = `pool "${pool}": every endpoint is out, and probed until it answers: ${faults.join(', ')}`;
      return error(message, { kind: 'unavailable', retryAfterMs: probeAt - now() + PROBE_GRACE_MS });
    },
    allSilent(endpoints) {
      const silentMs = Math.min(...endpoints.map((endpoint) => endpoint.pausedUntil() - now()));
      const message = `pool "${pool}": every endpoint asked for silence (Retry-After), the shortest for ${Math.ceil(silentMs / 1000)} s`;
      return error(message, { kind: 'overloaded', retryAfterMs: silentMs });
    },
    closed: () => error(`pool "${pool}" was closed`, { kind: 'unavailable' }),
  };
}

interface Happened {
  readonly endpoint: Endpoint;
  readonly outcome: Unanswered;
  readonly refusals: number;
}

function describe(where: string, { endpoint, outcome, refusals }: Happened): Details & { message: string } {
  switch (outcome.kind) {
    case 'refused': {
      const message = `${where} refused a call for load ${refusals} times (status ${outcome.status}): ${outcome.message}`;
      return { kind: 'overloaded', status: outcome.status, message };
    }
    case 'failed':
      return {
        kind: 'unavailable',
        status: outcome.status,
        message: `${where}${answered(outcome)}: ${outcome.message}`,
      };
    case 'rejected':
      // The server's words come first: rows of the data set carry a cut of this message as their reason.
      return { kind: 'rejected', status: outcome.status, message: `${outcome.message} (${where}${answered(outcome)})` };
    case 'misconfigured': {
      const message = `${where}${answered(outcome)}: ${outcome.message}. ${keyAdvice(endpoint)}`;
      return { kind: 'misconfigured', status: outcome.status, message };
    }
    case 'aborted':
      return { kind: 'unavailable', message: `${where}: the request was cut off` };
    default:
      return outcome satisfies never;
  }
}

const answered = ({ status }: { status?: number | undefined }): string =>
  status === undefined ? '' : ` answered ${status}`;

const keyAdvice = ({ apiKeyEnv }: Endpoint): string =>
  apiKeyEnv === undefined
    ? 'The deployment names no "apiKeyEnv" for this endpoint'
    : `Its key is read from the environment variable ${apiKeyEnv}; start the worker anew after changing it`;
