import type { GradeResult } from '../../activities/grading/grader.js';
import type { GradeRow } from './grade-rows.js';
import type { GradeSummary } from './grade-tally.js';

const MAX_SHOWN_CHARS = 60;

/** One row as people read it: `12 gsm-7 equal (fast-path) "18"`. */
export function rowLine(row: GradeRow, result: GradeResult): string {
  const label = row.isCorrect === undefined ? '' : `, labelled ${row.isCorrect ? 'right' : 'wrong'}`;
  const check = result.decidedBy === 'none' ? '' : ` (${result.decidedBy})`;
  const found = result.extracted === undefined ? 'no answer' : `answer ${shortened(result.extracted)}`;
  const note = result.note === undefined ? '' : `: ${result.note}`;
  return `${row.line} ${row.id} ${result.verdict}${check}: ${found}, reference ${shortened(row.answer)}${label}${note}`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `"${line.length > MAX_SHOWN_CHARS ? `${line.slice(0, MAX_SHOWN_CHARS)}...` : line}"`;
}

const percent = (share: number | null, of: string): string =>
  share === null ? `none (${of})` : `${share.toFixed(4)} (${of})`;

/** The totals as people read them. */
export function summaryLines({ rows, brokenLines, byCheck, verdicts, labels }: GradeSummary): readonly string[] {
  const cells = (name: string, counts: readonly (number | string)[]): string =>
    name.padEnd(12) + counts.map((count) => String(count).padStart(11)).join('');
  const lines = [
    `${rows} rows graded, ${brokenLines} broken lines`,
    cells('check', ['equal', 'different', 'undecided']),
    ...Object.entries(byCheck).map(([check, count]) => cells(check, [count.equal, count.different, count.undecided])),
    cells('all', [verdicts.equal, verdicts.different, verdicts.undecided]),
  ];
  if (!labels) return lines;
  const accepted = labels.equalRight + labels.equalWrong;
  const right = labels.equalRight + labels.differentRight + labels.undecidedRight;
  const agreeing = labels.equalRight + labels.differentWrong;
  const decided = accepted + labels.differentRight + labels.differentWrong;
  return [
    ...lines,
    `labels: ${labels.rows} rows, ${right} right`,
    `  agreement of decided rows ${percent(labels.agreement, `${agreeing} of ${decided}`)}`,
    `  precision ${percent(labels.precision, `${labels.equalRight} of ${accepted} accepted`)}`,
    `  recall ${percent(labels.recall, `${labels.equalRight} of ${right} labelled right`)}`,
    `  undecided: ${labels.undecidedRight} labelled right, ${labels.undecidedWrong} labelled wrong`,
  ];
}
