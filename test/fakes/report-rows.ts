import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasetPrefix, type DatasetFile, type DatasetManifest } from '../../activities/dataset/manifest.js';
import { createParquetWriter } from '../../activities/dataset/parquet.js';
import { CHAIN_COLUMNS, METADATA_COLUMNS, QUESTION_COLUMNS } from '../../activities/dataset/rows-columns.js';
import { chainMetadata, toLine, type ChainRow, type QuestionOutcomeRow } from '../../activities/dataset/rows.js';
import { createHistograms } from '../../activities/dataset/stats-histograms.js';
import type { ReportStats } from '../../activities/report/overview.js';
import type { ReportRecipe } from '../../activities/report/provenance.js';

/** A question with its chains, in the true row forms. */
export interface FakeQuestion {
  readonly question: QuestionOutcomeRow;
  readonly chains: readonly ChainRow[];
}

export const FINGERPRINT = 'f'.repeat(64);
const provenance = {
  source: 'word-problems',
  source_path: 'questions.jsonl',
  source_row: 1,
  source_row_id: null,
  source_revision: null,
  source_licence: 'MIT',
  source_dataset: null,
  source_metadata: null,
};

const idOf = (name: string): string => createHash('md5').update(name).digest('hex');

/** A question that ended as the overrides say; its chains come with {@link fakeChain}. */
export function fakeQuestion(
  name: string,
  overrides: Partial<QuestionOutcomeRow> = {},
  chains: readonly Partial<ChainRow>[] = [{}],
): FakeQuestion {
  const question: QuestionOutcomeRow = {
    question_id: idOf(name),
    question: `How many apples has ${name}?`,
    answer: '5',
    domain: 'arithmetic',
    ...provenance,
    outcome: 'accepted',
    reason: null,
    chains: chains.length,
    chains_from_source: 0,
    chains_verified: chains.length,
    chains_accepted: chains.filter(({ outcome }) => outcome === undefined || outcome === 'accepted').length,
    rounds: 0,
    steps: 4,
    calls: 8,
    input_tokens: 800,
    output_tokens: 200,
    cost: 0.01,
    by_role: [{ role: 'teacher', calls: 8, input_tokens: 800, output_tokens: 200, cost: 0.01 }],
    fingerprint: FINGERPRINT,
    ...overrides,
  };
  return { question, chains: chains.map((chain, index) => fakeChain(question, index, chain)) };
}

function fakeChain(question: QuestionOutcomeRow, index: number, overrides: Partial<ChainRow>): ChainRow {
  return {
    question_id: question.question_id,
    chain_index: index,
    chain_id: createHash('sha256').update(`${question.question_id}${index}`).digest('hex'),
    question: question.question,
    answer: question.answer,
    domain: question.domain,
    ...provenance,
    source: question.source,
    origin: 'teacher',
    teacher: 'slow',
    model: 'model-a',
    outcome: 'accepted',
    reason: null,
    question_reason: question.reason,
    detail: null,
    thought: 'First 2 + 3 = 5.',
    solution: 'The answer is \\boxed{5}.',
    text_key: 'k'.repeat(64),
    text_model: 'model-a',
    solution_model: null,
    revision_by: 'teacher',
    original_thought: null,
    original_solution: null,
    text_tokens: 100,
    text_tokens_estimated: false,
    thought_tokens: null,
    solution_grade: 'equal',
    graded_by: 'fast-path',
    extracted_answer: '5',
    reasoning_valid: true,
    solution_valid: true,
    ratings: ['medium'],
    difficulty_before: overrides.ratings?.[0] ?? 'medium',
    difficulty_after: overrides.ratings?.at(-1) ?? 'medium',
    rounds: 0,
    scoring: 'scored',
    scorer: 'judge-a',
    rv_judge: 4,
    rv_length: 4.5,
    rv: 4,
    cd: 3,
    rv_judge_before: null,
    cd_before: null,
    calls: 4,
    input_tokens: 400,
    output_tokens: 100,
    cost: 0.005,
    prompts: ['solve@1'],
    fingerprint: FINGERPRINT,
    ...overrides,
  };
}

export const fakeRecipe = (overrides: Partial<ReportRecipe['recipe']> = {}): ReportRecipe => ({
  fingerprint: FINGERPRINT,
  recipe: { name: 'sums', version: 'v1', description: 'Sums for tests.', ...overrides },
  prompts: { solve: { name: 'solve', version: 1, use: 'solve' } },
  models: { teacher: 'model-a', judge: 'judge-a' },
});

