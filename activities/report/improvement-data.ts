import type { Sample } from './page-data.js';

/** What the page about a self-improvement is given: its tables, and a sample of the questions of every round. */
export interface ImprovementPage {
  readonly schema: 1;
  readonly improvement: ImprovementOverview;
  /** Questions of all rounds; the id of one ends with its round, `-r2`. */
  readonly sample: Sample;
}

export interface ImprovementOverview {
  readonly run: string;
  /** Name and version of the imitation: the student before the first round. */
  readonly imitation: string;
  /** Why the loop ended; null: it did not, yet. */
  readonly ended: { readonly reason: string; readonly words: string } | null;
  /** Whether somebody has to say that it goes on. */
  readonly waitsForApproval: boolean;
  /** Student with the best score so far, name and version. */
  readonly best: string;
  readonly rounds: readonly RoundPart[];
  readonly evaluations: readonly EvaluationPart[];
  /** Of the rounds, in this execution. Cost is in the currency of the deployment's prices. */
  readonly spent: { readonly outputTokens: number; readonly cost: number; readonly trainingSeconds: number };
  /** Version of cotmill that wrote the report. */
  readonly cotmill: string;
}

/** Inclusive. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** One round: what was explored, what of it is learnt and why the rest is not, and what came of it. */
export interface RoundPart {
  readonly round: number;
  /** Name and version of the student that explored. */
  readonly explorer: string;
  /** Run that explored, and the data set that it left. */
  readonly run: string;
  readonly dataset: string;
  readonly questions: number;
  readonly rollouts: number;
  readonly right: number;
  /** Mean over the questions; null: nothing was decided. */
  readonly passRate: number | null;
  /** Hard questions of which nothing was ever learnt. */
  readonly hardLeft: number;
  readonly variant: 'sft' | 'dpo';
  /** Chains or pairs. */
  readonly found: number;
  /** Perplexities that a chosen chain lies between; null: pairs, or nothing was measured. */
  readonly band: Range | null;
  readonly lengths: readonly Spread[];
  readonly perplexities: readonly Spread[];
  /** The first of what was chosen. */
  readonly chosen: readonly ChosenRow[];
  readonly questionsLeftOut: readonly ReasonCount[];
  readonly rolloutsLeftOut: readonly ReasonCount[];
  readonly points: readonly RolloutPoint[];
  /** What the round was trained on; null: too little was found. */
  readonly training: { readonly set: string; readonly rows: number } | null;
  readonly student: {
    readonly name: string;
    readonly method: string;
    readonly base: string;
    readonly steps: number;
    readonly loss: number | null;
    readonly seconds: number;
  } | null;
  readonly calls: { readonly new: number; readonly reused: number };
  readonly outputTokens: number;
  readonly cost: number;
  /** Store key of the whole choice. */
  readonly choiceKey: string;
}

/** Of what was chosen, or rejected: tokens of the answers, or perplexities of the thoughts. */
export interface Spread {
  readonly side: 'chosen' | 'rejected';
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface ChosenSide {
  readonly index: number;
  readonly tokens: number | null;
  readonly perplexity: number;
}

/** A chain to learn, or a pair. */
export interface ChosenRow {
  readonly questionId: string;
  /** The beginning of its question; null: it is not in the sample, and can't be opened. */
  readonly text: string | null;
  readonly chosen: ChosenSide;
  readonly rejected: ChosenSide | null;
}

export interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

/** A rollout as a dot: tokens of its answer, perplexity of its thought. */
export interface RolloutPoint {
  readonly tokens: number;
  readonly perplexity: number;
  readonly fate: 'chosen' | 'rejected' | 'right' | 'wrong';
}

/** Scores on one evaluation, the imitation first. */
export interface EvaluationPart {
  readonly name: string;
  readonly benchmark: string;
  readonly scores: readonly ScoreRow[];
  readonly comparisons: readonly ComparedRow[];
}

/** Shares of 1, with their 95 % interval. */
export interface ScoreRow {
  /** 0: the imitation. */
  readonly round: number;
  readonly model: string;
  /** null: nothing was scored. */
  readonly passAt1: { readonly value: number; readonly low: number; readonly high: number } | null;
  readonly meanTokens: number | null;
  readonly problems: number;
}

/** A round beside the imitation or an earlier one, on the same problems. */
export interface ComparedRow {
  readonly model: string;
  readonly baseline: string;
  /** Shares of 1, with the 95 % interval. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  readonly isLargerThanNoise: boolean;
  readonly problems: number;
}
