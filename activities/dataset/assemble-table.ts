import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFile } from './manifest.js';
import { rowGroupRows, type ParquetWriter } from './parquet.js';
import { fileHash } from './published-file.js';
import { toLine } from './rows.js';

/** A table of a data set as its rows come in, cut into Parquet files. */
export interface TableWriter {
  write(row: object): Promise<void>;
  /** Ends one question; a file ends with its last question. */
  endQuestion(): Promise<void>;
  /** Ends the table: a table without rows is one file without rows. */
  finish(): Promise<readonly DatasetFile[]>;
  /** Lets go of what is open; needed when the table is not finished. */
  close(): Promise<void>;
}

export interface TableOptions {
  readonly kind: DatasetFile['kind'];
  readonly path: (index: number) => string;
  readonly columns: Readonly<Record<string, string>>;
  readonly questionsPerFile: number;
  readonly maxRowGroupRows: number;
  readonly directory: string;
  readonly parquet: ParquetWriter;
  readonly signal: AbortSignal;
  /** Takes a finished local file; it is deleted afterwards. */
  readonly deliver: (path: string, localPath: string) => Promise<void>;
}

/** At most one file of JSON lines and one Parquet file of the table lie on the local disk at a time. */
export function createTableWriter(options: TableOptions): TableWriter {
  const files: DatasetFile[] = [];
  let lines: LineFile | undefined;
  let questions = 0;

  const current = async (): Promise<LineFile> =>
    (lines ??= await openLineFile(join(options.directory, `${options.kind}-${files.length}.jsonl`)));

  async function write(row: object): Promise<void> {
    await (await current()).write(toLine(row));
  }

  async function endQuestion(): Promise<void> {
    questions += 1;
    if (questions >= options.questionsPerFile) await closeFile();
  }

  async function closeFile(): Promise<void> {
    const file = await current();
    lines = undefined;
    questions = 0;
    await file.close();
    files.push(await convert(options, file, options.path(files.length)));
  }

  async function finish(): Promise<readonly DatasetFile[]> {
    if (lines || questions > 0 || files.length === 0) await closeFile();
    return files;
  }

  async function close(): Promise<void> {
    await lines?.close();
    lines = undefined;
  }

  return { write, endQuestion, finish, close };
}

/** Lines on their way to DuckDB. */
export interface LineFile {
  readonly path: string;
  /** Bytes of each line so far. */
  readonly lineBytes: readonly number[];
  write(line: string): Promise<void>;
  close(): Promise<void>;
}

const WRITE_BYTES = 1024 * 1024;

export async function openLineFile(path: string): Promise<LineFile> {
  const file: FileHandle = await open(path, 'w');
  const lineBytes: number[] = [];
  let waiting: Buffer[] = [];
  let waitingBytes = 0;

  async function flush(): Promise<void> {
    const body = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    await file.writeFile(body);
  }

  return {
    path,
    lineBytes,
    async write(line) {
      const bytes = Buffer.from(`${line}\n`);
      lineBytes.push(bytes.length);
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= WRITE_BYTES) await flush();
    },
    async close() {
      try {
        await flush();
      } finally {
        await file.close();
      }
    },
  };
}

async function convert(options: TableOptions, lines: LineFile, path: string): Promise<DatasetFile> {
  const output = lines.path.replace(/\.jsonl$/, '.parquet');
  await options.parquet.write({
    input: lines.path,
    output,
    columns: options.columns,
    rowGroupRows: rowGroupRows(lines.lineBytes, options.maxRowGroupRows),
    longestLine: lines.lineBytes.reduce((longest, bytes) => Math.max(longest, bytes), 0),
    signal: options.signal,
  });
  await rm(lines.path);
  const { size: bytes } = await stat(output);
  const sha256 = await fileHash(output);
  await options.deliver(path, output);
  await rm(output);
  return { path, kind: options.kind, bytes, rows: lines.lineBytes.length, sha256 };
}
