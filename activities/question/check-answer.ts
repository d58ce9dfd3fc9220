import type { CodeGrader } from '../grading/code-grader.js';
import type { DecidedBy, Grader, GradeResult } from '../grading/grader.js';
import type { QuestionRow } from '../sources/question-row.js';

/** Which check decided about the answer of a chain. */
export type AnswerDecidedBy = DecidedBy | 'tests';

/** The check of an answer as the journal keeps it: no text of a test, and no program, which stands in the chain. */
export interface AnswerGrade extends Omit<GradeResult, 'decidedBy'> {
  readonly decidedBy: AnswerDecidedBy;
}

/** Thrown where programs have to be run, nobody else can decide, and this machine has no sandbox for them. Trying again here does not help. */
export class CodeSandboxUnavailable extends Error {
  override name = 'CodeSandboxUnavailable';
}

export interface AnswerToCheck {
  readonly row: Pick<QuestionRow, 'id' | 'answer' | 'tests'>;
  readonly solution: string;
  /** Whether a judge decides what the check does not. */
  readonly judged: boolean;
  readonly signal: AbortSignal;
}

export interface CheckTools {
  readonly grader: Pick<Grader, 'grade'>;
  readonly code: Pick<CodeGrader, 'grade'>;
}

/**
 * Checks the answer of a chain by rule: a program by the tests of its question, else by the reference answer; undefined where the question has
 * neither. Tests win over a reference answer, which for such questions is a program of another kind. Throws {@link CodeSandboxUnavailable},
 * what the graders throw, and the signal's reason.
 */
export async function checkAnswer(tools: CheckTools, answer: AnswerToCheck): Promise<AnswerGrade | undefined> {
  const { row, solution, signal } = answer;
  if (row.tests !== undefined) return await runTests(tools.code, { ...answer, tests: row.tests });
  if (row.answer === null) return undefined;
  signal.throwIfAborted();
  return await tools.grader.grade({ reference: row.answer, solution });
}

async function runTests(
  code: CheckTools['code'],
  { row, tests, solution, judged, signal }: AnswerToCheck & { readonly tests: string },
): Promise<AnswerGrade> {
  const { verdict, decidedBy, note, noSandbox } = await code.grade({ tests, solution, signal });
  if (noSandbox !== undefined && !judged)
    throw new CodeSandboxUnavailable(
      `Question ${row.id} has tests, programs are run in a sandbox only, and this machine has none: ${noSandbox}. Mend that (docs/operations.md, The sandbox), or give the recipe a judge (validation.judge).`,
    );
  return { verdict, decidedBy, extracted: undefined, ...(note !== undefined && { note }) };
}
