import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openLineFile, type LineFile } from '../dataset/assemble-table.js';
import { fileHash } from '../dataset/published-file.js';
import { rowGroupRows, type ParquetWriter } from '../dataset/parquet.js';
import { toLine } from '../dataset/rows.js';
import { partName } from '../numbered-name.js';
import type { SplitName } from '../selection/training-set.js';
import type { ViewRow } from './view-rows.js';

const MAX_ROW_GROUP = 4096;

export type FileKind = 'parquet' | 'jsonl';

/** A finished local file of a split. */
export interface ViewTableFile {
  /** Below the folder of the view. */
  readonly name: string;
  readonly localPath: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The rows of one split, cut into files of so many rows. */
export interface ViewTable {
  write(row: ViewRow): Promise<void>;
  /** Ends the table and names its files, which only then know how many they are. No rows: no files; trainers refuse empty ones. */
  finish(): Promise<readonly ViewTableFile[]>;
  /** Lets go of what is open, finished or not. */
  close(): Promise<void>;
}

export interface ViewTableOptions {
  readonly split: SplitName;
  readonly files: readonly FileKind[];
  /** DuckDB type of every column, in the order of the file. */
  readonly columns: Readonly<Record<string, string>>;
  /**
   * Columns left out of JSON lines: `datasets` takes the type of a column from its first rows, and one that is null there and has values later
   * is an error.
   */
  readonly incomplete: readonly string[];
  readonly rowsPerFile: number;
  readonly directory: string;
  readonly parquet: ParquetWriter;
  readonly signal: AbortSignal;
}

type FinishedFile = Omit<ViewTableFile, 'name'> & { readonly kind: FileKind; readonly index: number };

/** The files of the whole split lie on the local disk until it is finished. */
export function createViewTable(options: ViewTableOptions): ViewTable {
  const finished: FinishedFile[] = [];
  const omitted = options.files.includes('jsonl') ? options.incomplete : [];
  let open: { readonly lines: LineFile; readonly reduced: LineFile | undefined } | undefined;
  let index = 0;

  const pathOf = (name: string): string => join(options.directory, `${options.split}-${index}.${name}`);

  async function openFiles(): Promise<NonNullable<typeof open>> {
    const reduced = omitted.length > 0 ? await openLineFile(pathOf('reduced.jsonl')) : undefined;
    return { lines: await openLineFile(pathOf('jsonl')), reduced };
  }

  async function write(row: ViewRow): Promise<void> {
    open ??= await openFiles();
    await open.lines.write(toLine(row));
    await open.reduced?.write(toLine(without(row, omitted)));
    if (open.lines.lineBytes.length >= options.rowsPerFile) await closeFile();
  }

  async function closeFile(): Promise<void> {
    if (!open) return;
    const { lines, reduced } = open;
    await close();
    if (options.files.includes('parquet'))
      finished.push(await describeFile({ kind: 'parquet', index, localPath: await convert(options, lines) }, lines));
    const unwanted = reduced || !options.files.includes('jsonl');
    if (unwanted) await rm(lines.path);
    const jsonl = reduced ?? (unwanted ? undefined : lines);
    if (jsonl) finished.push(await describeFile({ kind: 'jsonl', index, localPath: jsonl.path }, lines));
    index += 1;
  }

  async function finish(): Promise<readonly ViewTableFile[]> {
    await closeFile();
    return finished.map(({ kind, index: number, ...file }) => ({
      ...file,
      name: partName({ stem: options.split, index: number, of: index }, kind),
    }));
  }

  async function close(): Promise<void> {
    const files = open;
    open = undefined;
    await files?.lines.close();
    await files?.reduced?.close();
  }

  return { write, finish, close };
}

async function convert(options: ViewTableOptions, lines: LineFile): Promise<string> {
  const output = lines.path.replace(/\.jsonl$/, '.parquet');
  await options.parquet.write({
    input: lines.path,
    output,
    columns: options.columns,
    rowGroupRows: rowGroupRows(lines.lineBytes, MAX_ROW_GROUP),
    longestLine: lines.lineBytes.reduce((longest, bytes) => Math.max(longest, bytes), 0),
    signal: options.signal,
  });
  return output;
}

async function describeFile(
  file: Pick<FinishedFile, 'kind' | 'index' | 'localPath'>,
  { lineBytes }: LineFile,
): Promise<FinishedFile> {
  const { size: bytes } = await stat(file.localPath);
  return { ...file, rows: lineBytes.length, bytes, sha256: await fileHash(file.localPath) };
}

const without = (row: ViewRow, names: readonly string[]): ViewRow =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
