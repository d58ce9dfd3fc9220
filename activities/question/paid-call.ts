import { setTimeout as sleep } from 'node:timers/promises';
import { callKey } from '../ledger/call-key.js';
import type { Ledger } from '../ledger/ledger.js';
import type { CallRecord, CallRequest, Usage } from '../ledger/record.js';
import { openRecord, sealRecord } from '../ledger/sealed-record.js';
import { InferenceError, type InferencePool } from '../inference/inference.js';
import { createFlights } from './flights.js';
import { StoreError } from '../store/object-store.js';

/** Who asks, and pays. */
export interface Payer {
  readonly run: string;
  readonly execution: string;
  /** Question, step and pool: what the answer is paid for. */
  readonly asker: string;
}

export interface PaidCall {
  readonly record: CallRecord;
  /** new: paid for this asker in this execution; reused: paid for another; repeated: paid now, and found already written. */
  readonly origin: 'new' | 'reused' | 'repeated';
}

export interface Price {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
}

export interface AskOptions {
  readonly pool: string;
  readonly payer: Payer;
  readonly signal: AbortSignal;
  /** Calls of the same step by key: equal chains lead to equal questions about them, and one answer serves all. */
  readonly underway: Map<string, Promise<PaidCall>>;
  /** true: neither the request nor the answer may be readable in the ledger (sealed-record.ts). */
  readonly isSealed?: boolean;
}

/** Pool, payer and the signal of the call itself, which outlives that of an attempt. */
type Buying = Omit<AskOptions, 'underway'>;

interface Bought {
  readonly record: CallRecord;
  /** Another's record was there. */
  readonly repeated: boolean;
  readonly payer: Payer;
}

export interface PaidCalls {
  /** The record of a request: from the ledger, or asked, recorded and only then returned. Throws InferenceError, StoreError, LedgerCorrupt. */
  ask(request: CallRequest, options: AskOptions): Promise<PaidCall>;
}

const FIRST_KEEP_DELAY_MS = 250;
const MAX_KEEP_DELAY_MS = 10_000;

export const costOf = (usage: Usage, price: Price): number =>
  (usage.inputTokens * price.inputPerMillion + usage.outputTokens * price.outputPerMillion) / 1e6;

export function createPaidCalls(dependencies: {
  ledger: Ledger;
  poolNamed: (name: string) => InferencePool;
  priceOf: (pool: string) => Price;
}): PaidCalls {
  const { ledger, poolNamed, priceOf } = dependencies;
  const flights = createFlights<Bought>();

  /** Asks and records. Everything that a joining caller needs to know of who pays stands in the result. */
  async function buy(
    key: string,
    request: CallRequest,
    { pool, payer, signal, isSealed = false }: Buying,
  ): Promise<Bought> {
    const target = servingSameModel(poolNamed(pool), request.model);
    const { response, endpoint, latencyMs } = await target.call(request, { key, signal });
    const finishedAt = new Date().toISOString();
    const cost = costOf(response.usage, priceOf(pool));
    const paid = { schema: 1, key, request, response, pool, endpoint, latencyMs, finishedAt, cost, ...payer } as const;
    const { record, repeated } = await keep(ledger, isSealed ? sealRecord(paid) : paid, signal);
    return { record: openRecord(record, request), repeated, payer };
  }

  async function payOnce(key: string, request: CallRequest, options: AskOptions): Promise<PaidCall> {
    const { payer, signal } = options;
    const known = await ledger.find(key);
    if (known) return { record: openRecord(known, request), origin: isPaidBy(known, payer) ? 'new' : 'reused' };
    const bought = await flights.join(key, signal, (flight) => buy(key, request, { ...options, signal: flight }));
    const { record, repeated } = bought;
    if (!isPaidBy(bought.payer, payer)) return { record, origin: 'reused' };
    return { record, origin: repeated ? 'repeated' : 'new' };
  }

  return {
    ask(request, options) {
      const key = callKey(request);
      const shared = options.underway.get(key);
      if (shared) return shared.then((call) => ({ ...call, origin: 'reused' }));
      const call = payOnce(key, request, options);
      options.underway.set(key, call);
      return call;
    },
  };
}

/** Tries until a store that is away takes the record: an answer let go would be paid for again. */
async function keep(ledger: Ledger, paid: CallRecord, signal: AbortSignal): ReturnType<Ledger['record']> {
  for (let delayMs = FIRST_KEEP_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_KEEP_DELAY_MS)) {
    try {
      return await ledger.record(paid);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'unavailable' || signal.aborted) throw error;
      // Cancelled while waiting: one last attempt.
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

const isPaidBy = (record: Pick<Payer, 'execution' | 'asker'>, { execution, asker }: Payer): boolean =>
  record.execution === execution && record.asker === asker;

/** A deployment may change while a run is open, and some servers answer to any model's name: nobody else's answers may stand under this key. */
function servingSameModel(pool: InferencePool, model: string): InferencePool {
  if (pool.model === model) return pool;
  throw new InferenceError(
    `Pool "${pool.name}" serves ${pool.model} now, and this run was started with ${model}. Put ${model} back under pools.${pool.name} of the deployment, or cancel the run and start it again to build with ${pool.model}.`,
    { kind: 'misconfigured', pool: pool.name },
  );
}
