import { DuckDBInstance, type Json } from '@duckdb/node-api';

/** Rows of a Parquet file (or of several, by a glob) through DuckDB; in `sql` the file is the view `file`, its path the variable `path`. */
export async function readParquet(path: string, sql = 'FROM file'): Promise<Record<string, Json>[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const quoted = `'${path.replaceAll("'", "''")}'`;
  try {
    await connection.run(`SET VARIABLE path = ${quoted}`);
    await connection.run(`CREATE VIEW file AS SELECT * FROM read_parquet(${quoted})`);
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
