/** A chain that came with its source row. */
export interface SourceChain {
  /** 64 hex digits: hash of question id, thought and solution. */
  readonly key: string;
  readonly teacher: string;
  readonly thought: string;
  readonly solution: string;
}

/** One question of a plan: what every later step reads. */
export interface QuestionRow {
  /** 32 hex digits: hash of the normalised question text. */
  readonly id: string;
  readonly question: string;
  /** Reference answer; null when the source has none. */
  readonly answer: string | null;
  readonly domain: string | null;
  readonly chains: readonly SourceChain[];
  readonly provenance: {
    readonly source: string;
    readonly path: string;
    /** 1-based line or row. */
    readonly row: number;
    readonly rowId: string | null;
    readonly revision: string | null;
    readonly licence: string | null;
  };
}
