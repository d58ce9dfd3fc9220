import type { TextKey } from '../../workflows/question/state.js';
import { taggedThought } from '../sources/chain-forms.js';

/** How a question or a chain ended. `failed`: infrastructure, after retries. */
export type Outcome = 'accepted' | 'rejected' | 'failed';

/** What all rows of a build share. */
export interface RowContext {
  /** Fingerprint of the resolved recipe. */
  readonly fingerprint: string;
  /** Names of the recipe's teachers, by index. */
  readonly teachers: readonly string[];
  /** Prompts of the recipe as `name@version`, sorted. */
  readonly prompts: readonly string[];
}

/** Where a question came from: columns of every row form. */
export interface ProvenanceColumns {
  readonly source: string;
  /** `owner/name` of a dataset of the Hub. */
  readonly source_dataset: string | null;
  readonly source_path: string;
  /** 1-based line or row. */
  readonly source_row: number;
  readonly source_row_id: string | null;
  /** Of the Hub: the commit. */
  readonly source_revision: string | null;
  readonly source_licence: string | null;
  /** What the source row said beside the question, such as difficulty and topic, as the text of a JSON object. */
  readonly source_metadata: string | null;
}

/**
 * One chain as its shard stores it: everything but what only the whole run can know (`rv_length`, `rv`: null until assembly).
 * Depends on plan, journal and ledger alone, never on when or by which execution the calls were paid.
 */
export interface ChainRow extends ProvenanceColumns {
  readonly question_id: string;
  /** Position among the chains of its question; with `question_id` the identity of the row. */
  readonly chain_index: number;
  /** Key of the original text. A chain that was never answered has a hash of question and position. */
  readonly chain_id: string;
  readonly question: string;
  readonly answer: string | null;
  readonly domain: string | null;
  readonly origin: 'teacher' | 'source';
  readonly teacher: string;
  /** Model that wrote the original text; null for source chains. */
  readonly model: string | null;
  readonly outcome: Outcome;
  /** null: accepted. */
  readonly reason: string | null;
  /** Why the question was rejected or failed; null when it was accepted. */
  readonly question_reason: string | null;
  /** What the server said when it refused. */
  readonly detail: string | null;
  /** Text that is kept, or as much as there is of a text that is not. */
  readonly thought: string | null;
  readonly solution: string | null;
  /** Key of the answer that the kept text came with; of a chain in two calls, that of the second, which was given the thought. */
  readonly text_key: TextKey | null;
  /** Model that wrote the kept text. */
  readonly text_model: string | null;
  /** Model that wrote the solution of the kept text in a second call; null: it was not written so. */
  readonly solution_model: string | null;
  readonly revision_by: 'teacher' | 'source' | 'extend' | 'simplify' | 'shorten' | null;
  /** Original text of a rewritten chain; null when it was not rewritten. */
  readonly original_thought: string | null;
  readonly original_solution: string | null;
  /** Length of the kept text in tokens; what the RV length rank is about. */
  readonly text_tokens: number | null;
  /** true: by a share of the usage, or by bytes; false: as the server counted. */
  readonly text_tokens_estimated: boolean;
  /** Tokens of the original thought where the server said. */
  readonly thought_tokens: number | null;
  readonly solution_grade: 'equal' | 'different' | 'undecided' | 'none' | null;
  readonly graded_by: 'fast-path' | 'math-verify' | 'tests' | 'judge' | 'none';
  /** Answer as the grader cut it out of the solution. */
  readonly extracted_answer: string | null;
  /** Judge's verdicts on the kept text; null: not asked or not answered. */
  readonly reasoning_valid: boolean | null;
  readonly solution_valid: boolean | null;
  /** Every rating of the critic, oldest first. */
  readonly ratings: readonly string[];
  readonly difficulty_before: string | null;
  readonly difficulty_after: string | null;
  readonly rounds: number;
  /** scored: both scores; unscored: asked, and the judge gave no valid score to at least one; none: not asked. */
  readonly scoring: 'scored' | 'unscored' | 'none';
  /** Model that scored. */
  readonly scorer: string | null;
  /** 0-9, the judge's. */
  readonly rv_judge: number | null;
  readonly rv_length: number | null;
  readonly rv: number | null;
  /** 0-9. */
  readonly cd: number | null;
  /** Scores of the text before alignment, when it was rewritten and they are known. */
  readonly rv_judge_before: number | null;
  readonly cd_before: number | null;
  /** All calls spent on this chain, each counted once in a question. */
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** In the currency of the deployment's prices. */
  readonly cost: number;
  readonly prompts: readonly string[];
  readonly fingerprint: string;
}

/** Columns with texts, which the metadata does without. */
export type TextColumn =
  | 'question'
  | 'answer'
  | 'detail'
  | 'thought'
  | 'solution'
  | 'original_thought'
  | 'original_solution'
  | 'extracted_answer'
  | 'prompts';

/** A chain without its texts: what selection and statistics read. */
export type ChainMetadata = Omit<ChainRow, TextColumn>;

export interface RoleUsage {
  readonly role: string;
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost: number;
}

/** One question with its outcome. Failed questions are rows too. */
export interface QuestionOutcomeRow extends ProvenanceColumns {
  readonly question_id: string;
  readonly question: string;
  readonly answer: string | null;
  readonly domain: string | null;
  readonly outcome: Outcome;
  /** null: accepted. */
  readonly reason: string | null;
  readonly chains: number;
  readonly chains_from_source: number;
  readonly chains_verified: number;
  readonly chains_accepted: number;
  /** Rewrites of all its chains. */
  readonly rounds: number;
  /** Steps of the state machine. */
  readonly steps: number;
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost: number;
  readonly by_role: readonly RoleUsage[];
  readonly fingerprint: string;
}

/** The row without its texts. */
export function chainMetadata(row: ChainRow): ChainMetadata {
  const {
    question: _question,
    answer: _answer,
    detail: _detail,
    thought: _thought,
    solution: _solution,
    original_thought: _originalThought,
    original_solution: _originalSolution,
    extracted_answer: _extracted,
    prompts: _prompts,
    ...metadata
  } = row;
  return metadata;
}

/** A response as models with inline reasoning write it; a fast teacher's answer without a thought is the solution alone. */
export const fullResponse = (thought: string, solution: string): string =>
  thought === '' ? solution : `${taggedThought(thought, 'think')}\n\n${solution}`;

/** What the rows of a build need of its resolved recipe. */
export const rowContext = (resolved: {
  readonly fingerprint: string;
  readonly recipe: { readonly teachers: readonly { readonly name: string }[] };
  readonly prompts: Readonly<Record<string, { readonly name: string; readonly version: number }>>;
}): RowContext => ({
  fingerprint: resolved.fingerprint,
  teachers: resolved.recipe.teachers.map(({ name }) => name),
  prompts: Object.values(resolved.prompts)
    .map(({ name, version }) => `${name}@${version}`)
    .sort(),
});

/**
 * A row as a line of NDJSON that any JSON reader takes: half a surrogate pair, which models do emit and DuckDB refuses, becomes U+FFFD.
 */
export function toLine(row: object): string {
  const line = JSON.stringify(row);
  return line.includes('\\ud') ? JSON.stringify(row, replaceLoneSurrogates) : line;
}

const replaceLoneSurrogates = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value;
