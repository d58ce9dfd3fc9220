import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createParquetWriter, rowGroupRows, type ParquetWriter } from '../../../activities/dataset/parquet.js';
import { toLine } from '../../../activities/dataset/rows.js';
import { readParquet } from '../../support/read-parquet.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const columns = { text: 'VARCHAR', numbers: 'DOUBLE[]', nested: 'STRUCT("level" INTEGER, judge VARCHAR)' };
const signal = new AbortController().signal;

let directory: ReturnType<typeof temporaryDirectory>;
let writer: ParquetWriter;
beforeEach(() => {
  directory = temporaryDirectory("it's");
  writer = createParquetWriter({ temporaryDirectory: directory.path });
});
afterEach(() => {
  directory.remove();
});

const path = (name: string): string => join(directory.path, name);

async function write(
  lines: readonly string[],
  options: { rowGroupRows?: number; output?: string; signal?: AbortSignal } = {},
): Promise<string> {
  const input = path('in.jsonl');
  const output = path(options.output ?? 'out.parquet');
  await writeFile(input, lines.map((line) => `${line}\n`).join(''));
  const longestLine = Math.max(0, ...lines.map((line) => Buffer.byteLength(line)));
  await writer.write({
    input,
    output,
    columns,
    rowGroupRows: options.rowGroupRows ?? 4096,
    longestLine,
    signal: options.signal ?? signal,
  });
  return output;
}

describe('Parquet from JSON lines', () => {
  it('gives every text back as it was', async () => {
    const texts = [
      'plain',
      'two\nlines\r\n\tand a tab',
      '"quotes" \'and\' \\backslashes\\n',
      '日本語 😀 \u2028\u2029',
      'null\u0000byte',
      '',
      null,
    ];
    const output = await write(
      texts.map((text) => toLine({ text, numbers: [0.1, 1e-7], nested: { level: 3, judge: null } })),
    );
    const rows = await readParquet(output);
    expect(rows.map(({ text }) => text)).toEqual(texts);
    expect(rows[0]).toEqual({ text: 'plain', numbers: [0.1, 1e-7], nested: { level: 3, judge: null } });
  });

  it('gives any text back, with U+FFFD for half a surrogate pair', async () => {
    const odd = fc.constantFrom('\ud800', '\udfff', '\\', '"', '\n', '\\ud83d', '\u2028', 'a', '日');
    const anyText = fc
      .array(fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 8 })
      .map((parts) => parts.join(''));
    const texts = fc.sample(anyText, { numRuns: 200, seed: 1 });
    const rows = await readParquet(await write(texts.map((text) => toLine({ text }))));
    expect(rows.map(({ text }) => text)).toEqual(texts.map((text) => text.replace(/\p{Surrogate}/gu, '\uFFFD')));
  });

  it('writes the columns of a table without rows', async () => {
    expect(await readParquet(await write([]))).toEqual([]);
    expect(
      (await readParquet(path('out.parquet'), 'SELECT column_name FROM (DESCRIBE FROM file)')).map(
        (row) => row['column_name'],
      ),
    ).toEqual(Object.keys(columns));
  });

  it("writes a line that is longer than the reader's usual block", async () => {
    const text = 'x'.repeat(20 * 1024 * 1024);
    const [row] = await readParquet(await write([toLine({ text })]), 'SELECT length(text) AS length FROM file');
    expect(row?.['length']).toBe(String(text.length));
  });

  it('writes the same bytes from the same lines, whatever the memory', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) =>
      toLine({ text: `text ${index}`.repeat(20), numbers: [index] }),
    );
    const first = await readFile(await write(lines, { output: 'a.parquet', rowGroupRows: 1024 }));
    writer = createParquetWriter({ temporaryDirectory: directory.path, memoryLimitMiB: 256 });
    expect((await readFile(await write(lines, { output: 'b.parquet', rowGroupRows: 1024 }))).equals(first)).toBe(true);
  });

  it('keeps the order of the lines over row groups, which are not much larger than asked', async () => {
    const lines = Array.from({ length: 9000 }, (_, index) => toLine({ text: String(index) }));
    const output = await write(lines, { rowGroupRows: 2048 });
    expect((await readParquet(output)).map(({ text }) => Number(text))).toEqual([...Array(9000).keys()]);
    const groups = await readParquet(
      output,
      "SELECT DISTINCT row_group_id, row_group_num_rows AS rows FROM parquet_metadata(getvariable('path'))",
    );
    expect(Math.max(...groups.map(({ rows }) => Number(rows)))).toBeLessThanOrEqual(4096);
    expect(groups.length).toBeGreaterThanOrEqual(3);
  });

  it('names the file and the columns when a line does not fit', async () => {
    await expect(write(['{"text": 1, "numbers": "no list"}'])).rejects.toThrow(/out\.parquet.*text, numbers, nested/);
  });

  it('rejects with the reason of the signal', async () => {
    await expect(write([], { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});

describe('rows of a row group', () => {
  it.each([
    { name: 'short rows: the most', lineBytes: Array<number>(10_000).fill(1000), expected: 4096 },
    { name: 'no rows', lineBytes: [], expected: 4096 },
    { name: '30 KiB a row', lineBytes: Array<number>(10_000).fill(30 * 1024), expected: 2048 },
    { name: '90 KiB a row', lineBytes: Array<number>(10_000).fill(90 * 1024), expected: 1024 },
    {
      name: 'long rows after short ones',
      lineBytes: [...Array<number>(5000).fill(1000), ...Array<number>(2000).fill(90 * 1024)],
      expected: 1024,
    },
    { name: 'enormous rows', lineBytes: Array<number>(10).fill(150 * 1024 * 1024), expected: 1 },
  ])('$name', ({ lineBytes, expected }) => {
    expect(rowGroupRows(lineBytes, 4096)).toBe(expected);
  });
});
