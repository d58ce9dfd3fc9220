import { openDatabase } from '../duckdb/open-database.js';
import { quoted } from '../duckdb/sql.js';

/** Writes Parquet from JSON lines, one file at a time. */
export interface ParquetWriter {
  /** Rejects when a line does not fit the columns, with the file; with the signal's reason when aborted. */
  write(file: ParquetFile): Promise<void>;
}

export interface ParquetFile {
  /** Local file of JSON lines. */
  readonly input: string;
  /** Local file to write. */
  readonly output: string;
  /** DuckDB type of every column, in the order of the file. */
  readonly columns: Readonly<Record<string, string>>;
  readonly rowGroupRows: number;
  /** Bytes of the longest line. */
  readonly longestLine: number;
  readonly signal: AbortSignal;
}

export interface ParquetOptions {
  /** Where DuckDB may spill. */
  readonly temporaryDirectory: string;
  /** @default 1 GiB */
  readonly memoryLimitMiB?: number | undefined;
}

/** DuckDB's JSON reader takes blocks of twice this size; a longer line needs a larger one. */
const MIN_OBJECT_BYTES = 16 * 1024 * 1024;
const BLOCK_BYTES = 2 * MIN_OBJECT_BYTES;

/**
 * One thread: with more, DuckDB cuts row groups by the work of its threads, and the bytes of the file would depend on the machine.
 * With one, the file follows from its lines and the DuckDB version alone (measured: the same bytes from 1, others from 2 threads).
 */
const THREADS = 1;

export const createParquetWriter = (options: ParquetOptions): ParquetWriter => ({
  write: (file) => writeFile(options, file),
});

/** In a database of its own: DuckDB keeps what a file took until it is closed, and the four tables of a data set took 100 MB more together. [measured] */
async function writeFile(options: ParquetOptions, file: ParquetFile): Promise<void> {
  const database = await openDatabase({
    directory: options.temporaryDirectory,
    memoryLimitMiB: options.memoryLimitMiB ?? 1024,
    threads: THREADS,
    signal: file.signal,
  });
  try {
    await database.during((connection) => connection.run(copyStatement(file)));
  } catch (cause) {
    file.signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `DuckDB could not write ${file.output} with the columns ${Object.keys(file.columns).join(', ')}: ${reason}`,
      { cause },
    );
  } finally {
    database.close();
  }
}

function copyStatement(file: ParquetFile): string {
  const columns = Object.entries(file.columns).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`);
  const rows = `read_json(${quoted(file.input)}, format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = ${Math.max(MIN_OBJECT_BYTES, file.longestLine + 1)}, columns = {${columns.join(', ')}})`;
  return `COPY (SELECT * FROM ${rows}) TO ${quoted(file.output)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${file.rowGroupRows})`;
}

/**
 * Viewers refuse row groups above 286 MiB uncompressed, and DuckDB holds several in memory: with 128 MiB of lines, JSON and all, a process
 * that assembles peaked at 590-830 MiB, with 240 MiB at 970 MiB (measured, 10-30 KB a chain).
 */
const MAX_ROW_GROUP_BYTES = 128 * 1024 * 1024;

/**
 * Rows of a row group: `maxRows`, halved until no run of so many lines is too large, wherever it begins. DuckDB ends a group at the first
 * block of lines that fills it, so a group may have one block more than its rows.
 */
export function rowGroupRows(lineBytes: readonly number[], maxRows: number): number {
  let rows = maxRows;
  while (rows > 1 && largestRun(lineBytes, rows) + BLOCK_BYTES > MAX_ROW_GROUP_BYTES) rows = Math.floor(rows / 2);
  return rows;
}

function largestRun(lineBytes: readonly number[], rows: number): number {
  let run = 0;
  let largest = 0;
  for (const [index, bytes] of lineBytes.entries()) {
    run += bytes - (index >= rows ? (lineBytes[index - rows] ?? 0) : 0);
    largest = Math.max(largest, run);
  }
  return largest;
}
