/** What calls cost, added up. Tokens in units, cost in the currency of the deployment's prices. */
export interface Spending {
  /** Paid in this execution. */
  readonly new: number;
  /** Found in the ledger. */
  readonly reused: number;
  /** Paid, then found already written by another. */
  readonly repeated: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

export const noSpending: Spending = { new: 0, reused: 0, repeated: 0, inputTokens: 0, outputTokens: 0, cost: 0 };

export const addSpending = (a: Spending, b: Spending): Spending => ({
  new: a.new + b.new,
  reused: a.reused + b.reused,
  repeated: a.repeated + b.repeated,
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cost: a.cost + b.cost,
});

/** new, reused, repeated, input tokens, output tokens, cost: as it stands in histories. */
export type PackedSpending = readonly [number, number, number, number, number, number];

export const packSpending = (spending: Spending): PackedSpending => [
  spending.new,
  spending.reused,
  spending.repeated,
  spending.inputTokens,
  spending.outputTokens,
  spending.cost,
];

export const unpackSpending = ([
  paid,
  reused,
  repeated,
  inputTokens,
  outputTokens,
  cost,
]: PackedSpending): Spending => ({
  new: paid,
  reused,
  repeated,
  inputTokens,
  outputTokens,
  cost,
});
