import { questionDetail, type QuestionRows } from './details.js';
import type { QuestionDetail } from './page-data.js';

/** Characters of one text in a file; longer ones are cut, and the page says so. */
export const SAMPLE_TEXT_CHARS = 12_000;
/** Characters of all texts in a file: what a browser opens at once, and what a mail takes. */
const SAMPLE_CHARS = 4_000_000;
const PER_ACCEPTED = 24;
const PER_REASON = 6;

/** A question of the sample and its position among all questions of the data set. */
export interface SampledQuestion {
  readonly ordinal: number;
  readonly question: QuestionDetail;
}

/** Chooses questions as they pass by. */
export interface Sampler {
  add(rows: QuestionRows, ordinal: number): void;
  /** In the order of the data set. */
  finish(): SampledQuestion[];
}

export interface SamplerOptions {
  /** Characters of all texts. @default what a browser opens at once, and a mail takes */
  readonly chars?: number;
  /** Questions of a kind, such as `question accepted` or `chain wrong-solution`, at most. */
  readonly perKind?: (kind: string) => number;
  /** @default every text cut to SAMPLE_TEXT_CHARS */
  readonly detail?: (rows: QuestionRows) => QuestionDetail;
}

/**
 * A sample that has some of everything: per kind (how a question ended, and every reason that one of its chains was dropped for) those with
 * the smallest ids, which are hashes: so it follows from the questions alone, whatever their order. Memory is that of the sample.
 */
export function createSampler(options: SamplerOptions = {}): Sampler {
  const { chars = SAMPLE_CHARS, perKind = capacityOf } = options;
  const detail = options.detail ?? ((rows: QuestionRows) => questionDetail(rows, SAMPLE_TEXT_CHARS));
  const kinds = new Map<string, SampledQuestion[]>();

  function add(rows: QuestionRows, ordinal: number): void {
    let sampled: SampledQuestion | undefined;
    for (const kind of kindsOf(rows)) {
      const kept = kinds.get(kind) ?? [];
      const last = kept.at(-1);
      if (kept.length >= perKind(kind) && last && last.question.id < rows.question.question_id) continue;
      sampled ??= { ordinal, question: detail(rows) };
      kinds.set(kind, [...kept, sampled].sort(byId).slice(0, perKind(kind)));
    }
  }

  return { add, finish: () => withinBudget(kinds, chars) };
}

const byId = (a: SampledQuestion, b: SampledQuestion): number => (a.question.id < b.question.id ? -1 : 1);

const capacityOf = (kind: string): number => (kind === 'question accepted' ? PER_ACCEPTED : PER_REASON);

/** Ids of all questions that a sampler may choose, by SQL over the views of a version. */
export const CANDIDATES = `
  WITH kinds AS (
    SELECT 'question ' || coalesce(reason, outcome) AS kind, question_id FROM questions
    UNION ALL SELECT 'chain ' || reason, question_id FROM chains WHERE reason IS NOT NULL
    UNION ALL SELECT 'kept ' || revision_by, question_id FROM chains WHERE outcome = 'accepted' AND revision_by IS NOT NULL
  ),
  smallest AS (SELECT min(question_id, ${PER_ACCEPTED}) AS ids FROM (SELECT DISTINCT kind, question_id FROM kinds) GROUP BY kind)
  SELECT DISTINCT unnest(ids) AS question_id FROM smallest`;

function kindsOf({ question, chains }: QuestionRows): Set<string> {
  return new Set([
    `question ${question.reason ?? question.outcome}`,
    ...chains.flatMap(({ reason }) => (reason === null ? [] : [`chain ${reason}`])),
    ...chains.flatMap(({ revision_by: by, outcome }) => (outcome === 'accepted' && by !== null ? [`kept ${by}`] : [])),
  ]);
}

/** One of every kind, then a second of every kind, ... while there is room. */
function withinBudget(kinds: ReadonlyMap<string, readonly SampledQuestion[]>, budget: number): SampledQuestion[] {
  const names = [...kinds.keys()].sort();
  const chosen = new Map<string, SampledQuestion>();
  let chars = 0;
  for (let rank = 0; rank < PER_ACCEPTED; rank += 1) {
    for (const one of names.flatMap((name) => kinds.get(name)?.[rank] ?? [])) {
      if (chosen.has(one.question.id)) continue;
      const size = JSON.stringify(one.question).length;
      if (chosen.size > 0 && chars + size > budget) continue;
      chars += size;
      chosen.set(one.question.id, one);
    }
  }
  return [...chosen.values()].sort((a, b) => a.ordinal - b.ordinal);
}
