import type { TrainingPlan } from '../jobs/training-plan.js';

export interface PreflightInput {
  readonly run: string;
  /** Rows and configuration are in its folder by now. */
  readonly plan: TrainingPlan;
  /** Evaluations as they stand in a recipe, whose questions must not be learnt; undefined: there are none to compare with. */
  readonly evaluations?: readonly unknown[] | undefined;
}

/** What a workflow keeps of a preflight that found nothing against the training. */
export interface PreflightSummary {
  /** Store key of the report; registration copies it to `models/<name>/<version>/preflight.json`. */
  readonly reportKey: string;
  /** null where rows are not looked at. */
  readonly found: {
    readonly rows: number;
    readonly steps: number;
    readonly tokens: number;
    /** Share of the rows that maxLength cuts. */
    readonly cutShare: number;
    readonly memoryMiB: number;
    readonly seconds: number | null;
  } | null;
}

/** Where a run keeps the report of a student's preflight, a refused one too. */
export const preflightKey = (run: string, student: string): string => `runs/${run}/students/${student}/preflight.json`;
