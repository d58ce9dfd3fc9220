import { addSpending, noSpending, type Spending } from '../../workflows/question/spending.js';
import type { Usage } from '../ledger/record.js';
import type { PaidCall } from './paid-call.js';

/** What one call cost, and whom: kept with what it was paid for. */
export interface PaidUsage {
  /** new: paid by `execution` for this work; reused: found in the ledger; repeated: paid, and then found already written. */
  readonly origin: PaidCall['origin'];
  /** Execution that paid for the record. */
  readonly execution: string;
  readonly usage: Usage;
  readonly cost: number;
}

export const paidUsage = ({ record, origin }: PaidCall, execution: string): PaidUsage => ({
  origin,
  // A repeated call was paid here too, though the record is the other's.
  execution: origin === 'repeated' ? execution : record.execution,
  usage: record.response.usage,
  cost: record.cost,
});

/**
 * new: `execution` paid for it; repeated: it did, and found the record already written; reused: everything else, also what an earlier
 * execution wrote down and this one only read.
 */
export const callOrigin = (call: Pick<PaidUsage, 'origin' | 'execution'>, execution: string): PaidUsage['origin'] =>
  call.execution === execution ? call.origin : 'reused';

/** What calls cost one execution: what another one paid is reused. */
export const spendingOf = (calls: readonly PaidUsage[], execution: string): Spending =>
  calls.reduce((sum, call) => {
    const origin = callOrigin(call, execution);
    const { inputTokens, outputTokens } = call.usage;
    return addSpending(sum, {
      ...noSpending,
      [origin]: 1,
      ...(origin !== 'reused' && { inputTokens, outputTokens, cost: call.cost }),
    });
  }, noSpending);
