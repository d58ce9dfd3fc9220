import { z } from 'zod';

const Count = z.int().min(0);
const Text = z.string().max(2000);

/** Bytes of one device in MiB, as far as they can be foretold. */
const MemoryEstimate = z.strictObject({
  weights: Count,
  gradients: Count,
  optimizer: Count,
  /** Of the frozen reference model of DPO and CogPO. */
  reference: Count,
  /** Kept for the backward pass, at the longest batch. */
  activations: Count,
  /** Largest of what lives for a moment: logits and their gradient, casts of weights. */
  temporary: Count,
  total: Count,
  /** false: what the architecture keeps could not be found out, and the total is a lower bound. */
  traced: z.boolean(),
});

/** What `infra/training/preflight.py` counts. Of rows it holds numbers alone. */
export const RowsReport = z.strictObject({
  schema: z.literal(1),
  method: z.enum(['sft', 'dpo', 'cogpo']),
  model: z.strictObject({
    type: Text,
    parameters: Count,
    /** Those that the training changes. */
    trainable: Count,
    /** Tokens that the model was made for; null: its config does not say. */
    contextLength: Count.nullable(),
  }),
  template: z.strictObject({
    /** SHA-256, hex, of the chat template that rows are rendered with; null: the rows are plain texts. */
    sha256: z.string().nullable(),
    /** file: the model's `chatTemplate` of the deployment. trl: one that TRL puts in place to find the answers. */
    origin: z.enum(['model', 'file', 'trl', 'none']),
    /** Why rows can't be prepared as the settings ask for; null: they can. */
    fault: Text.nullable(),
  }),
  rows: z.strictObject({
    total: Count,
    /** Those that were rendered and counted: all, or a seeded sample. */
    read: Count,
  }),
  /** Rows that were looked at one by one. A pair counts once, by its chosen answer. */
  samples: z.strictObject({
    looked: Count,
    /** Their answer has a thought. */
    withThought: Count,
    /** ... and the template leaves it in. */
    rendered: Count,
    /** ... and every part of it is in the loss. */
    trained: Count,
    /** ... and still is when `maxLength` has cut. */
    trainedWhenCut: Count,
    /** An opening or closing tag of a thought stands twice. */
    doubledTags: Count,
    /** The model is trained behind another text than the one that it will be asked with. */
    otherPrompt: Count,
  }),
  /** Tokens of a row before anything is cut; of a pair, of its longer side. */
  lengths: z.strictObject({
    mean: z.number().min(0),
    p10: Count,
    p50: Count,
    p90: Count,
    p95: Count,
    p99: Count,
    max: Count,
  }),
  cut: z.strictObject({
    maxLength: Count.nullable(),
    rows: Count,
    /** Rows that are cut before their answer begins. */
    withoutAnswer: Count,
  }),
  /** Rows of which nothing is learnt: no token of them is in the loss, or both sides of a pair are cut to the same. */
  withoutLoss: Count,
  /** Pairs whose two answers are the same text; null: SFT. */
  equalPairs: Count.nullable(),
  steps: Count,
  tokens: z.strictObject({
    /** Tokens that pass through the model in one epoch, after cutting. */
    epoch: Count,
    /** ... in the whole training. */
    total: Count,
    /** Of those of an epoch: in the loss. */
    loss: Count,
  }),
  memory: MemoryEstimate,
  /** Likely time, s; null: no speed is known for this model and trainer. */
  seconds: z.number().min(0).nullable(),
});
export type RowsReport = z.infer<typeof RowsReport>;

/** Training questions that benchmarks ask, by ids and hashes; no text. */
export interface ContaminationReport {
  /** What was compared with. */
  readonly benchmarks: readonly {
    readonly evaluations: readonly string[];
    readonly benchmark: string;
    readonly questions: number;
  }[];
  /** Training rows whose question a benchmark asks too. */
  readonly rows: number;
  /** Of those, by the method that found them. */
  readonly methods: { readonly exact: number; readonly ngram: number; readonly indel: number };
  /** The first ones. */
  readonly found: readonly {
    /** Hash of the training question. */
    readonly question: string;
    readonly benchmark: string;
    /** 1-based row of the benchmark's file. */
    readonly row: number;
    readonly method: 'exact' | 'ngram' | 'indel';
    readonly value: number;
  }[];
}

/** What a student is trained from: a model of the deployment, or another student. */
export interface PreflightBase {
  readonly kind: 'model' | 'student';
  readonly name: string;
}

/** Everything that was found before a training: `preflight.json`. */
export interface PreflightReport {
  readonly schema: 1;
  readonly student: string;
  readonly base: PreflightBase;
  readonly trainer: string;
  /** null: the trainer has no program that looks at rows. */
  readonly rows: RowsReport | null;
  /** null: no evaluation is known to compare with. */
  readonly contamination: ContaminationReport | null;
  readonly verdict: PreflightVerdict;
}

/**
 * Whether a training may start. Each reason against it says what was found, what was expected, and what to do. Notes are what people should know
 * and what stops nothing.
 */
export interface PreflightVerdict {
  readonly ok: boolean;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}
