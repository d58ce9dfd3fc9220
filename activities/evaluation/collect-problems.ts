import { hash } from 'node:crypto';
import type { Row } from '../sources/row-fields.js';
import type { Problem } from './problem.js';
import { readProblem, type ProblemForm } from './read-problem.js';

/** A row that can't be graded, and what is wrong with it; no text of the row. */
export interface RowFault {
  /** File, where the benchmark has several. */
  readonly path?: string;
  readonly row: number;
  readonly fault: string;
}

/** The problems of a benchmark, each once. */
export interface CollectedProblems {
  readonly problems: readonly Problem[];
  /** Rows that say the same as an earlier one. They are asked and scored once. [ours] */
  readonly duplicates: number;
  /** Rows that can't be graded, with what is wrong with them; no text of theirs. */
  readonly faults: readonly RowFault[];
}

/** Takes the rows of a benchmark one by one. Keeps hashes of all problems, and of those wanted the problem itself. */
export interface ProblemCollector {
  add(row: Row, place: Omit<RowFault, 'fault'>): void;
  /** A row that could not even be read. */
  addFault(fault: RowFault): void;
  /** Ids of all problems so far, in the order of the rows. */
  ids(): string[];
  collected(): CollectedProblems;
}

/** Two rows of one question with different answers are a fault of the later one. @param isWanted @default every problem is kept */
export function createProblemCollector(
  form: ProblemForm,
  isWanted: (id: string) => boolean = () => true,
): ProblemCollector {
  const known = new Map<string, { readonly place: Omit<RowFault, 'fault'>; readonly answer: string }>();
  const problems: Problem[] = [];
  const faults: RowFault[] = [];
  let duplicates = 0;
  return {
    add(row, place) {
      const read = readProblem(row, form);
      if ('fault' in read) return void faults.push({ ...place, fault: read.fault });
      const { problem } = read;
      const answer = hash('sha256', answerOf(problem), 'base64');
      const earlier = known.get(problem.id);
      if (earlier === undefined) {
        known.set(problem.id, { place, answer });
        if (isWanted(problem.id)) problems.push(problem);
      } else if (earlier.answer === answer) duplicates += 1;
      else faults.push({ ...place, fault: `asks what row ${earlier.place.row} asks, with another answer` });
    },
    addFault: (fault) => void faults.push(fault),
    ids: () => [...known.keys()],
    collected: () => ({ problems, duplicates, faults }),
  };
}

/** Reads all rows of a benchmark. Pure. */
export function collectProblems(
  rows: Iterable<{ readonly number: number; readonly row: Row }>,
  form: ProblemForm,
): CollectedProblems {
  const collector = createProblemCollector(form);
  for (const { number, row } of rows) collector.add(row, { row: number });
  return collector.collected();
}

function answerOf(problem: Problem): string {
  switch (problem.kind) {
    case 'math':
      return problem.reference;
    case 'choice':
      return problem.options[problem.correct]?.trim() ?? '';
    case 'code':
      return problem.tests;
  }
}
