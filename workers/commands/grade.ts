import { Command } from 'commander';
import type { Readable } from 'node:stream';
import { createGrader, type GradeResult, type Grader } from '../../activities/grading/grader.js';
import { createMathVerify, mathVerifyScript } from '../../activities/grading/math-verify.js';
import { toolPath } from '../stack/tools.js';
import { rowLine, summaryLines } from './grade-lines.js';
import { readGradeRows, type GradeLine, type GradeRow } from './grade-rows.js';
import { createGradeTally, isDisagreement } from './grade-tally.js';

/** 0: every line was graded; 1: some lines were broken, or there was none to grade; 2: the file can't be read. */
export type GradeExitCode = 0 | 1 | 2;

export interface GradeOptions {
  /** Path of a JSONL file, or `-` for the input. */
  readonly file: string;
  readonly grader: Grader;
  /** Takes one line of output. */
  readonly out: (line: string) => void;
  /** One JSON object a line: `kind` is row, broken or summary. */
  readonly json?: boolean;
  /** Show only rows that disagree with their label. */
  readonly disagreements?: boolean;
  /** Show no rows at all. */
  readonly summary?: boolean;
  /** Rows graded at the same time. @default 8 */
  readonly window?: number;
  /** @default process.stdin */
  readonly input?: Readable;
}

type Graded = { readonly row: GradeRow; readonly result: GradeResult } | Exclude<GradeLine, GradeRow>;

/** Grades rows in their order, several at a time, in flat memory. */
async function* graded(lines: AsyncIterable<GradeLine>, grader: Grader, window: number): AsyncGenerator<Graded> {
  const pending: Promise<Graded>[] = [];
  const grade = async (line: GradeLine): Promise<Graded> =>
    'problem' in line
      ? line
      : { row: line, result: await grader.grade({ reference: line.answer, solution: line.text }) };
  try {
    for await (const line of lines) {
      pending.push(grade(line));
      if (pending.length >= window) yield await (pending.shift() as Promise<Graded>);
    }
    while (pending.length > 0) yield await (pending.shift() as Promise<Graded>);
  } finally {
    await Promise.allSettled(pending);
  }
}

const rowJson = ({ line, id, isCorrect }: GradeRow, result: GradeResult): string =>
  JSON.stringify({ kind: 'row', line, id, ...result, ...(isCorrect !== undefined && { isCorrect }) });

/** Grades a file of rows with the build's own grader and reports verdicts and, where rows are labelled, agreement. */
export async function runGrade(options: GradeOptions): Promise<GradeExitCode> {
  const { file, grader, out, json = false } = options;
  const tally = createGradeTally();
  const show = (row: GradeRow, result: GradeResult): void => {
    if (options.summary || (options.disagreements && !isDisagreement(result.verdict, row.isCorrect))) return;
    out(json ? rowJson(row, result) : rowLine(row, result));
  };
  try {
    for await (const item of graded(readGradeRows(file, options.input ?? process.stdin), grader, options.window ?? 8)) {
      if ('problem' in item) {
        tally.addBroken();
        out(json ? JSON.stringify({ kind: 'broken', ...item }) : `${item.line} broken line: ${item.problem}`);
      } else {
        tally.add(item.result, item.row.isCorrect);
        show(item.row, item.result);
      }
    }
  } catch (error) {
    if (!isFileError(error)) throw error;
    out(json ? JSON.stringify({ kind: 'error', message: error.message }) : `can't read ${file}: ${error.message}`);
    return 2;
  }
  const summary = tally.summary();
  if (json) out(JSON.stringify({ kind: 'summary', ...summary }));
  else summaryLines(summary).forEach(out);
  return summary.brokenLines > 0 || summary.rows === 0 ? 1 : 0;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && !('spawnargs' in error);
}

export interface GradeCommandDependencies {
  /** @default the grader of the set-up: Math-Verify of COTMILL_PYTHON or of the tools that the set-up installed */
  readonly openGrader?: (choice: { readonly mathVerify: boolean; readonly processes: number }) => Grader;
  /** @default console.log */
  readonly out?: (line: string) => void;
}

function openInstalledGrader({
  mathVerify,
  processes,
}: {
  readonly mathVerify: boolean;
  readonly processes: number;
}): Grader {
  if (!mathVerify) return createGrader();
  const python = process.env['COTMILL_PYTHON'] ?? toolPath('python');
  return createGrader({ mathVerify: createMathVerify({ python, script: mathVerifyScript(), processes }) });
}

interface Flags {
  readonly json?: boolean;
  readonly disagreements?: boolean;
  readonly summary?: boolean;
  readonly mathVerify: boolean;
  readonly processes: string;
}

/** `cotmill grade <file.jsonl>` */
export function gradeCommand(dependencies: GradeCommandDependencies = {}): Command {
  const out = dependencies.out ?? ((line: string) => console.log(line));
  const openGrader = dependencies.openGrader ?? openInstalledGrader;
  return new Command('grade')
    .description(
      'Check solutions against reference answers with the rules of the build. Rows: "answer", "text", optional "id" and "is_correct". ' +
        'Exit code 0: all lines graded, 1: some were broken or there was none, 2: the file could not be read.',
    )
    .argument('<file>', 'JSON Lines (.gz, .zst allowed); "-" reads standard input')
    .option('--json', 'one JSON object a line: rows, broken lines, summary')
    .option('--disagreements', 'show only rows whose verdict and "is_correct" disagree')
    .option('--summary', 'show no rows, only broken lines and totals')
    .option('--no-math-verify', 'only the fast path; what it cannot decide stays undecided')
    .option('--processes <count>', 'Math-Verify processes', '2')
    .action(async (file: string, { mathVerify, processes, ...flags }: Flags) => {
      const grader = openGrader({ mathVerify, processes: Math.max(1, Number(processes) || 1) });
      try {
        process.exitCode = await runGrade({ file, grader, out, ...flags });
      } finally {
        await grader.close();
      }
    });
}
