import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash, datasetPrefix, manifestKey, type DatasetFile } from '../../activities/dataset/manifest.js';
import { fileHash } from '../../activities/dataset/published-file.js';
import { METADATA_COLUMNS } from '../../activities/dataset/rows-columns.js';
import type { ObjectStore } from '../../activities/store/object-store.js';

/** How the same rows are laid out in files. */
export interface Layout {
  readonly name: string;
  /** Metadata files. */
  readonly files: number;
  /** `plan`: questions one after another, as assembly writes them; `shuffled`: rows in an order of chance. */
  readonly order: 'plan' | 'shuffled';
}

export interface SyntheticMetadata {
  readonly store: ObjectStore;
  /** For the database and the files on their way to the store. */
  readonly directory: string;
  readonly questions: number;
  readonly layouts: readonly Layout[];
}

/** Metadata of every layout in the store, as data sets `bench-<layout>` v1 that all say the same content. Returns the number of rows. */
export async function publishSynthetic(options: SyntheticMetadata): Promise<number> {
  const instance = await DuckDBInstance.create(join(options.directory, 'synthetic.duckdb'), {
    memory_limit: '1GiB',
    temp_directory: join(options.directory, 'spill'),
  });
  const connection = await instance.connect();
  try {
    await connection.run(ROWS_SQL(options.questions));
    for (const layout of options.layouts) await publishLayout(connection, options, layout);
    const reader = await connection.runAndReadAll('SELECT count(*) FROM chains');
    return Number(reader.getRows()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Number in [0, 1) of a text; SHA-256 is the same in every version of DuckDB. */
const chance = (text: string): string => `(('0x' || substr(sha256(${text}), 1, 8))::UBIGINT::DOUBLE / 4294967296)`;
/** About normal, mean 0, deviation 1. */
const normal = (text: string): string =>
  `(${[0, 1, 2, 3].map((part) => chance(`${text} || '${part}'`)).join(' + ')} - 2) * 1.732`;

/**
 * Shaped like the published set (methods 2.1, 2.4): 2 to 11 chains a question, mean 2.9; CD with its peak at 4-5, mostly that of the question;
 * RV around CD; one chain in 20 not scored, one in 10 not accepted.
 */
const ROWS_SQL = (questions: number): string => `CREATE TABLE chains AS
  WITH questions AS (
    SELECT sha256('question' || range) AS question_id, range AS number,
           least(11, 2 + floor(-ln(1 - ${chance("'count' || range")}) / ln(2.09)))::INTEGER AS chains,
           4.5 + 1.7 * ${normal("'cd' || range")} AS level,
           CASE WHEN ${chance("'domain' || range")} < 0.6 THEN 'math' WHEN ${chance("'domain' || range")} < 0.85 THEN 'code' ELSE 'science' END AS domain
    FROM range(${questions})
  ), scored AS (
    SELECT question_id, number, domain, unnest(range(chains))::INTEGER AS chain_index,
           sha256(question_id || chain_index) AS chain_id,
           greatest(0, least(9, round(level + 0.7 * ${normal("'chain' || question_id || chain_index")})))::INTEGER AS cd,
           ${chance("'state' || question_id || chain_index")} AS state
    FROM questions
  )
  SELECT *, greatest(0, least(9, round(cd + 1.8 * ${normal("'rv' || chain_id")})))::INTEGER AS rv,
         (200 + 900 * rv + 400 * ${chance("'tokens' || chain_id")})::INTEGER AS text_tokens
  FROM scored`;

/** What the synthetic rows say; every other column is null. */
const VALUES: Readonly<Record<string, string>> = {
  question_id: 'question_id',
  chain_index: 'chain_index',
  chain_id: 'chain_id',
  domain: 'domain',
  outcome: "CASE WHEN state < 0.1 THEN 'rejected' ELSE 'accepted' END",
  text_tokens: 'text_tokens',
  rv: 'CASE WHEN state > 0.95 THEN NULL ELSE rv END',
  cd: 'CASE WHEN state > 0.95 THEN NULL ELSE cd END',
  teacher: "CASE WHEN chain_index % 2 = 0 THEN 'slow' ELSE 'fast' END",
  source_row: 'number',
  fingerprint: `'${'f'.repeat(64)}'`,
};

async function publishLayout(
  connection: DuckDBConnection,
  { store, directory }: SyntheticMetadata,
  { name, files, order }: Layout,
): Promise<void> {
  const columns = Object.entries(METADATA_COLUMNS).map(
    ([column, type]) => `(${VALUES[column] ?? 'NULL'})::${type} AS "${column}"`,
  );
  const published: DatasetFile[] = [];
  for (let index = 0; index < files; index += 1) {
    const local = join(directory, `${name}-${index}.parquet`);
    const share = order === 'plan' ? 'number' : `('0x' || substr(chain_id, 1, 6))::UBIGINT`;
    await connection.run(
      `COPY (SELECT ${columns.join(', ')} FROM chains WHERE ${share} % ${files} = ${index}
             ORDER BY ${order === 'plan' ? 'number, chain_index' : "sha256('order' || chain_id)"})
       TO '${local}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536)`,
    );
    const path = `metadata/chains-${index}.parquet`;
    await store.putFile(`${datasetPrefix(`bench-${name}`, 'v1')}/${path}`, local);
    const { size: bytes } = await stat(local);
    published.push({ path, kind: 'metadata', bytes, rows: 0, sha256: await fileHash(local) });
  }
  const manifest = {
    schema: 1,
    name: `bench-${name}`,
    version: 'v1',
    contentSha256: contentHash(published),
    files: published,
  };
  await store.put(manifestKey(`bench-${name}`, 'v1'), Buffer.from(JSON.stringify(manifest)));
}
