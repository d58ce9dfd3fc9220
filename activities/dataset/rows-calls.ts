import type { Role } from '../ledger/record.js';
import type { JournalCall, JournalEntry } from '../question/journal.js';
import { callOrigin } from '../question/paid-usage.js';

/** Calls, tokens and what they cost, in the currency of the deployment's prices. */
export interface UsageTotals {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

/** Usage of calls by role and by pool. */
export interface UsageBreakdown {
  readonly byRole: Readonly<Record<string, UsageTotals>>;
  readonly byPool: Readonly<Record<string, UsageTotals>>;
}

/** Calls of one execution: paid by it, found in the ledger, paid by it and then found already written. */
export interface CallCounts {
  readonly new: number;
  readonly reused: number;
  readonly repeated: number;
}

/** A call and the chain it was spent on. */
export interface ChainCall {
  readonly call: JournalCall;
  readonly chain: number;
}

const NO_USAGE: UsageTotals = { calls: 0, inputTokens: 0, outputTokens: 0, cost: 0 };

/** Calls of a question in the order of its journal. */
export function questionCalls(entries: readonly JournalEntry[]): ChainCall[] {
  return entries.flatMap(({ calls, group }) =>
    calls.flatMap((call) => {
      const chain = group.asks[call.ask]?.chain;
      return chain === undefined ? [] : [{ call, chain }];
    }),
  );
}

/** The same, each key once: a key that two chains share belongs to the first, so sums over chains equal those of the question. */
export function distinctCalls(entries: readonly JournalEntry[]): ChainCall[] {
  const calls = new Map<string, ChainCall>();
  for (const one of questionCalls(entries)) if (!calls.has(one.call.key)) calls.set(one.call.key, one);
  return [...calls.values()];
}

export function countCalls(calls: readonly ChainCall[], execution: string): CallCounts {
  const counts = { new: 0, reused: 0, repeated: 0 };
  for (const { call } of calls) counts[callOrigin(call, execution)] += 1;
  return counts;
}

export const totalUsage = (calls: readonly ChainCall[]): UsageTotals =>
  calls.reduce((total, { call }) => addCall(total, call), NO_USAGE);

/** Usage by role and pool, names in ascending order. */
export function breakDown(calls: readonly ChainCall[]): UsageBreakdown {
  return { byRole: groupUsage(calls, (call): Role => call.role), byPool: groupUsage(calls, (call) => call.pool) };
}

function groupUsage(calls: readonly ChainCall[], nameOf: (call: JournalCall) => string): Record<string, UsageTotals> {
  const groups = new Map<string, UsageTotals>();
  for (const { call } of calls) groups.set(nameOf(call), addCall(groups.get(nameOf(call)) ?? NO_USAGE, call));
  return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const addCall = (total: UsageTotals, call: JournalCall): UsageTotals => ({
  calls: total.calls + 1,
  inputTokens: total.inputTokens + call.usage.inputTokens,
  outputTokens: total.outputTokens + call.usage.outputTokens,
  cost: total.cost + call.cost,
});
