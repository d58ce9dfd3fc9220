import type { ChainMetadata, ChainRow, QuestionOutcomeRow } from './rows.js';
import type { TrainingRow } from './rows-training.js';

/** DuckDB type of every column, in the order of the file. */
export type Columns<Row> = Readonly<Record<keyof Row, string>>;

const PROVENANCE = {
  source: 'VARCHAR',
  source_dataset: 'VARCHAR',
  source_path: 'VARCHAR',
  source_row: 'BIGINT',
  source_row_id: 'VARCHAR',
  source_revision: 'VARCHAR',
  source_licence: 'VARCHAR',
  source_metadata: 'VARCHAR',
} as const;

export const METADATA_COLUMNS: Columns<ChainMetadata> = {
  question_id: 'VARCHAR',
  chain_index: 'INTEGER',
  chain_id: 'VARCHAR',
  domain: 'VARCHAR',
  ...PROVENANCE,
  origin: 'VARCHAR',
  teacher: 'VARCHAR',
  model: 'VARCHAR',
  outcome: 'VARCHAR',
  reason: 'VARCHAR',
  question_reason: 'VARCHAR',
  text_key: 'VARCHAR',
  text_model: 'VARCHAR',
  solution_model: 'VARCHAR',
  revision_by: 'VARCHAR',
  text_tokens: 'INTEGER',
  text_tokens_estimated: 'BOOLEAN',
  thought_tokens: 'INTEGER',
  solution_grade: 'VARCHAR',
  graded_by: 'VARCHAR',
  reasoning_valid: 'BOOLEAN',
  solution_valid: 'BOOLEAN',
  ratings: 'VARCHAR[]',
  difficulty_before: 'VARCHAR',
  difficulty_after: 'VARCHAR',
  rounds: 'INTEGER',
  scoring: 'VARCHAR',
  scorer: 'VARCHAR',
  rv_judge: 'INTEGER',
  rv_length: 'DOUBLE',
  rv: 'INTEGER',
  cd: 'INTEGER',
  rv_judge_before: 'INTEGER',
  cd_before: 'INTEGER',
  calls: 'INTEGER',
  input_tokens: 'BIGINT',
  output_tokens: 'BIGINT',
  cost: 'DOUBLE',
  fingerprint: 'VARCHAR',
};

export const CHAIN_COLUMNS: Columns<ChainRow> = {
  ...METADATA_COLUMNS,
  question: 'VARCHAR',
  answer: 'VARCHAR',
  detail: 'VARCHAR',
  thought: 'VARCHAR',
  solution: 'VARCHAR',
  original_thought: 'VARCHAR',
  original_solution: 'VARCHAR',
  extracted_answer: 'VARCHAR',
  prompts: 'VARCHAR[]',
};

export const QUESTION_COLUMNS: Columns<QuestionOutcomeRow> = {
  question_id: 'VARCHAR',
  question: 'VARCHAR',
  answer: 'VARCHAR',
  domain: 'VARCHAR',
  ...PROVENANCE,
  outcome: 'VARCHAR',
  reason: 'VARCHAR',
  chains: 'INTEGER',
  chains_from_source: 'INTEGER',
  chains_verified: 'INTEGER',
  chains_accepted: 'INTEGER',
  rounds: 'INTEGER',
  steps: 'INTEGER',
  calls: 'INTEGER',
  input_tokens: 'BIGINT',
  output_tokens: 'BIGINT',
  cost: 'DOUBLE',
  by_role: 'STRUCT("role" VARCHAR, calls INTEGER, input_tokens BIGINT, output_tokens BIGINT, cost DOUBLE)[]',
  fingerprint: 'VARCHAR',
};

const LEVEL = 'STRUCT("level" INTEGER, judge VARCHAR)';

/** The published OmniThought row form (methods 2.5) first, our columns after it. */
export const TRAINING_COLUMNS: Columns<TrainingRow> = {
  question: 'VARCHAR',
  reasoning: `STRUCT(thought VARCHAR, solution VARCHAR, full_response VARCHAR, teacher VARCHAR, thought_correctness_verify BOOLEAN, "Reasoning_Verbosity" ${LEVEL}, "Cognitive_Difficulty" ${LEVEL}, chain_id VARCHAR, origin VARCHAR, model VARCHAR, revision_by VARCHAR, rounds INTEGER, text_tokens INTEGER, solution_grade VARCHAR, graded_by VARCHAR, rv_judge INTEGER, rv_length DOUBLE)[]`,
  question_id: 'VARCHAR',
  answer: 'VARCHAR',
  domain: 'VARCHAR',
  ...PROVENANCE,
  fingerprint: 'VARCHAR',
};
