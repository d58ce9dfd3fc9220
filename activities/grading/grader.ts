/** Outcome of comparing a solution with a reference answer. */
export type Verdict = 'equal' | 'different' | 'undecided';

/** Which check decided. */
export type DecidedBy = 'fast-path' | 'math-verify' | 'none';

export interface GradeResult {
  readonly verdict: Verdict;
  readonly decidedBy: DecidedBy;
  /** The answer as cut out of the solution; undefined when none was found. */
  readonly extracted: string | undefined;
  /** For people: why undecided, which units differ, ... */
  readonly note?: string;
}

/** Compares the solution text of a chain with the reference answer. Never throws for odd input: `undecided` says so. */
export interface Grader {
  grade(input: { readonly reference: string; readonly solution: string }): Promise<GradeResult>;
  close(): Promise<void>;
}
