import { callKey } from '../ledger/call-key.js';
import type { Ledger } from '../ledger/ledger.js';
import type { CallRecord, CallRequest, Usage } from '../ledger/record.js';
import type { InferencePool } from '../inference/inference.js';

/** Who asks, and pays. */
export interface Payer {
  readonly run: string;
  readonly execution: string;
}

export interface PaidCall {
  readonly record: CallRecord;
  /** new: this execution paid for the record; reused: another did; repeated: paid now, and found already written. */
  readonly origin: 'new' | 'reused' | 'repeated';
}

export interface Price {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
}

export interface PaidCalls {
  /** The record of a request: from the ledger, or asked, recorded and only then returned. Throws InferenceError, StoreError, LedgerCorrupt. */
  ask(
    request: CallRequest,
    options: { readonly pool: string; readonly payer: Payer; readonly signal: AbortSignal },
  ): Promise<PaidCall>;
}

export const costOf = (usage: Usage, price: Price): number =>
  (usage.inputTokens * price.inputPerMillion + usage.outputTokens * price.outputPerMillion) / 1e6;

export function createPaidCalls(dependencies: {
  ledger: Ledger;
  poolNamed: (name: string) => InferencePool;
  priceOf: (pool: string) => Price;
}): PaidCalls {
  const { ledger, poolNamed, priceOf } = dependencies;
  return {
    async ask(request, { pool, payer, signal }) {
      const key = callKey(request);
      const known = await ledger.find(key);
      if (known) return { record: known, origin: known.execution === payer.execution ? 'new' : 'reused' };
      const { response, endpoint, latencyMs } = await poolNamed(pool).call(request, { signal });
      const paid: CallRecord = {
        schema: 1,
        key,
        request,
        response,
        pool,
        endpoint,
        latencyMs,
        finishedAt: new Date().toISOString(),
        cost: costOf(response.usage, priceOf(pool)),
        ...payer,
      };
      const { record, repeated } = await ledger.record(paid);
      return { record, origin: repeated ? 'repeated' : 'new' };
    },
  };
}
