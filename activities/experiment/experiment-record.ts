import type { EvaluationResult } from '../evaluation/evaluation-result.js';
import type { EvaluationSummary } from '../evaluation/evaluation-summary.js';
import type { TrainedStudent } from '../models/model-manifest.js';
import type { Comparison, GateResult } from './experiment-summary.js';

/** A student or an evaluation that has no result, and why. */
export interface FailedTask {
  readonly id: string;
  readonly reason: string;
}

/** What the tables of an experiment are made of. Stands as `experiments/<run>/summary.json`; the newest of a run counts. */
export interface ExperimentRecord {
  readonly schema: 1;
  readonly run: string;
  readonly dataset: { readonly name: string; readonly version: string };
  readonly students: readonly TrainedStudent[];
  readonly evaluations: readonly EvaluatedOnce[];
  readonly comparisons: readonly Comparison[];
  readonly gates: readonly GateResult[];
  readonly failed: readonly FailedTask[];
}

/** A model's result on a benchmark, with the summary that it names. */
export interface EvaluatedOnce {
  readonly result: EvaluationResult;
  readonly summary: EvaluationSummary;
}

/** Folder of a run's experiment in the store. */
export const experimentFolder = (run: string): string => `experiments/${run}`;
export const experimentRecordKey = (run: string): string => `${experimentFolder(run)}/summary.json`;
export const experimentTableKey = (run: string): string => `${experimentFolder(run)}/table.md`;
