import { callOrigin } from '../question/paid-usage.js';
import {
  breakDown,
  countCalls,
  distinctCalls,
  questionCalls,
  type CallCounts,
  type UsageBreakdown,
} from './rows-calls.js';
import type { History } from './rows-outcome.js';
import type { ChainMetadata, QuestionOutcomeRow } from './rows.js';

export interface OutcomeCounts {
  readonly total: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
}

export interface QuestionCounts extends OutcomeCounts {
  /** Of rejected and failed questions. */
  readonly byReason: Readonly<Record<string, number>>;
}

export interface ChainCounts extends OutcomeCounts {
  readonly byReason: Readonly<Record<string, number>>;
  readonly byTeacher: Readonly<Record<string, OutcomeCounts>>;
  /** By rounds of rewriting, "0" to the recipe's limit. */
  readonly byRound: Readonly<Record<string, OutcomeCounts>>;
  /** Accepted chains by who wrote the kept text: teacher, source, extend, simplify, shorten. */
  readonly acceptedByRevision: Readonly<Record<string, number>>;
}

/** Counts of a shard or a run that follow from plan, journal and ledger alone. */
export interface BuildCounts {
  readonly questions: QuestionCounts;
  readonly chains: ChainCounts;
  /** Every call behind the rows, whoever paid for it and when. Tokens, and cost in the currency of the deployment's prices. */
  readonly usage: UsageBreakdown;
}

/** What one execution paid for. */
export interface ExecutionCounts {
  readonly calls: CallCounts;
  /** Usage of the calls that are not reused. A repeated call was paid twice and stands here once. */
  readonly paid: UsageBreakdown;
}

const NO_OUTCOMES: OutcomeCounts = { total: 0, accepted: 0, rejected: 0, failed: 0 };

export const NO_BUILD: BuildCounts = {
  questions: { ...NO_OUTCOMES, byReason: {} },
  chains: { ...NO_OUTCOMES, byReason: {}, byTeacher: {}, byRound: {}, acceptedByRevision: {} },
  usage: { byRole: {}, byPool: {} },
};

export const NO_EXECUTION: ExecutionCounts = {
  calls: { new: 0, reused: 0, repeated: 0 },
  paid: { byRole: {}, byPool: {} },
};

/** Counts of one question. */
export function countQuestion(
  question: QuestionOutcomeRow,
  chains: readonly ChainMetadata[],
  history: Pick<History, 'entries'>,
): BuildCounts {
  return {
    questions: { ...outcomeCounts([question]), byReason: reasons([question]) },
    chains: {
      ...outcomeCounts(chains),
      byReason: reasons(chains),
      byTeacher: grouped(chains, (chain) => chain.teacher),
      byRound: grouped(chains, (chain) => String(chain.rounds)),
      acceptedByRevision: tally(
        chains.flatMap((chain) => (chain.outcome === 'accepted' ? [chain.revision_by ?? 'none'] : [])),
      ),
    },
    usage: breakDown(distinctCalls(history.entries)),
  };
}

/** What `execution` paid for one question. */
export function countExecution(history: Pick<History, 'entries'>, execution: string): ExecutionCounts {
  const calls = questionCalls(history.entries);
  const paid = calls.filter(({ call }) => callOrigin(call, execution) !== 'reused');
  return { calls: countCalls(calls, execution), paid: breakDown(paid) };
}

/**
 * Adds two counts of one form, field by field; names that only one has are kept, in ascending order.
 * Floating-point sums depend on the order of adding: add shards and questions in their order.
 */
export function addCounts<Counts extends object>(a: Counts, b: Counts): Counts {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(byNumberThenName);
  const left = { ...a } as Readonly<Record<string, unknown>>;
  const right = { ...b } as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.map((name) => [name, addValues(left[name], right[name])])) as Counts;
}

function addValues(a: unknown, b: unknown): unknown {
  if (typeof a === 'object' && a !== null) return addCounts(a, b ?? {});
  if (typeof b === 'object' && b !== null) return addCounts({}, b);
  return ((a as number | undefined) ?? 0) + ((b as number | undefined) ?? 0);
}

const byNumberThenName = (a: string, b: string): number => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0);

const outcomeCounts = (rows: readonly { readonly outcome: keyof Omit<OutcomeCounts, 'total'> }[]): OutcomeCounts => ({
  total: rows.length,
  accepted: rows.filter((row) => row.outcome === 'accepted').length,
  rejected: rows.filter((row) => row.outcome === 'rejected').length,
  failed: rows.filter((row) => row.outcome === 'failed').length,
});

const reasons = (rows: readonly { readonly reason: string | null }[]): Record<string, number> =>
  tally(rows.flatMap(({ reason }) => (reason === null ? [] : [reason])));

function grouped(
  rows: readonly ChainMetadata[],
  nameOf: (row: ChainMetadata) => string,
): Record<string, OutcomeCounts> {
  const names = [...new Set(rows.map(nameOf))];
  return Object.fromEntries(names.map((name) => [name, outcomeCounts(rows.filter((row) => nameOf(row) === name))]));
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
