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
  /** Fields of the source row that travel as they are, such as difficulty and topic, as the text of a JSON object. */
  readonly metadata?: string | undefined;
  /** Tests of a code problem, as the text of a JSON object: field of the source row -> its value. Only the sandbox unpacks it. */
  readonly tests?: string | undefined;
  readonly provenance: {
    readonly source: string;
    /** `owner/name` of a dataset of the Hub. */
    readonly dataset?: string | undefined;
    readonly path: string;
    /** 1-based line or row. */
    readonly row: number;
    readonly rowId: string | null;
    /** Of the Hub: the commit. */
    readonly revision: string | null;
    readonly licence: string | null;
  };
}
