import { hash } from 'node:crypto';
import type { EvaluationSummary } from './evaluation-summary.js';
import { distribution } from './quantiles.js';
import { OUTCOMES, scoreOf, type Outcome, type ProblemResult, type SampleResult } from './results.js';
import { majorityScore, passAtKs, passAtOne, scoresBy } from './scores.js';

/** What the scores depend on besides the answers. */
export type EvaluationSettings = Pick<EvaluationSummary, 'model' | 'benchmark' | 'decoding' | 'harness'> & {
  /** Rows that were left out. @default none */
  readonly counts?: Pick<EvaluationSummary['counts'], 'duplicates' | 'unreadable'>;
  /** @default not asked for */
  readonly difficulty?: EvaluationSummary['difficulty'];
};

/**
 * The summary of an evaluation. Pure, and the same in whatever order problems and samples come: the seed of the intervals is the name of the
 * benchmark.
 */
export function summarise(problems: readonly ProblemResult[], settings: EvaluationSettings): EvaluationSummary {
  const samples = problems.flatMap((problem) => problem.samples);
  const outcomes = countOutcomes(samples);
  const scored = samples.filter(({ outcome }) => scoreOf(outcome) !== null).length;
  const share = (outcome: Outcome): number => (scored === 0 ? 0 : outcomes[outcome] / scored);
  const seed = settings.benchmark.name;
  const {
    model,
    benchmark,
    decoding,
    harness,
    counts = { duplicates: 0, unreadable: 0 },
    difficulty = null,
  } = settings;
  return {
    ...{ schema: 1, model, benchmark, problemsSha256: hashOfIds(problems), decoding, harness },
    counts: { problems: problems.length, samples: samples.length, scored, outcomes, ...counts },
    scores: {
      passAt1: passAtOne(problems, seed) ?? null,
      passAtK: passAtKs(problems),
      majority: majorityScore(problems) ?? null,
    },
    shares: { truncated: share('truncated'), unparsed: share('unparsed') },
    bySubject: scoresBy(problems, ({ subject }) => subject, seed),
    byLevel: scoresBy(problems, ({ level }) => level, seed),
    tokens: distribution(samples.map(({ outputTokens }) => outputTokens).filter((tokens) => tokens !== null)) ?? null,
    difficulty,
  };
}

function countOutcomes(samples: readonly SampleResult[]): Record<Outcome, number> {
  const counts = OUTCOMES.map((outcome) => [outcome, samples.filter((each) => each.outcome === outcome).length]);
  return Object.fromEntries(counts) as Record<Outcome, number>;
}

const hashOfIds = (problems: readonly ProblemResult[]): string =>
  hash(
    'sha256',
    problems
      .map(({ id }) => `${id}\n`)
      .sort()
      .join(''),
    'hex',
  );
