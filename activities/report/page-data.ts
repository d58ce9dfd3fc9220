/**
 * What the report page is given. The page runs in a browser and imports these types and the pure files beside them alone, so this file
 * imports nothing.
 */

export type Outcome = 'accepted' | 'rejected' | 'failed';
/** Ten counts, of the levels 0 to 9. */
export type LevelCounts = readonly number[];

export interface PageData {
  readonly schema: 1;
  readonly overview: Overview;
  /** The questions that the file holds. null: the page asks its server for any of them. */
  readonly sample: Sample | null;
}

export interface Sample {
  readonly questions: readonly QuestionDetail[];
  /** How many there are in all. */
  readonly totals: { readonly questions: number; readonly chains: number };
}

/** One step of a funnel: what is left after it, and what it lost. */
export interface FunnelStage {
  readonly name: string;
  readonly count: number;
  readonly lost: readonly { readonly reason: string; readonly count: number }[];
}

export interface EndCounts {
  readonly total: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
  readonly byReason: Readonly<Record<string, number>>;
}

/** Tokens, and cost in the currency of the deployment's prices. */
export interface Spent {
  readonly name: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

/** Questions and chains of one source, domain or teacher. */
export interface GroupRow {
  readonly name: string;
  readonly questions: number;
  readonly acceptedQuestions: number;
  readonly chains: number;
  readonly acceptedChains: number;
  /** Means over the accepted chains; null: none has one. */
  readonly rv: number | null;
  readonly cd: number | null;
  readonly tokens: number | null;
  readonly cost: number;
}

export interface DifficultyRow {
  readonly easy: number;
  readonly medium: number;
  readonly hard: number;
}

/** What rule and judge said of the kept texts, counted. `judge` null: not asked, or no valid answer. */
export interface VerdictCount {
  readonly rule: 'equal' | 'different' | 'undecided' | 'none';
  readonly judge: boolean | null;
  readonly chains: number;
}

/** The same for every build of a version: which run made it, and by which plan, is in the manifest. */
export interface Provenance {
  readonly fingerprint: string;
  readonly contentSha256: string;
  /** Version of cotmill that wrote the report. */
  readonly cotmill: string;
  readonly models: readonly { readonly pool: string; readonly model: string; readonly uses: readonly string[] }[];
  readonly prompts: readonly { readonly name: string; readonly version: number; readonly use: string }[];
  readonly sources: readonly {
    readonly source: string;
    readonly path: string;
    readonly revision: string | null;
    readonly licence: string | null;
    readonly questions: number;
  }[];
}

/** Settings that sentences about questions need. */
export interface Settings {
  readonly minVerified: number | null;
  readonly maxRounds: number | null;
  readonly student: string | null;
  /** Name and version of the training set that the report is about; null: it is about a data set. */
  readonly trainingSet: string | null;
}

export interface TrainingOverview {
  readonly name: string;
  readonly version: string;
  readonly kernel: string;
  readonly seed: number;
  readonly counts: readonly { readonly name: string; readonly questions: number; readonly chains: number }[];
  readonly tokens: number;
  readonly rv: BeforeAfter<LevelCounts>;
  readonly cd: BeforeAfter<LevelCounts>;
  /** [cd][rv]. */
  readonly rvByCd: BeforeAfter<readonly LevelCounts[]>;
  readonly quotas: readonly {
    readonly name: string;
    readonly wanted: number;
    readonly available: number;
    readonly selected: number;
    readonly missing: number;
  }[];
  readonly shortfall: string | null;
}

export interface BeforeAfter<Value> {
  readonly before: Value;
  readonly after: Value;
}

export interface Overview {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly questions: EndCounts;
  readonly chains: EndCounts;
  readonly funnel: { readonly questions: readonly FunnelStage[]; readonly chains: readonly FunnelStage[] };
  /** Of the accepted chains. */
  readonly scores: {
    readonly rv: LevelCounts;
    readonly cd: LevelCounts;
    /** [cd][rv]. */
    readonly rvByCd: readonly LevelCounts[];
    readonly unscored: number;
  };
  readonly lengths: {
    readonly p10: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  } | null;
  readonly difficulty: {
    /** Every rated chain, by its first and its last rating. */
    readonly flow: readonly { readonly first: string; readonly last: string; readonly chains: number }[];
    /** Ratings in the order in which a chain got them: 0 is the original's. */
    readonly byRound: readonly DifficultyRow[];
  };
  readonly usage: {
    readonly byRole: readonly Spent[];
    readonly byPool: readonly Spent[];
    /** By what became of the chain that the calls were spent on. */
    readonly byEnd: readonly Spent[];
  };
  readonly verdicts: readonly VerdictCount[];
  readonly bySource: readonly GroupRow[];
  readonly byDomain: readonly GroupRow[];
  readonly byTeacher: readonly GroupRow[];
  readonly provenance: Provenance;
  readonly settings: Settings;
  readonly training: TrainingOverview | null;
}

/** A question in a list. */
export interface QuestionSummary {
  readonly id: string;
  /** The beginning of its text. */
  readonly text: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly source: string;
  readonly domain: string | null;
  readonly chains: number;
  readonly acceptedChains: number;
  readonly rounds: number;
  readonly tokens: number;
  readonly cost: number;
  readonly learning?: QuestionLearning;
}

/** A chain in a list. */
export interface ChainSummary {
  readonly questionId: string;
  readonly index: number;
  readonly id: string;
  /** The beginning of its question. */
  readonly text: string;
  readonly teacher: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly rv: number | null;
  readonly cd: number | null;
  readonly firstRating: string | null;
  readonly lastRating: string | null;
  readonly rounds: number;
  readonly tokens: number | null;
  readonly learning?: RolloutLearning;
}

/** A text that may be cut for the page. */
export interface ShownText {
  readonly text: string;
  /** Characters left out. */
  readonly cut: number;
}

export interface ChainTextPair {
  readonly thought: ShownText;
  readonly solution: ShownText;
}

export interface ChainDetail {
  readonly id: string;
  readonly index: number;
  readonly origin: 'teacher' | 'source';
  readonly teacher: string;
  readonly model: string | null;
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** What a server said when it refused. */
  readonly detail: string | null;
  /** null: no text ever arrived. */
  readonly kept: ChainTextPair | null;
  /** Before it was rewritten; null when it was not. */
  readonly original: ChainTextPair | null;
  readonly writtenBy: 'teacher' | 'source' | 'extend' | 'simplify' | 'shorten' | null;
  readonly textModel: string | null;
  /** Wrote the solution of the kept text in a second call; null: it was not written so. */
  readonly solutionModel: string | null;
  readonly grade: 'equal' | 'different' | 'undecided' | 'none' | null;
  readonly gradedBy: 'fast-path' | 'math-verify' | 'tests' | 'judge' | 'none';
  readonly extracted: string | null;
  readonly reasoningValid: boolean | null;
  readonly solutionValid: boolean | null;
  readonly ratings: readonly string[];
  readonly rounds: number;
  readonly scorer: string | null;
  readonly rv: number | null;
  readonly rvJudge: number | null;
  readonly rvLength: number | null;
  readonly cd: number | null;
  readonly rvJudgeBefore: number | null;
  readonly cdBefore: number | null;
  readonly tokens: number | null;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  /** Where a training set took it: `default/train`. */
  readonly picked: readonly string[];
  /** Of a rollout in a round of a self-improvement. */
  readonly learning?: RolloutLearning;
}

/** A rollout as its round saw it. `reason` of its chain says what became of it. */
export interface RolloutLearning {
  /** right, wrong, undecided, truncated or unusable. */
  readonly verdict: string;
  /** Of its thought under the student that wrote it; null: not measured. */
  readonly perplexity: number | null;
}

/** A question as a round of a self-improvement saw it. */
export interface QuestionLearning {
  readonly round: number;
  /** Name and version of the student that explored. */
  readonly student: string;
  /** Run that explored. */
  readonly run: string;
  /** Rollouts with a right answer, and with one that was decided or cut. */
  readonly right: number;
  readonly decided: number;
  /** Pass rates of questions that count as hard. */
  readonly hard: { readonly low: number; readonly high: number };
  /** Perplexities that a chosen chain lies between; null: there is no such band. */
  readonly band: { readonly low: number; readonly high: number } | null;
  /** Indexes of the chains of each pair. */
  readonly pairs: readonly { readonly chosen: number; readonly rejected: number }[];
}

/** One text of a chain as the journal tells it: the original, then every rewrite. */
export interface RevisionStep {
  readonly chain: number;
  readonly by: string;
  readonly grade: string;
  readonly reasoningValid: boolean | null;
  readonly solutionValid: boolean | null;
  readonly rating: string | null;
  readonly rv: number | null;
  readonly cd: number | null;
  readonly isKept: boolean;
}

export interface CallStep {
  readonly step: number;
  /** generate, validate, rate, ... */
  readonly ask: string;
  readonly chain: number | null;
  readonly role: string;
  readonly pool: string;
  readonly model: string;
  readonly corrective: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly latencyMs: number;
  readonly finishReason: string;
  readonly key: string;
}

export interface QuestionTrail {
  readonly revisions: readonly RevisionStep[];
  readonly calls: readonly CallStep[];
}

export interface QuestionDetail {
  readonly id: string;
  readonly question: ShownText;
  readonly answer: string | null;
  readonly domain: string | null;
  readonly source: string;
  readonly sourcePath: string;
  readonly sourceRow: number;
  readonly sourceRowId: string | null;
  readonly licence: string | null;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly verifiedChains: number;
  readonly rounds: number;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly chains: readonly ChainDetail[];
  /** null: the run's journal is not at hand. */
  readonly trail: QuestionTrail | null;
  /** Of a question in a round of a self-improvement. */
  readonly learning?: QuestionLearning;
}

/** One page of a list. */
export interface ListPage<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}
