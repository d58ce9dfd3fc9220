import type { EvaluationResult } from '../../../activities/evaluation/evaluation-result.js';
import type { LoopRules, RoundResult } from '../../../activities/improve/round-result.js';
import type { TrainedStudent } from '../../../activities/models/model-manifest.js';

/** A score with an interval of five points to both sides. */
export const scoreOf = (model: string, value: number): EvaluationResult => ({
  evaluation: 'held-out',
  benchmark: 'word-problems',
  model,
  summaryKey: `evaluations/run/${model}/held-out/summary.json`,
  passAt1: { value, low: value - 0.05, high: value + 0.05 },
  problems: 100,
  samples: 100,
  scored: 100,
  outcomes: { correct: Math.round(100 * value) },
  meanTokens: 120.4,
  meanDifficulty: null,
  calls: { new: 100, reused: 0, repeated: 0 },
  cost: 0,
  secondOpinion: null,
});

export const trained = (name: string): TrainedStudent => ({
  name,
  version: 'v1-00000000',
  method: 'sft',
  manifestKey: `models/${name}/v1-00000000/manifest.json`,
  base: 'weak',
  training: { name: 'seed', version: 'v1', view: 'messages' },
  weightsSha256: '0'.repeat(64),
  published: 'new',
  result: { steps: 8, rows: 40, tokens: 1000, loss: 1.5, seconds: 1800, restarts: 0 },
});

/** What a round brought; `score` null: nothing was trained. */
export function roundResult(
  round: number,
  score: number | null,
  chosen: Partial<RoundResult['chosen']> = {},
): RoundResult {
  const name = `small-r${round}`;
  return {
    round,
    explored: {
      run: `run-r${round}`,
      dataset: { name: 'improving-explored', version: `r${round}-00000000` },
      questions: 50,
      calls: { new: 300, reused: 0, repeated: 0 },
      inputTokens: 10,
      outputTokens: 40_000,
      cost: 0,
    },
    chosen: {
      variant: 'sft',
      rollouts: 300,
      right: 90,
      passRate: 0.3,
      found: score === null ? 0 : 20,
      hardLeft: 12,
      choiceKey: `runs/run/improvement/round-${round}/choice.json`,
      reportKey: `runs/run/improvement/round-${round}/choice.md`,
      training: score === null ? null : { name: `seed-r${round}`, version: 'v1-00000000', rows: 40 + 20 * round },
      ...chosen,
    },
    student: score === null ? null : trained(name),
    scores: score === null ? [] : [scoreOf(name, score)],
  };
}

export const loopRules = (changes: Partial<LoopRules> = {}): LoopRules => ({
  maxRounds: 10,
  patience: null,
  approval: false,
  evaluation: 'held-out',
  budget: { cost: null, outputTokens: null, trainingHours: null },
  ...changes,
});
