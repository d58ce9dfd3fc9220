import type { Spending } from '../../workflows/question/spending.js';
import { spendingOf, type PaidUsage } from '../question/paid-usage.js';
import type { Cut, PartStore } from './evaluation-parts.js';
import { rangeStarts } from './evaluation-parts.js';

/** What the answers and scores of an evaluation cost the execution that asks; what others paid is reused. */
export async function evaluationSpending(parts: PartStore, cut: Cut, execution: string): Promise<Spending> {
  const calls: PaidUsage[] = [];
  for (const from of rangeStarts(cut)) {
    const [answered, scored] = await Promise.all([
      parts.answered({ ...cut.ref, from }),
      parts.scored({ ...cut.ref, from }),
    ]);
    for (const { samples } of answered?.problems ?? []) calls.push(...samples.flatMap((sample) => sample.calls));
    for (const answer of scored?.answers ?? []) calls.push(...answer.calls);
  }
  return spendingOf(calls, execution);
}
