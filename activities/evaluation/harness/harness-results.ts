import { z } from 'zod';
import type { ProblemResult } from '../results.js';

/** What lm_eval writes of a task: figures by `metric,filter`. */
const Results = z.object({
  results: z.record(z.string(), z.record(z.string(), z.unknown())),
  'n-samples': z.record(z.string(), z.object({ effective: z.number() })).default({}),
});

/** pass@1 as a harness sees it. */
export interface HarnessScore {
  readonly value: number;
  readonly problems: number;
  /** Of the figure that was taken, such as `exact_match,answer`. */
  readonly metric: string;
}

/** Figures that are a share of right answers, the first that a task has. [ours] */
const METRICS = ['exact_match', 'acc', 'pass@1', 'pass_at_1', 'math_verify'];

/** The score of a task. Throws an Error that says what the results lack. Pure. */
export function harnessScore(text: string, task: string): HarnessScore {
  const { results, 'n-samples': counts } = Results.parse(JSON.parse(text));
  const figures = results[task];
  if (!figures) throw new Error(`the results are of ${Object.keys(results).join(', ') || 'nothing'}, not of "${task}"`);
  const names = Object.keys(figures).filter((name) => typeof figures[name] === 'number');
  const metric = METRICS.flatMap((wanted) => names.filter((name) => name.split(',')[0] === wanted))[0];
  if (metric === undefined)
    throw new Error(`"${task}" has no share of right answers (${METRICS.join(', ')}), but ${names.join(', ')}`);
  const own = counts[task]?.effective;
  const problems = own ?? Object.values(counts).reduce((sum, { effective }) => sum + effective, 0);
  return { value: z.number().min(0).max(1).parse(figures[metric]), problems, metric };
}

const Sample = z.object({
  doc: z.object({ id: z.string() }),
  filtered_resps: z.array(z.string()),
  exact_match: z.number(),
});
const NO_ANSWER = '[invalid]';

/** The graded answers of a task of ours, problem by problem. Pure. */
export function harnessAnswers(lines: string): ProblemResult[] {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { doc, filtered_resps: answers, exact_match: score } = Sample.parse(JSON.parse(line));
      const outcome = score === 1 ? 'correct' : answers[0] === NO_ANSWER ? 'unparsed' : 'wrong';
      return {
        id: doc.id,
        subject: null,
        level: null,
        samples: [{ sample: 0, outcome, vote: null, outputTokens: null }],
      };
    });
}
