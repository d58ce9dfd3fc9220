import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { readParquet } from '../../../activities/sources/read-parquet.js';
import { SourceError } from '../../../activities/sources/source-error.js';
import type { SourceItem } from '../../../activities/sources/source-item.js';
import { freshDirectory } from './fresh-directory.js';

async function writeParquet(path: string, query: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  connection.closeSync();
  instance.closeSync();
}

async function readAll(path: string): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of readParquet(path, 'rows.parquet')) items.push(item);
  return items;
}

describe('readParquet', () => {
  it('reads rows of several row groups in their order', async () => {
    const path = join(freshDirectory(), 'rows.parquet');
    await writeParquet(
      path,
      `SELECT 'What is ' || i || ' + 1?' AS question, (i + 1)::INT AS answer FROM range(10000) t(i)`,
    );
    const items = await readAll(path);
    expect(items).toEqual(
      Array.from({ length: 10_000 }, (_row, index) => ({
        number: index + 1,
        row: { question: `What is ${index} + 1?`, answer: index + 1 },
      })),
    );
  });

  it('gives lists and structs as plain arrays and objects', async () => {
    const path = join(freshDirectory(), 'odd [name]*.parquet');
    await writeParquet(
      path,
      `SELECT {'level': 3, 'tags': ['a', NULL]} AS meta, [{'thought': 't', 'solution': 's'}] AS chains, NULL::VARCHAR AS none, 12345678901::BIGINT AS big`,
    );
    const row = {
      meta: { level: 3, tags: ['a', null] },
      chains: [{ thought: 't', solution: 's' }],
      none: null,
      big: 12345678901n,
    };
    expect(await readAll(path)).toEqual([{ number: 1, row }]);
  });

  it('stops early without complaint', async () => {
    const path = join(freshDirectory(), 'rows.parquet');
    await writeParquet(path, 'SELECT i FROM range(100000) t(i)');
    const numbers: number[] = [];
    for await (const item of readParquet(path, 'rows.parquet')) {
      numbers.push(item.number);
      if (numbers.length === 3) break;
    }
    expect(numbers).toEqual([1, 2, 3]);
  });

  it.each([
    ['no Parquet', 'question,answer\n'],
    ['nothing', ''],
  ])('names a file that is %s', async (_name, content) => {
    const path = join(freshDirectory(), 'broken.parquet');
    await writeFile(path, content);
    const failure = await readAll(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SourceError);
    expect(String(failure)).toContain("rows.parquet can't be read as Parquet");
    expect(String(failure)).not.toContain(path);
  });
});
