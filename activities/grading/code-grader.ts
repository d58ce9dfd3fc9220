import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import { compareOutput, compareValue, shown } from './code-compare.js';
import { extractCode } from './code-extract.js';
import { parseTests, readyTests, type CodeCase, type CodeTask, type CodeTests, type Fault } from './code-tests.js';
import type { GradeResult } from './grader.js';
import { DEFAULT_LIMITS, type Sandbox, type SandboxLimits } from './sandbox.js';
import type { SandboxOutcome } from './sandbox-outcome.js';

/** Why a program failed a test. */
export type CodeFailureKind =
  'wrong-output' | 'no-result' | 'error' | 'cpu-time-limit' | 'memory-limit' | 'output-limit';

export interface CodeFailure {
  /** 0-based, in the order in which tests are run. */
  readonly index: number;
  readonly kind: CodeFailureKind;
  /** Short, for people. It can quote the test. */
  readonly detail: string;
}

/** Tests are run in order up to the first that fails. */
export interface CodeReport {
  readonly tests: number;
  readonly passed: number;
  readonly failure?: CodeFailure;
}

export interface CodeGradeResult extends Pick<GradeResult, 'verdict' | 'note'> {
  readonly decidedBy: 'tests' | 'none';
  /** The program as cut out of the solution; undefined when none was found. */
  readonly extracted: string | undefined;
  /** Absent when no test was run. */
  readonly report?: CodeReport;
  /** Why programs can't be run on this machine at all. */
  readonly noSandbox?: string;
}

export interface CodeGrader {
  /**
   * `tests` is the text that a question row carries. Never throws for odd tests or programs: `undecided` says why, also where code can't be run.
   * Throws the signal's reason when aborted.
   */
  grade(input: {
    readonly tests: string;
    readonly solution: string;
    readonly signal?: AbortSignal;
  }): Promise<CodeGradeResult>;
}

export interface CodeGraderOptions {
  readonly sandbox: Sandbox;
  /** Of each test. */
  readonly limits?: Partial<SandboxLimits>;
}

/** For unpacking alone: hidden tests of one problem are megabytes. */
const UNPACK_LIMITS: Partial<SandboxLimits> = { cpuSeconds: 30, wallMs: 90_000, outputBytes: 64 * 1024 * 1024 };

/** What became of one test. `unknown`: nothing about the program, so that the whole grading stays undecided. */
type CaseResult = 'passed' | Omit<CodeFailure, 'index'> | { readonly kind: 'unknown'; readonly detail: string };

/**
 * Grades programs by their tests, each in a sandbox of its own. The expected outputs stay out here: a program can neither read them nor touch the
 * comparison, and ending early, printing anything or replacing functions can only make it fail.
 */
export function createCodeGrader({ sandbox, limits = {} }: CodeGraderOptions): CodeGrader {
  const runner = grading('run_solution.py');
  const unpacker = grading('unpack_tests.py');

  async function grade({ tests, solution, signal }: Parameters<CodeGrader['grade']>[0]): Promise<CodeGradeResult> {
    const extracted = extractCode(solution);
    if ('missing' in extracted) return undecided(extracted.missing, undefined);
    const { code } = extracted;
    const available = await sandbox.availability();
    if (!available.available) {
      const { reason } = available;
      return { ...undecided(`not graded, no sandbox: ${reason}`, code), noSandbox: reason };
    }
    const ready = await testsOf(tests, signal);
    if ('fault' in ready) return undecided(`the tests can't be used: ${ready.fault}`, code);
    return runAll(ready, code, signal);
  }

  async function testsOf(text: string, signal: AbortSignal | undefined): Promise<CodeTests | Fault> {
    const parsed = parseTests(text);
    if ('fault' in parsed) return parsed;
    if (parsed.packed === undefined) return readyTests(parsed, undefined);
    const stdin = parsed.packed;
    const outcome = await sandbox.run({ source: unpacker, stdin, limits: UNPACK_LIMITS, ...(signal && { signal }) });
    if (outcome.kind === 'exited' && outcome.exitCode === 0) return readyTests(parsed, outcome.stdout);
    return { fault: `hidden tests were not unpacked: ${describeEnd(outcome)}` };
  }

  async function runAll(
    { task, cases }: CodeTests,
    code: string,
    signal: AbortSignal | undefined,
  ): Promise<CodeGradeResult> {
    const files = { 'solution.py': code, 'task.json': JSON.stringify(taskFile(task)) };
    for (const [index, test] of cases.entries()) {
      const limitsHere = { ...limits, outputBytes: outputBytesFor(test, limits) };
      const program = { source: runner, files, stdin: test.input, limits: limitsHere, ...(signal && { signal }) };
      const result = resultOf(await sandbox.run(program), task, test);
      if (result === 'passed') continue;
      const report = { tests: cases.length, passed: index };
      const where = `test ${index + 1} of ${cases.length}: ${result.kind}`;
      if (result.kind === 'unknown') return { ...undecided(`${where}, ${result.detail}`, code), report };
      const failure = { index, kind: result.kind, detail: result.detail };
      return { verdict: 'different', decidedBy: 'tests', extracted: code, note: where, report: { ...report, failure } };
    }
    const report = { tests: cases.length, passed: cases.length };
    return { verdict: 'equal', decidedBy: 'tests', extracted: code, report };
  }
  return { grade };
}

