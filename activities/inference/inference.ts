import type { CallRequest, CallResponse } from '../ledger/record.js';

export interface CallOptions {
  /** Call key of the request. */
  readonly key: string;
  readonly signal: AbortSignal;
}

/** One call to a pool: a slot is waited for, one endpoint chosen, one request sent (again only when refused for load). */
export interface InferencePool {
  readonly name: string;
  readonly model: string;
  /**
   * Asks the model once. Rejects with {@link InferenceError}, or with the signal's reason when aborted (the request is aborted with it).
   */
  call(request: CallRequest, options: CallOptions): Promise<InferenceResult>;
  status(): PoolStatus;
  close(): Promise<void>;
}

export interface InferenceResult {
  readonly response: CallResponse;
  /** URL without credentials. */
  readonly endpoint: string;
  readonly latencyMs: number;
}

export interface EndpointStatus {
  readonly url: string;
  readonly inFlight: number;
  readonly limit: number;
  readonly healthy: boolean;
  readonly refusals: number;
  readonly errors: number;
  readonly calls: number;
  readonly lastError?: string;
}

export interface PoolStatus {
  readonly pool: string;
  readonly waiting: number;
  readonly endpoints: readonly EndpointStatus[];
}

/**
 * overloaded: refused for load (429, 503 with Retry-After) for longer than the pool waits by itself: try again later.
 * unavailable: 5xx, timeouts, resets, or every endpoint is out: try again later.
 * rejected: this request will never be answered (400, 413, 422, context length, content filter).
 * misconfigured: no request of this pool will be answered (401, 403, unknown model): an operator has to act.
 */
export type InferenceErrorKind = 'overloaded' | 'unavailable' | 'rejected' | 'misconfigured';

export class InferenceError extends Error {
  override name = 'InferenceError';
  readonly kind: InferenceErrorKind;
  readonly pool: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: {
      kind: InferenceErrorKind;
      pool: string;
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.kind = details.kind;
    this.pool = details.pool;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}
