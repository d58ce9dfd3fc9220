/** Outcome of comparing a solution with a reference answer. */
export type Verdict = 'equal' | 'different' | 'undecided';
