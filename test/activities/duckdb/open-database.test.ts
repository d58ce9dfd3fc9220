import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, openFilledDatabase } from '../../../activities/duckdb/open-database.js';
import { parquetRows, quoted } from '../../../activities/duckdb/sql.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('a local database', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    directory = temporaryDirectory('duckdb');
  });
  afterEach(() => directory.remove());

  const options = (more: object = {}) => ({ directory: directory.path, memoryLimitMiB: 128, ...more });

  it('reads files whose paths would be patterns, and texts that hold quotes', async () => {
    const folder = join(directory.path, "it's [odd] *");
    mkdirSync(folder);
    const file = join(folder, 'a?.parquet');
    const database = await openDatabase(options());
    try {
      await database.connection.run(`COPY (SELECT ${quoted("o'clock")} AS text) TO ${quoted(file)} (FORMAT parquet)`);
      const { connection } = database;
      const rows = await connection.runAndReadAll(`SELECT text FROM ${parquetRows([file, file], 'filename = false')}`);
      expect(rows.getRows()).toEqual([["o'clock"], ["o'clock"]]);
    } finally {
      database.close();
    }
  });

  it('spills into a directory that was not there', async () => {
    const database = await openDatabase({ directory: join(directory.path, 'not', 'yet'), memoryLimitMiB: 60 });
    const texts = 'SELECT md5(range::VARCHAR) AS text FROM range(3000000)';
    try {
      await database.connection.run(`CREATE TABLE large AS ${texts}`);
      const { connection } = database;
      const rows = await connection.runAndReadAll('SELECT text FROM large ORDER BY text LIMIT 1 OFFSET 2000000');
      expect(rows.getRows()).toEqual([[expect.stringMatching(/^[0-9a-f]{32}$/)]]);
    } finally {
      database.close();
    }
  });

  it('interrupts a statement when it is told to stop, and says why', async () => {
    const stop = new AbortController();
    const endless = 'SELECT count(*) FROM range(1000000000000) t(x) WHERE x % 7 = 3';
    const filled = openFilledDatabase(options({ signal: stop.signal }), (connection) => {
      setTimeout(() => stop.abort(new Error('enough')), 50);
      return connection.run(endless);
    });
    await expect(filled).rejects.toThrow('enough');
  });

  it('reaches no network and loads nothing', async () => {
    const database = await openDatabase(options());
    try {
      await expect(
        database.connection.run(`SELECT * FROM read_parquet('https://127.0.0.1/x.parquet')`),
      ).rejects.toThrow();
    } finally {
      database.close();
    }
  });
});
