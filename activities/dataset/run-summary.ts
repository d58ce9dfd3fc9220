import type { ExperimentSummary, GateResult } from '../experiment/experiment-summary.js';
import type { ImprovementSummary } from '../improve/round-result.js';
import type { TrainingSummary } from '../selection/training-summary.js';

/** What a run says at its end. Counts only; the same numbers lie in the data set's stats.json. */
export interface RunSummary extends Partial<QuotaOutcome> {
  readonly run: string;
  readonly execution: string;
  readonly planId: string;
  readonly fingerprint: string;
  readonly dataset: {
    readonly name: string;
    readonly version: string;
    /** Store key of the manifest that names every file. */
    readonly manifestKey: string;
    readonly published: 'new' | 'unchanged';
  };
  readonly questions: {
    readonly total: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly failed: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly chains: {
    readonly total: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly failed: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly calls: { readonly new: number; readonly reused: number; readonly repeated: number };
  readonly tokens: { readonly input: number; readonly output: number };
  /** Paid by this execution; what it reused is not in it. */
  readonly cost: number;
  /** Of a recipe with training sets. */
  readonly trainingSets?: readonly TrainingSummary[];
  /** Of a recipe with students or evaluations. */
  readonly experiment?: ExperimentSummary;
  /** Of a recipe whose student goes on by itself. */
  readonly improvement?: ImprovementSummary;
  /** Of a recipe with gates: all of them, in its order. */
  readonly gates?: readonly GateResult[];
  /** Of a build under quotas: questions that were at work when the last bin was filled. They are paid, and no part of the data set. */
  readonly beyond?: { readonly questions: number; readonly calls: number; readonly cost: number };
}

/** What became of the quotas of a recipe that has them. */
export interface QuotaOutcome {
  /** In the order of the recipe. */
  readonly quotas: readonly QuotaStanding[];
  /** Why the build ended. */
  readonly ended: QuotaEnding;
  /** What is missing where, and what to build more of; null: nothing. */
  readonly shortfall: string | null;
}

export type QuotaEnding = 'quotas-filled' | 'candidate-budget' | 'pool-used-up';

/** Chains of one bin. */
export interface QuotaStanding {
  readonly name: string;
  readonly wanted: number;
  /** Good chains that were found; those above `wanted` are cut. */
  readonly found: number;
  /** In the published data. */
  readonly accepted: number;
  readonly missing: number;
}
