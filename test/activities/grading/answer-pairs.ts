import { readFileSync } from 'node:fs';
import type { Verdict } from '../../../activities/grading/verdict.js';

/** A pair of answers with what the fast path alone and the whole grader have to say about it. */
export interface AnswerPair {
  readonly reference: string;
  readonly answer: string;
  readonly fast: Verdict;
  readonly verdict: Verdict;
}

/** Our own table of answers of many kinds. */
export function answerPairs(): readonly AnswerPair[] {
  const file = new URL('../../fixtures/grading/pairs.jsonl', import.meta.url);
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AnswerPair);
}
