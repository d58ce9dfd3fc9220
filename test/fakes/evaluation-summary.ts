import { EvaluationSummary } from '../../activities/evaluation/evaluation-summary.js';

const SHA = 'a'.repeat(64);

/** A summary that holds nothing but who was asked what. */
export const evaluationSummary = (about: { readonly model: string; readonly benchmark: string }): EvaluationSummary =>
  EvaluationSummary.parse({
    schema: 1,
    model: about.model,
    benchmark: {
      ...{ name: about.benchmark, title: about.benchmark, dataset: null, revision: null },
      ...{ size: 2, redistributable: true },
    },
    problemsSha256: SHA,
    decoding: {
      ...{ sampling: {}, samples: 1, optionSeed: null },
      prompt: { name: 'evaluate-math', version: 1, hash: SHA },
    },
    harness: 'cotmill',
    counts: {
      ...{ problems: 2, samples: 2, scored: 2, duplicates: 0, unreadable: 0 },
      outcomes: {
        ...{ correct: 1, wrong: 1, unparsed: 0, truncated: 0 },
        ...{ undecided: 0, refused: 0, failed: 0, 'not-graded': 0 },
      },
    },
    scores: { passAt1: null, passAtK: [], majority: null },
    shares: { truncated: 0, unparsed: 0 },
    bySubject: [],
    byLevel: [],
    tokens: null,
    difficulty: null,
  });
