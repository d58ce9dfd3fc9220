/** What a run says at its end. Counts only; the same numbers lie in the data set's stats.json. */
export interface RunSummary {
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
}
