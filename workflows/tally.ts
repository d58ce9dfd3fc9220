import { addSpending, noSpending, type Spending } from './question/spending.js';

/** Questions by how they ended, and what they cost. */
export interface Tally {
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
  readonly spending: Spending;
}

export const emptyTally: Tally = { accepted: 0, rejected: 0, failed: 0, spending: noSpending };

export const addTallies = (a: Tally, b: Tally): Tally => ({
  accepted: a.accepted + b.accepted,
  rejected: a.rejected + b.rejected,
  failed: a.failed + b.failed,
  spending: addSpending(a.spending, b.spending),
});

export const finished = (tally: Tally): number => tally.accepted + tally.rejected + tally.failed;
