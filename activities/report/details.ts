import type { ChainRow, QuestionOutcomeRow } from '../dataset/rows.js';
import type { ChainDetail, ChainTextPair, QuestionDetail, QuestionTrail, ShownText } from './page-data.js';

/** A question with its chains as the tables have them. */
export interface QuestionRows {
  readonly question: Omit<QuestionOutcomeRow, 'by_role' | 'fingerprint'>;
  readonly chains: readonly Omit<ChainRow, 'prompts' | 'fingerprint'>[];
}

/** The page's form of a question; each text is cut to `maxTextChars`. Pure. */
export function questionDetail({ question: row, chains }: QuestionRows, maxTextChars: number): QuestionDetail {
  return {
    id: row.question_id,
    question: shown(row.question, maxTextChars),
    answer: row.answer === null ? null : shown(row.answer, maxTextChars).text,
    domain: row.domain,
    source: row.source,
    sourcePath: row.source_path,
    sourceRow: row.source_row,
    sourceRowId: row.source_row_id,
    licence: row.source_licence,
    outcome: row.outcome,
    reason: row.reason,
    verifiedChains: row.chains_verified,
    rounds: row.rounds,
    calls: row.calls,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost,
    chains: chains.map((chain) => chainDetail(chain, maxTextChars)),
    trail: null,
  };
}

/** The same question with its journal. */
export const withTrail = (question: QuestionDetail, trail: QuestionTrail | null): QuestionDetail => ({
  ...question,
  trail,
});

function chainDetail(row: QuestionRows['chains'][number], max: number): ChainDetail {
  return {
    id: row.chain_id,
    index: row.chain_index,
    origin: row.origin,
    teacher: row.teacher,
    model: row.model,
    outcome: row.outcome,
    reason: row.reason,
    detail: row.detail === null ? null : shown(row.detail, max).text,
    kept: textPair(row.thought, row.solution, max),
    original: textPair(row.original_thought, row.original_solution, max),
    writtenBy: row.revision_by,
    textModel: row.text_model,
    // Older versions have no such column.
    solutionModel: row.solution_model ?? null,
    grade: row.solution_grade,
    gradedBy: row.graded_by,
    extracted: row.extracted_answer === null ? null : shown(row.extracted_answer, max).text,
    reasoningValid: row.reasoning_valid,
    solutionValid: row.solution_valid,
    ratings: row.ratings,
    rounds: row.rounds,
    scorer: row.scorer,
    rv: row.rv,
    rvJudge: row.rv_judge,
    rvLength: row.rv_length,
    cd: row.cd,
    rvJudgeBefore: row.rv_judge_before,
    cdBefore: row.cd_before,
    tokens: row.text_tokens,
    calls: row.calls,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost,
    picked: [],
  };
}

function textPair(thought: string | null, solution: string | null, max: number): ChainTextPair | null {
  if (thought === null && solution === null) return null;
  return { thought: shown(thought ?? '', max), solution: shown(solution ?? '', max) };
}

const shown = (text: string, max: number): ShownText =>
  text.length <= max ? { text, cut: 0 } : { text: text.slice(0, max), cut: text.length - max };
