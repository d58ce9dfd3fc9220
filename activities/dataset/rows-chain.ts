import { createHash } from 'node:crypto';
import type { ChainState, Revision, TextKey } from '../../workflows/question/state.js';
import type { CallRecord } from '../ledger/record.js';
import type { AnswerGrade } from '../question/check-answer.js';
import type { JournalEntry } from '../question/journal.js';
import type { QuestionRow } from '../sources/question-row.js';
import { distinctCalls, totalUsage, type ChainCall } from './rows-calls.js';
import { chainEnd, questionEnd, type End, type Failure, type History } from './rows-outcome.js';
import { textOf, type ChainText } from './rows-text.js';
import type { ChainRow, ProvenanceColumns, RowContext } from './rows.js';

/** Everything a question's rows follow from. */
export interface QuestionMaterial {
  readonly row: QuestionRow;
  readonly history: History;
  readonly failure?: Failure | undefined;
  /** Ledger records of {@link textKeys}. */
  readonly records: ReadonlyMap<string, CallRecord>;
}

interface ChainMaterial extends QuestionMaterial {
  readonly context: RowContext;
  readonly chain: ChainState;
  readonly index: number;
  readonly end: End;
  readonly calls: readonly ChainCall[];
}

/** Keys of the ledger records that the rows of a question need: each chain's original and kept text. */
export function textKeys(history: History): string[] {
  const wanted = history.state.chains.flatMap((chain) => [original(chain) ?? [], kept(chain) ?? []].flat());
  return [...new Set(wanted.flatMap(({ by, key, solution }) => [by === 'source' ? [] : key, solution ?? []].flat()))];
}

/** One row for every chain, in the order of the state machine. Pure. */
export function chainRows(material: QuestionMaterial, context: RowContext): ChainRow[] {
  const end = questionEnd(material.history, material.failure);
  const calls = distinctCalls(material.history.entries);
  return material.history.state.chains.map((chain, index) =>
    chainRow({ ...material, context, chain, index, end, calls: calls.filter((call) => call.chain === index) }),
  );
}

export function provenanceColumns({ provenance, metadata }: QuestionRow): ProvenanceColumns {
  return {
    source: provenance.source,
    source_dataset: provenance.dataset ?? null,
    source_path: provenance.path,
    source_row: provenance.row,
    source_row_id: provenance.rowId,
    source_revision: provenance.revision,
    source_licence: provenance.licence,
    source_metadata: metadata ?? null,
  };
}

function chainRow(material: ChainMaterial): ChainRow {
  const { row, chain, index, context, end } = material;
  const { outcome, reason } = chainEnd(chain, end);
  return {
    question_id: row.id,
    chain_index: index,
    chain_id: original(chain)?.key ?? unansweredId(row.id, index),
    question: row.question,
    answer: row.answer,
    domain: row.domain,
    ...provenanceColumns(row),
    ...origin(material),
    outcome,
    reason,
    question_reason: end.reason,
    detail: refusal(material),
    ...texts(material),
    ...checks(material),
    ...ratings(chain),
    rounds: chain.rounds,
    ...scores(material),
    ...spending(material.calls),
    prompts: context.prompts,
    fingerprint: context.fingerprint,
  };
}

const original = (chain: ChainState): Revision | undefined => chain.revisions[0];
const kept = (chain: ChainState): Revision | undefined => chain.revisions[chain.current];

/** Key of the answer that a text came with last: a second call was given the thought, so its key stands for both. */
const answerKey = (revision: Revision | undefined): TextKey | undefined => revision?.solution ?? revision?.key;

/** Identity of a chain that no text ever arrived for. */
const unansweredId = (questionId: string, index: number): string =>
  createHash('sha256').update(`unanswered ${questionId} ${index}`).digest('hex');

function origin({ chain, row, context, calls }: ChainMaterial): Pick<ChainRow, 'origin' | 'teacher' | 'model'> {
  if ('source' in chain.origin) {
    return { origin: 'source', teacher: row.chains[chain.origin.source]?.teacher ?? 'source', model: null };
  }
  const { teacher } = chain.origin;
  const model = calls.find(({ call }) => call.role === 'teacher')?.call.model ?? null;
  return { origin: 'teacher', teacher: context.teachers[teacher] ?? `teacher-${teacher}`, model };
}

