import type { DecidedBy, GradeResult } from '../../activities/grading/grader.js';
import type { Verdict } from '../../activities/grading/verdict.js';

/** Verdicts against labels. Accepting a row means `equal`; `different` and `undecided` both mean that it is not accepted. */
export interface LabelCounts {
  readonly rows: number;
  readonly equalRight: number;
  readonly equalWrong: number;
  readonly differentRight: number;
  readonly differentWrong: number;
  readonly undecidedRight: number;
  readonly undecidedWrong: number;
}

export interface GradeSummary {
  readonly rows: number;
  readonly brokenLines: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly byCheck: Readonly<Record<DecidedBy, Readonly<Record<Verdict, number>>>>;
  /** Absent when no row had `is_correct`. Shares are null where nothing was counted. */
  readonly labels?: LabelCounts & {
    /** Share of the decided rows whose verdict is the label's. */
    readonly agreement: number | null;
    /** Share of the accepted rows that are labelled right. */
    readonly precision: number | null;
    /** Share of the rows labelled right that are accepted. */
    readonly recall: number | null;
  };
}

export interface GradeTally {
  addBroken(): void;
  add(result: GradeResult, label: boolean | undefined): void;
  summary(): GradeSummary;
}

const noVerdicts = (): Record<Verdict, number> => ({ equal: 0, different: 0, undecided: 0 });
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function withShares(counts: LabelCounts): NonNullable<GradeSummary['labels']> {
  const { equalRight, equalWrong, differentRight, differentWrong, undecidedRight } = counts;
  return {
    ...counts,
    agreement: share(equalRight + differentWrong, equalRight + equalWrong + differentRight + differentWrong),
    precision: share(equalRight, equalRight + equalWrong),
    recall: share(equalRight, equalRight + differentRight + undecidedRight),
  };
}

/** Counts verdicts by check and, where a row has a label, against the labels. */
export function createGradeTally(): GradeTally {
  const byCheck = { 'fast-path': noVerdicts(), 'math-verify': noVerdicts(), none: noVerdicts() };
  const labelled = { right: noVerdicts(), wrong: noVerdicts() };
  let brokenLines = 0;

  function labels(): LabelCounts {
    const { right, wrong } = labelled;
    const total = (counts: Record<Verdict, number>): number => counts.equal + counts.different + counts.undecided;
    return {
      rows: total(right) + total(wrong),
      equalRight: right.equal,
      equalWrong: wrong.equal,
      differentRight: right.different,
      differentWrong: wrong.different,
      undecidedRight: right.undecided,
      undecidedWrong: wrong.undecided,
    };
  }

  function summary(): GradeSummary {
    const checks = Object.values(byCheck);
    const sum = (verdict: Verdict): number => checks.reduce((total, counts) => total + counts[verdict], 0);
    const verdicts = { equal: sum('equal'), different: sum('different'), undecided: sum('undecided') };
    const counts = labels();
    return {
      rows: verdicts.equal + verdicts.different + verdicts.undecided,
      brokenLines,
      verdicts,
      byCheck,
      ...(counts.rows > 0 && { labels: withShares(counts) }),
    };
  }
  return {
    addBroken: () => void brokenLines++,
    add: ({ verdict, decidedBy }, label) => {
      byCheck[decidedBy][verdict]++;
      if (label !== undefined) labelled[label ? 'right' : 'wrong'][verdict]++;
    },
    summary,
  };
}

/** The verdict speaks against the label: accepted although labelled wrong, or not accepted although labelled right. */
export const isDisagreement = (verdict: Verdict, label: boolean | undefined): boolean =>
  label !== undefined && (verdict === 'equal') !== label;
