import { extractAnswer, type ExtractedAnswer } from './extract-answer.js';
import { compareFast } from './fast-path.js';
import { formulasOf } from './formulas.js';
import { lastBoxed } from './boxed.js';
import type { MathVerify } from './math-verify.js';
import type { Verdict } from './verdict.js';

/** Which check decided. */
export type DecidedBy = 'fast-path' | 'math-verify' | 'none';

export interface GradeResult {
  readonly verdict: Verdict;
  readonly decidedBy: DecidedBy;
  /** The answer as cut out of the solution; undefined when none was found. */
  readonly extracted: string | undefined;
  /** How it was found: in a box, in a statement, or as the only number of the last line. */
  readonly extractedFrom?: ExtractedAnswer['from'];
  /** For people: why undecided, which units differ, ... */
  readonly note?: string;
}

/**
 * Compares the solution text of a chain with the reference answer. Never throws for odd input: `undecided` says so. Throws
 * {@link MathVerifyUnavailableError} when Math-Verify is wanted and can't be started.
 */
export interface Grader {
  grade(input: { readonly reference: string; readonly solution: string }): Promise<GradeResult>;
  close(): Promise<void>;
}

type Comparison = Pick<GradeResult, 'verdict' | 'decidedBy' | 'note'>;

const undecided = (note: string | undefined): Comparison => ({
  verdict: 'undecided',
  decidedBy: 'none',
  ...(note !== undefined && { note }),
});

/** The answer within a reference: references may be worked solutions that end in a box or in `#### 18`. */
function referenceAnswer(reference: string): string {
  const boxed = lastBoxed(reference);
  if (boxed.kind === 'answer') return boxed.text;
  return /(?:^|\n)\s*####\s*(\S[^\n]*?)\s*$/.exec(reference)?.[1] ?? reference.trim();
}

async function compare(reference: string, answer: string, mathVerify: MathVerify | undefined): Promise<Comparison> {
  const { forJudge, ...fast } = compareFast(reference, answer);
  if (fast.verdict !== 'undecided') return { ...fast, decidedBy: 'fast-path' };
  if (forJudge) return undecided(fast.note);
  const formulas = formulasOf(reference, answer);
  if (formulas.kind === 'unfit') return undecided(formulas.note);
  if (!mathVerify) return undecided(fast.note ?? 'not plain numbers, and Math-Verify is not in use');
  const { gold, target } = formulas;
  const { verdict, note } = await mathVerify.compare({ gold, target });
  if (verdict === 'undecided') return undecided(note);
  return { verdict, decidedBy: 'math-verify' };
}

/** A guessed answer can confirm and not refute: the line it was found in may have been about something else. */
function trusted(comparison: Comparison, from: ExtractedAnswer['from']): Comparison {
  if (from !== 'guessed' || comparison.verdict !== 'different') return comparison;
  return undecided('the answer was not stated, and the last number differs from the reference');
}

/**
 * Checks answers by rule: cut out the answer, compare it by the fast path, then by Math-Verify when one is given, else leave it undecided.
 * The caller sees to it that there is a reference answer. Closing it closes Math-Verify too.
 */
export function createGrader({ mathVerify }: { readonly mathVerify?: MathVerify } = {}): Grader {
  async function grade({
    reference,
    solution,
  }: {
    readonly reference: string;
    readonly solution: string;
  }): Promise<GradeResult> {
    const extracted = extractAnswer(solution);
    if (!extracted) return { ...undecided('no answer was found in the solution'), extracted: undefined };
    const comparison = await compare(referenceAnswer(reference), extracted.text, mathVerify);
    return { ...trusted(comparison, extracted.from), extracted: extracted.text, extractedFrom: extracted.from };
  }
  return { grade, close: async () => mathVerify?.close() };
}