const grading = (name: string): string => readFileSync(join(packageRoot(), 'infra', 'grading', name), 'utf8');

/** Some tests expect megabytes. A right answer may be written longer than the expected one, by spaces and escapes. */
const outputBytesFor = ({ output }: CodeCase, { outputBytes = DEFAULT_LIMITS.outputBytes }: Partial<SandboxLimits>) =>
  Math.max(outputBytes, 4 * Buffer.byteLength(output));

const taskFile = (task: CodeTask) => (task.kind === 'stdin' ? task : { kind: task.kind, function: task.functionName });

const undecided = (note: string, code: string | undefined): CodeGradeResult => ({
  verdict: 'undecided',
  decidedBy: 'none',
  extracted: code,
  note,
});

/** What one run says about the program. */
function resultOf(outcome: SandboxOutcome, task: CodeTask, test: CodeCase): CaseResult {
  switch (outcome.kind) {
    case 'unavailable':
      return { kind: 'unknown', detail: outcome.reason };
    case 'time-limit':
      if (outcome.clock === 'cpu') return { kind: 'cpu-time-limit', detail: describeEnd(outcome) };
      // It waited, or the machine was too busy to give it its time: not known, and not held against it.
      return { kind: 'unknown', detail: describeEnd(outcome) };
    case 'memory-limit':
    case 'output-limit':
      return { kind: outcome.kind, detail: describeEnd(outcome) };
    case 'signalled':
      // Its own kill can't be told from that of a machine which had no memory left.
      return { kind: outcome.signal === constants.signals.SIGKILL ? 'unknown' : 'error', detail: describeEnd(outcome) };
    case 'exited':
      if (outcome.exitCode !== 0) return { kind: 'error', detail: describeEnd(outcome) };
      return resultOfOutput(outcome.stdout, task, test);
  }
}

function resultOfOutput(stdout: string, task: CodeTask, test: CodeCase): CaseResult {
  if (task.kind === 'functional' && stdout === '')
    return { kind: 'no-result', detail: 'it ended without returning a value' };
  const difference = task.kind === 'stdin' ? compareOutput(test.output, stdout) : compareValue(test.output, stdout);
  return difference === undefined ? 'passed' : { kind: 'wrong-output', detail: difference };
}

function describeEnd(outcome: SandboxOutcome): string {
  if (outcome.kind === 'unavailable') return outcome.reason;
  const lastLine = outcome.stderr.trim().split('\n').at(-1) ?? '';
  const said = lastLine === '' ? '' : `, ${shown(lastLine)}`;
  switch (outcome.kind) {
    case 'exited':
      return `exit code ${outcome.exitCode}${said}`;
    case 'signalled':
      return `signal ${outcome.signal}${said}`;
    case 'time-limit':
      return outcome.clock === 'cpu' ? 'it computed for too long' : 'it did not end in time';
    case 'memory-limit':
    case 'output-limit':
      return `over its ${outcome.kind}`;
  }
}
