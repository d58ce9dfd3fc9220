/** A score with its 95 % interval; shares of 1. */
export interface ScoreFigure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a workflow keeps of the evaluation of one model on one benchmark. Counts only; the rest is in the summary that it names. */
export interface EvaluationResult {
  /** Name of the evaluation in the recipe. */
  readonly evaluation: string;
  readonly benchmark: string;
  /** Name of the model in tables. */
  readonly model: string;
  /** Store key of the summary ({@link EvaluationSummary}); beside it lies answers.parquet: problem, sample, call key, outcome, vote, tokens. */
  readonly summaryKey: string;
  /** null: nothing was scored. */
  readonly passAt1: ScoreFigure | null;
  readonly problems: number;
  readonly samples: number;
  readonly scored: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Mean output tokens of an answer; null: no endpoint said. */
  readonly meanTokens: number | null;
  /** Mean CD of the model's own answers; null: not asked. */
  readonly meanDifficulty: number | null;
  readonly calls: { readonly new: number; readonly reused: number; readonly repeated: number };
  readonly cost: number;
  /** pass@1 by an external harness on the same server, where the recipe asks for one. */
  readonly secondOpinion: { readonly harness: 'lm-eval'; readonly value: number; readonly problems: number } | null;
}

/** Folder of an evaluation of one model in the store. */
export const evaluationFolder = (run: string, { model, evaluation }: { model: string; evaluation: string }): string =>
  `evaluations/${run}/${model}/${evaluation}`;
