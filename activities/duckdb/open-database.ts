import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface DatabaseOptions {
  /** Empty, the caller's own, or not there yet: holds what DuckDB spills. Deleted by the caller. */
  readonly directory: string;
  readonly memoryLimitMiB: number;
  /**
   * With one thread, sums of floating-point numbers, the order of rows and the bytes of a Parquet file follow from the input alone; with more
   * they depend on the machine.
   * @default as many as there are cores
   */
  readonly threads?: number | undefined;
  /** false: rows may come out in any order, for less memory. @default true */
  readonly keepsOrder?: boolean;
  /** Name of a database file in `directory`. Left out: tables lie in memory, and spill. */
  readonly file?: string | undefined;
  /** Interrupts the statement at work. */
  readonly signal?: AbortSignal | undefined;
}

/** A DuckDB of one connection. It loads no extensions and reaches no network. */
export interface Database {
  readonly connection: DuckDBConnection;
  /** Runs work on the connection; rejects with the signal's reason when that was why it ended. */
  during<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result>;
  readonly close: () => void;
}

/** Opens a database; the caller closes it. */
export async function openDatabase({ directory, signal, ...options }: DatabaseOptions): Promise<Database> {
  signal?.throwIfAborted();
  // DuckDB makes the last folder of a path alone, and only once it spills: hours into a large set.
  await mkdir(directory, { recursive: true });
  const instance = await DuckDBInstance.create(
    options.file === undefined ? ':memory:' : join(directory, options.file),
    {
      memory_limit: `${options.memoryLimitMiB}MiB`,
      temp_directory: join(directory, 'spill'),
      preserve_insertion_order: String(options.keepsOrder ?? true),
      ...(options.threads !== undefined && { threads: String(options.threads) }),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    },
  );
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });

  async function during<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    try {
      signal?.throwIfAborted();
      return await work(connection);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  function close(): void {
    signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }

  return { connection, during, close };
}

/** Opens a database and fills it; closes it again when that fails. */
export async function openFilledDatabase(
  options: DatabaseOptions,
  fill: (connection: DuckDBConnection) => Promise<unknown>,
): Promise<Database> {
  const database = await openDatabase(options);
  try {
    await database.during(fill);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
