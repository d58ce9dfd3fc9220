import type { EvaluationResult } from '../evaluation/evaluation-result.js';
import type { TrainedStudent } from '../models/model-manifest.js';

/** Two models on the same problems. */
export interface Comparison {
  readonly evaluation: string;
  readonly model: string;
  readonly baseline: string;
  /** pass@1 of the model less that of the baseline, -1 to 1, with its 95 % interval. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  readonly pValue: number;
  readonly isLargerThanNoise: boolean;
  /** Problems that both were scored on. */
  readonly problems: number;
  /** About the smallest difference that would be larger than noise on these problems. */
  readonly visible: number;
}

/** Whether the run reached what its recipe asks for. */
export interface GateResult {
  /** Such as `score held-out student-sft >= 0.6`. */
  readonly gate: string;
  readonly passed: boolean;
  /** For people: what was found. */
  readonly found: string;
}

/** What became of the students, evaluations and gates of a recipe. */
export interface ExperimentSummary {
  readonly students: readonly TrainedStudent[];
  readonly evaluations: readonly EvaluationResult[];
  readonly comparisons: readonly Comparison[];
  readonly gates: readonly GateResult[];
  /** Store key of the table, in Markdown. */
  readonly tableKey: string | null;
}
