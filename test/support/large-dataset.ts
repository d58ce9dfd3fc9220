import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { datasetPrefix, type DatasetFile, type DatasetManifest } from '../../activities/dataset/manifest.js';
import { CHAIN_COLUMNS, METADATA_COLUMNS, QUESTION_COLUMNS } from '../../activities/dataset/rows-columns.js';
import type { ReportStats } from '../../activities/report/overview.js';

export interface LargeDataset {
  /** Of a store of files. */
  readonly directory: string;
  readonly questions: number;
  readonly chainsPerQuestion: number;
  /** Of one chain's thought. */
  readonly thoughtChars: number;
}

const PARTS = 4;
const [NAME, VERSION] = ['large', 'v1'];

/**
 * Publishes a generated version: rows of the true columns with made-up values, every outcome and reason among them, written by SQL, so that a
 * hundred thousand chains take seconds. It has no plan, journal or report.
 */
export async function publishLargeDataset(size: LargeDataset): Promise<DatasetManifest> {
  const root = join(size.directory, datasetPrefix(NAME, VERSION));
  for (const folder of ['questions', 'chains', 'metadata']) mkdirSync(join(root, folder), { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GiB' });
  const connection = await instance.connect();
  const run = (sql: string) => connection.run(sql);
  const files: DatasetFile[] = [];
  const copy = async (
    { kind, path, rows }: Pick<DatasetFile, 'kind' | 'path' | 'rows'>,
    select: string,
  ): Promise<void> => {
    await run(`COPY (${select}) TO '${join(root, path)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096)`);
    files.push({ path, kind, bytes: 1, rows, sha256: createHash('sha256').update(path).digest('hex') });
  };
  await run(`CREATE TABLE q AS ${questions(size)}`);
  await run(`CREATE TABLE c AS ${chains(size)}`);
  const perPart = Math.ceil(size.questions / PARTS);
  for (let part = 0; part < PARTS; part += 1) {
    const range = `n >= ${part * perPart} AND n < ${(part + 1) * perPart}`;
    const count = Math.min(perPart, size.questions - part * perPart);
    const name = `part-0000${part}-of-0000${PARTS}.parquet`;
    await copy(
      { kind: 'questions', path: `questions/${name}`, rows: count },
      `SELECT ${names(QUESTION_COLUMNS)} FROM q WHERE ${range} ORDER BY n`,
    );
    const texts = `SELECT ${names(CHAIN_COLUMNS)} FROM (SELECT c.*, ${texted(size)} FROM c) WHERE ${range} ORDER BY n, chain_index`;
    await copy({ kind: 'chains', path: `chains/${name}`, rows: count * size.chainsPerQuestion }, texts);
  }
  const all = size.questions * size.chainsPerQuestion;
  await copy(
    { kind: 'metadata', path: 'metadata/chains.parquet', rows: all },
    `SELECT ${names(METADATA_COLUMNS)} FROM c ORDER BY n, chain_index`,
  );
  const manifest = manifestOf(size, files);
  writeFileSync(
    join(root, 'stats.json'),
    JSON.stringify(await statsOf(size, async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS())),
  );
  writeFileSync(
    join(root, 'recipe.json'),
    JSON.stringify({ fingerprint: manifest.fingerprint, recipe: { name: NAME, version: VERSION } }),
  );
  writeFileSync(join(root, 'manifest.json'), JSON.stringify(manifest));
  connection.closeSync();
  instance.closeSync();
  return manifest;
}

const names = (columns: Readonly<Record<string, string>>): string =>
  Object.entries(columns)
    .map(([name, type]) => `CAST("${name}" AS ${type}) AS "${name}"`)
    .join(', ');

const PROVENANCE = `'generated' AS source, 'generated.jsonl' AS source_path, n + 1 AS source_row, NULL AS source_row_id,
  NULL AS source_revision, NULL AS source_licence, NULL AS source_dataset, NULL AS source_metadata`;

const questions = ({ questions: count, chainsPerQuestion }: LargeDataset): string => `
  SELECT n, md5('q' || n) AS question_id,
    'What is ' || n || ' plus $\\frac{' || (n % 7) || '}{3}$ apples, if every apple counts once?' AS question,
    CAST(n AS VARCHAR) AS answer, ['algebra', 'geometry', 'logic'][1 + n % 3] AS domain, ${PROVENANCE},
    CASE WHEN n % 10 < 8 THEN 'accepted' WHEN n % 10 = 8 THEN 'rejected' ELSE 'failed' END AS outcome,
    CASE WHEN n % 10 < 8 THEN NULL WHEN n % 10 = 8 THEN 'too-few-verified' ELSE 'pool-unavailable' END AS reason,
    ${chainsPerQuestion} AS chains, 0 AS chains_from_source, ${chainsPerQuestion} AS chains_verified,
    CASE WHEN n % 10 < 8 THEN ${chainsPerQuestion} - 1 ELSE 0 END AS chains_accepted, 1 AS rounds, 5 AS steps,
    12 AS calls, 4000 AS input_tokens, 9000 AS output_tokens, 0.0125 AS cost, [] AS by_role, repeat('f', 64) AS fingerprint
  FROM range(${count}) AS r(n)`;

/** Without texts: the last chain of every question is dropped, the others end as their question does. */
const chains = ({ chainsPerQuestion }: LargeDataset): string => `
  SELECT n, question_id, i AS chain_index, sha256('c' || n || '/' || i) AS chain_id, domain,
    ${PROVENANCE.replace('n + 1', 'source_row')}, 'teacher' AS origin, ['slow', 'fast'][1 + i % 2] AS teacher, 'model-' || (i % 2) AS model,
    CASE WHEN i = ${chainsPerQuestion - 1} THEN 'rejected' ELSE outcome END AS outcome,
    CASE WHEN i = ${chainsPerQuestion - 1} THEN ['wrong-solution', 'flawed-reasoning', 'never-medium'][1 + n % 3]
      WHEN outcome = 'rejected' THEN 'question-rejected' ELSE reason END AS reason,
    reason AS question_reason, sha256('t' || n || '/' || i) AS text_key, 'model-x' AS text_model, NULL::VARCHAR AS solution_model,
    ['teacher', 'extend', 'simplify'][1 + (n + i) % 3] AS revision_by, 100 + (n * 7 + i * 31) % 900 AS text_tokens,
    false AS text_tokens_estimated, NULL AS thought_tokens,
    CASE WHEN i = ${chainsPerQuestion - 1} AND n % 3 = 0 THEN 'different' ELSE 'equal' END AS solution_grade,
    'fast-path' AS graded_by, true AS reasoning_valid, n % 50 > 0 AS solution_valid,
    [['medium'], ['easy', 'medium'], ['hard', 'hard', 'medium']][1 + (n + i) % 3] AS ratings,
    ['medium', 'easy', 'hard'][1 + (n + i) % 3] AS difficulty_before, 'medium' AS difficulty_after, (n + i) % 3 AS rounds,
    'scored' AS scoring, 'judge' AS scorer, (n + 2 * i) % 10 AS rv_judge, 4.5 AS rv_length, (n + 2 * i) % 10 AS rv,
    (n // 3 + i) % 10 AS cd, NULL AS rv_judge_before, NULL AS cd_before, 4 AS calls, 1300 AS input_tokens, 3000 AS output_tokens,
    0.004 AS cost, repeat('f', 64) AS fingerprint
  FROM q, range(${chainsPerQuestion}) AS s(i)`;

const texted = ({ thoughtChars }: LargeDataset): string => `
  'What is ' || n || '?' AS question, CAST(n AS VARCHAR) AS answer, NULL AS detail,
  left(repeat('Step ' || n || ': add the parts, compare with $x_{' || chain_index || '}$, go on. ', ${Math.ceil(thoughtChars / 40)}), ${thoughtChars}) AS thought,
  'The answer is \\boxed{' || n || '}.' AS solution,
  CASE WHEN revision_by = 'teacher' THEN NULL ELSE 'Step ' || n || ': compare with $x$, add the parts.' END AS original_thought,
  CASE WHEN revision_by = 'teacher' THEN NULL ELSE 'The answer is \\boxed{' || n || '}.' END AS original_solution,
  CAST(n AS VARCHAR) AS extracted_answer, ['solve@1'] AS prompts`;

const manifestOf = (
  { questions: total, chainsPerQuestion }: LargeDataset,
  files: readonly DatasetFile[],
): DatasetManifest => ({
  schema: 1,
  name: NAME,
  version: VERSION,
  fingerprint: 'f'.repeat(64),
  planId: '0123456789abcdef',
  publishedBy: { run: 'generated', execution: 'e1' },
  inputSha256: 'a'.repeat(64),
  contentSha256: 'b'.repeat(64),
  questions: { total, accepted: total },
  chains: { total: total * chainsPerQuestion, accepted: total },
  files,
});

async function statsOf(
  { questions: total, chainsPerQuestion }: LargeDataset,
  query: (sql: string) => Promise<Record<string, unknown>[]>,
): Promise<ReportStats> {
  const counts = async (table: string, condition: string): Promise<Record<string, number>> =>
    Object.fromEntries(
      (
        await query(
          `SELECT CAST(${condition} AS VARCHAR) AS k, count(*)::INTEGER AS n FROM ${table} WHERE ${condition} IS NOT NULL GROUP BY 1 ORDER BY 1`,
        )
      ).map(({ k, n }) => [String(k), Number(n)]),
    );
  const ends = async (table: string, all: number) => {
    const by = await counts(table, 'outcome');
    return {
      total: all,
      accepted: by['accepted'] ?? 0,
      rejected: by['rejected'] ?? 0,
      failed: by['failed'] ?? 0,
      byReason: await counts(table, 'reason'),
    };
  };
  const levels = async (column: string): Promise<number[]> => {
    const by = await counts(`(SELECT * FROM c WHERE outcome = 'accepted')`, column);
    return Array.from({ length: 10 }, (_, level) => by[level] ?? 0);
  };
  return {
    name: NAME,
    version: VERSION,
    fingerprint: 'f'.repeat(64),
    questions: await ends('q', total),
    chains: await ends('c', total * chainsPerQuestion),
    usage: { byRole: { teacher: { calls: 10, inputTokens: 100, outputTokens: 1000, cost: 1 } }, byPool: {} },
    histograms: {
      rv: await levels('rv'),
      cd: await levels('cd'),
      rvByCd: Array.from({ length: 10 }, (_, cd) => Array.from({ length: 10 }, (_unused, rv) => cd * rv)),
      scoring: { unscored: 0, none: 0 },
      tokens: { p10: 150, p50: 500, p90: 900, p99: 990, max: 999 },
    },
  };
}