/** Newest refusal of a dropped chain, as the server worded it. */
function refusal({ chain, index, history }: ChainMaterial): string | null {
  if (chain.dropped !== 'refused') return null;
  const answers = history.entries.flatMap((entry) =>
    entry.answers.filter((_, position) => entry.group.asks[position]?.chain === index),
  );
  const refused = answers.findLast((answer) => answer.kind === 'refused');
  return refused?.kind === 'refused' ? refused.reason : null;
}

type TextColumns = Pick<
  ChainRow,
  | 'thought'
  | 'solution'
  | 'text_key'
  | 'text_model'
  | 'solution_model'
  | 'revision_by'
  | 'original_thought'
  | 'original_solution'
  | 'text_tokens'
  | 'text_tokens_estimated'
  | 'thought_tokens'
>;

function texts({ chain, row, records }: ChainMaterial): TextColumns {
  const read = (revision: Revision | undefined): ChainText | undefined =>
    revision && textOf(revision, { records, chains: row.chains });
  const text = read(kept(chain));
  const first = chain.current === 0 ? undefined : read(original(chain));
  return {
    thought: text?.thought ?? null,
    solution: text?.solution ?? null,
    text_key: answerKey(kept(chain)) ?? null,
    text_model: text?.model ?? null,
    solution_model: text?.solutionModel ?? null,
    revision_by: kept(chain)?.by ?? null,
    original_thought: first?.thought ?? null,
    original_solution: first?.solution ?? null,
    text_tokens: text?.tokens ?? null,
    text_tokens_estimated: text?.tokensEstimated ?? false,
    thought_tokens: (first ?? text)?.thoughtTokens ?? null,
  };
}

type CheckColumns = Pick<
  ChainRow,
  'solution_grade' | 'graded_by' | 'extracted_answer' | 'reasoning_valid' | 'solution_valid'
>;

/** Verdicts on the kept text. A rule that decided wins over the judge. */
function checks({ chain, index, history }: ChainMaterial): CheckColumns {
  const revision = kept(chain);
  const key = answerKey(revision);
  const rule = key === undefined ? undefined : gradeOf(key, index, history.entries);
  const decided = revision?.grade === 'equal' || revision?.grade === 'different';
  return {
    solution_grade: revision?.grade ?? null,
    graded_by: decided ? (rule?.decidedBy ?? 'none') : revision?.verdict ? 'judge' : 'none',
    extracted_answer: rule?.extracted ?? null,
    reasoning_valid: revision?.verdict?.reasoning ?? null,
    solution_valid: revision?.verdict?.solution ?? null,
  };
}

function gradeOf(key: string, chain: number, entries: readonly JournalEntry[]): AnswerGrade | undefined {
  for (const { group, answers, grades } of entries) {
    const found = grades.find(({ ask }) => {
      const answer = answers[ask];
      return group.asks[ask]?.chain === chain && answer?.kind === 'text' && answer.key === key;
    });
    if (found) return found;
  }
  return undefined;
}

function ratings(chain: ChainState): Pick<ChainRow, 'ratings' | 'difficulty_before' | 'difficulty_after'> {
  const known = chain.revisions.flatMap(({ rating }) => (rating ? [rating] : []));
  return { ratings: known, difficulty_before: known[0] ?? null, difficulty_after: known.at(-1) ?? null };
}

type ScoreColumns = Pick<
  ChainRow,
  'scoring' | 'scorer' | 'rv_judge' | 'rv_length' | 'rv' | 'cd' | 'rv_judge_before' | 'cd_before'
>;

function scores({ chain, calls }: ChainMaterial): ScoreColumns {
  const now = kept(chain)?.scores;
  const before = chain.revisions.slice(0, chain.current).find((revision) => revision.scores)?.scores;
  const complete = typeof now?.verbosity === 'number' && typeof now.cognitive === 'number';
  return {
    scoring: now ? (complete ? 'scored' : 'unscored') : 'none',
    scorer: now ? (calls.findLast(({ call }) => call.role === 'scorer')?.call.model ?? null) : null,
    rv_judge: now?.verbosity ?? null,
    rv_length: null,
    rv: null,
    cd: now?.cognitive ?? null,
    rv_judge_before: before?.verbosity ?? null,
    cd_before: before?.cognitive ?? null,
  };
}

function spending(calls: readonly ChainCall[]): Pick<ChainRow, 'calls' | 'input_tokens' | 'output_tokens' | 'cost'> {
  const total = totalUsage(calls);
  return {
    calls: total.calls,
    input_tokens: total.inputTokens,
    output_tokens: total.outputTokens,
    cost: total.cost,
  };
}
