import type { DuckDBConnection } from '@duckdb/node-api';
import { openFilledDatabase } from '../duckdb/open-database.js';
import { parquetRows, quoted } from '../duckdb/sql.js';
import type { SetName, SplitName } from '../selection/training-set.js';
import { PAIR_REASONS } from './pairs.js';
import type { ViewChainColumns } from './view-chain.js';

/**
 * Text of one bucket, in tokens of about four bytes: what is sorted in memory at a time. A chain whose length is not known counts as a long one.
 */
const BUCKET_TOKENS = 4_000_000;
const UNKNOWN_TOKENS = 8_000;

const CHAIN_COLUMNS = [
  'question_id',
  'chain_index',
  'chain_id',
  'question',
  'domain',
  'teacher',
  'reason',
  'thought',
  'solution',
  'reasoning_valid',
  'difficulty_after',
  'rv',
  'cd',
  'scorer',
] as const satisfies readonly (keyof ViewChainColumns)[];
const ORIGINAL_COLUMNS = [
  'original_thought',
  'original_solution',
] as const satisfies readonly (keyof ViewChainColumns)[];

/** A chain of the data set that some view needs, and where it belongs. */
export interface WantedChain extends ViewChainColumns {
  readonly bucket: number;
  /** Sets that it was picked for; empty: material for pairs. */
  readonly picks: readonly { readonly set: SetName; readonly split: SplitName }[];
}

/** What there is in one set. */
export interface SetContents {
  readonly set: SetName;
  readonly splits: readonly SplitName[];
  /** Columns that some of its rows have no value of. */
  readonly incomplete: readonly ('rv' | 'cd' | 'domain')[];
}

export interface ChainTables {
  readonly sets: readonly SetContents[];
  /** Rising. Questions lie in the buckets by question_id. */
  readonly buckets: readonly number[];
  /** Wanted chains of all files together. */
  readonly wanted: number;
  /** Wanted chains of one local Parquet file of chains, some thousand at a time. */
  chainsOf(file: string): AsyncGenerator<readonly WantedChain[]>;
  close(): void;
}

export interface ChainTableOptions {
  /** Local Parquet files. */
  readonly picks: string;
  readonly metadata: string;
  /** Also the dropped chains that pairs are made of. */
  readonly forPairs: boolean;
  /** Also originals of rewritten chains. */
  readonly withOriginals: boolean;
  readonly temporaryDirectory: string;
  /** @default 512 */
  readonly memoryLimitMiB?: number | undefined;
  /** For messages. */
  readonly picksKey: string;
  readonly signal: AbortSignal;
}

/** Reads picks and metadata and says which chains are wanted. Throws Error when the picks are not of this data set. */
export async function openChainTables(options: ChainTableOptions): Promise<ChainTables> {
  const { temporaryDirectory, memoryLimitMiB = 512, signal } = options;
  const database = await openFilledDatabase(
    { directory: temporaryDirectory, memoryLimitMiB, threads: 1, signal },
    async (connection) => {
      for (const statement of [picksTable(options), wantedTable(options), BUCKETS]) await connection.run(statement);
      await checkPicks(connection, options);
    },
  );
  const { connection, close } = database;
  const buckets = await rowsOf<{ bucket: number }>(connection, 'SELECT DISTINCT bucket FROM buckets ORDER BY bucket');
  const [total] = await rowsOf<{ wanted: number }>(connection, 'SELECT count(*)::INTEGER AS wanted FROM wanted');
  return {
    sets: await setsOf(connection),
    buckets: buckets.map(({ bucket }) => bucket),
    wanted: total?.wanted ?? 0,
    chainsOf: (file) => wantedChains(connection, file, options.withOriginals),
    close,
  };
}

const picksTable = ({ picks, metadata }: ChainTableOptions): string => `
  CREATE TABLE picks AS
  SELECT p.question_id, p.chain_index, p."set", p.split, p.rv, p.cd, m.domain, m.question_id IS NOT NULL AS known
  FROM ${parquetRows([picks])} p
  LEFT JOIN ${parquetRows([metadata])} m
    ON m.question_id = p.question_id AND m.chain_index = p.chain_index AND m.chain_id = p.chain_id`;