const tally = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(names)].sort().map((name) => [name, names.filter((one) => one === name).length]));

const ends = (rows: readonly { readonly outcome: string; readonly reason: string | null }[]) => ({
  total: rows.length,
  accepted: rows.filter(({ outcome }) => outcome === 'accepted').length,
  rejected: rows.filter(({ outcome }) => outcome === 'rejected').length,
  failed: rows.filter(({ outcome }) => outcome === 'failed').length,
  byReason: tally(rows.flatMap(({ reason }) => reason ?? [])),
});

export function fakeStats(rows: readonly FakeQuestion[]): ReportStats {
  const chains = rows.flatMap((row) => row.chains);
  const histograms = createHistograms();
  for (const chain of chains) histograms.add(chain);
  const usage = {
    calls: chains.reduce((sum, { calls }) => sum + calls, 0),
    inputTokens: chains.reduce((sum, chain) => sum + chain.input_tokens, 0),
    outputTokens: chains.reduce((sum, chain) => sum + chain.output_tokens, 0),
    cost: chains.length * 0.005,
  };
  return {
    name: 'sums',
    version: 'v1',
    fingerprint: FINGERPRINT,
    plan: { sources: [{ rows: rows.length + 3, badRows: 1, duplicates: 2 }] },
    questions: ends(rows.map(({ question }) => question)),
    chains: ends(chains),
    usage: { byRole: { teacher: usage }, byPool: { teacher: usage } },
    histograms: histograms.finish(),
  };
}

/** Publishes rows as `sums v1` in a store of files below `directory`, two questions a part, without a report. */
export async function publishRows(
  directory: string,
  rows: readonly FakeQuestion[],
  recipe: ReportRecipe = fakeRecipe(),
): Promise<DatasetManifest> {
  const root = join(directory, datasetPrefix('sums', 'v1'));
  const files: DatasetFile[] = [];
  const writer = createParquetWriter({ temporaryDirectory: directory });
  const table = async (kind: 'questions' | 'chains' | 'metadata', path: string, lines: readonly object[]) => {
    mkdirSync(join(root, kind), { recursive: true });
    const input = join(directory, 'lines.jsonl');
    writeFileSync(input, lines.map((line) => `${toLine(line)}\n`).join(''));
    const columns = { questions: QUESTION_COLUMNS, chains: CHAIN_COLUMNS, metadata: METADATA_COLUMNS }[kind];
    const { signal } = new AbortController();
    await writer.write({
      input,
      output: join(root, path),
      columns,
      rowGroupRows: 2048,
      longestLine: 1_000_000,
      signal,
    });
    const sha256 = createHash('sha256')
      .update(readFileSync(join(root, path)))
      .digest('hex');
    files.push({ path, kind, bytes: statSync(join(root, path)).size, rows: lines.length, sha256 });
  };
  for (let part = 0; part * 2 < rows.length; part += 1) {
    const ofPart = rows.slice(part * 2, part * 2 + 2);
    const name = `part-${String(part).padStart(5, '0')}.parquet`;
    await table(
      'questions',
      `questions/${name}`,
      ofPart.map(({ question }) => question),
    );
    await table(
      'chains',
      `chains/${name}`,
      ofPart.flatMap(({ chains }) => chains),
    );
  }
  await table(
    'metadata',
    'metadata/chains.parquet',
    rows.flatMap(({ chains }) => chains.map(chainMetadata)),
  );
  const stats = fakeStats(rows);
  const manifest: DatasetManifest = {
    schema: 1,
    name: 'sums',
    version: 'v1',
    fingerprint: FINGERPRINT,
    planId: '0123456789abcdef',
    publishedBy: { run: 'nightly', execution: 'e1' },
    inputSha256: 'a'.repeat(64),
    contentSha256: 'b'.repeat(64),
    questions: stats.questions,
    chains: stats.chains,
    files,
  };
  writeFileSync(join(root, 'stats.json'), JSON.stringify(stats));
  writeFileSync(join(root, 'recipe.json'), JSON.stringify(recipe));
  writeFileSync(join(root, 'manifest.json'), JSON.stringify(manifest));
  return manifest;
}