const wantedTable = ({ metadata, forPairs, withOriginals }: ChainTableOptions): string => `
  CREATE TABLE wanted AS
  WITH chosen AS (
    SELECT question_id, chain_index, string_agg("set" || ':' || split, ',' ORDER BY "set") AS picks
    FROM picks GROUP BY question_id, chain_index
  )
  SELECT m.question_id, m.chain_index, coalesce(c.picks, '') AS picks,
    coalesce(m.text_tokens, ${UNKNOWN_TOKENS}) * ${withOriginals ? 2 : 1} AS tokens
  FROM ${parquetRows([metadata])} m
  LEFT JOIN chosen c ON c.question_id = m.question_id AND c.chain_index = m.chain_index
  WHERE c.picks IS NOT NULL${forPairs ? ` OR (m.reason IN (${PAIR_REASONS.map(quoted).join(', ')}) AND m.question_id IN (SELECT question_id FROM picks))` : ''}`;

const BUCKETS = `
  CREATE TABLE buckets AS
  SELECT question_id, ((sum(tokens) OVER (ORDER BY question_id) - tokens) // ${BUCKET_TOKENS})::INTEGER AS bucket
  FROM (SELECT question_id, sum(tokens) AS tokens FROM wanted GROUP BY question_id)`;

type LostPick = Pick<WantedChain, 'question_id' | 'chain_index'>;

async function checkPicks(connection: DuckDBConnection, { picksKey }: ChainTableOptions): Promise<void> {
  const [lost] = await rowsOf<LostPick>(
    connection,
    'SELECT question_id, chain_index FROM picks WHERE NOT known LIMIT 1',
  );
  if (lost)
    throw new Error(
      `${picksKey} names chain ${lost.chain_index} of question ${lost.question_id}, which the data set does not have: select again from this data set.`,
    );
}

type SetRow = Omit<SetContents, 'incomplete'> & Readonly<Record<SetContents['incomplete'][number], boolean>>;

async function setsOf(connection: DuckDBConnection): Promise<SetContents[]> {
  const rows = await rowsOf<SetRow>(
    connection,
    `SELECT "set", list(DISTINCT split ORDER BY split) AS splits,
      bool_or(rv IS NULL) AS rv, bool_or(cd IS NULL) AS cd, bool_or(domain IS NULL) AS domain
     FROM picks GROUP BY "set" ORDER BY "set"`,
  );
  return rows.map(({ set, splits, ...unknown }) => ({
    set,
    splits,
    incomplete: (['rv', 'cd', 'domain'] as const).filter((column) => unknown[column]),
  }));
}

async function* wantedChains(
  connection: DuckDBConnection,
  file: string,
  withOriginals: boolean,
): AsyncGenerator<readonly WantedChain[]> {
  const originals = ORIGINAL_COLUMNS.map((name) => (withOriginals ? `c.${name}` : `NULL AS ${name}`));
  const columns = [...CHAIN_COLUMNS.map((name) => `c.${name}`), ...originals].join(', ');
  const result = await connection.stream(
    `SELECT b.bucket, w.picks, ${columns} FROM ${parquetRows([file])} c
     JOIN wanted w ON w.question_id = c.question_id AND w.chain_index = c.chain_index
     JOIN buckets b ON b.question_id = c.question_id`,
  );
  for await (const rows of result.yieldRowObjectJs())
    yield rows.map((row) => wantedChain(row as unknown as SpooledRow));
}

interface SpooledRow extends ViewChainColumns {
  readonly bucket: number;
  /** `set:split`, with commas. */
  readonly picks: string;
}

const wantedChain = (row: SpooledRow): WantedChain => ({
  ...row,
  picks: row.picks
    .split(',')
    .filter(Boolean)
    .map((pick) => {
      const [set, split] = pick.split(':');
      return { set: set as SetName, split: split as SplitName };
    }),
});

/** Rows of a statement of our own, which knows its columns. */
async function rowsOf<Row extends object>(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[];
}
