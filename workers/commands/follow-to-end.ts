import type { Client } from '@temporalio/client';
import type { StoreConfig } from '../../config/deployment.js';
import { exitCodeOfRun, followRun, type FollowOptions } from '../follow-run.js';
import { createPoolReader } from '../pool-status.js';
import { endText } from '../status-text.js';
import { writeEndFiles, type EndFileOptions } from './end-files.js';

/** What commands that wait for a run are told. */
export interface WaitOptions extends EndFileOptions {
  readonly json?: boolean;
  /** ms. */
  readonly timeout?: number;
}

/** Follows a run until it ends or the time is over, writes the files that were asked for, says how it ended and exits with its code. */
export async function followToEnd(
  client: Client,
  { run, store, ...following }: Omit<FollowOptions, 'readPools' | 'timeoutMs'> & { run: string; store: StoreConfig },
  options: WaitOptions,
): Promise<void> {
  const readPools = createPoolReader(store, process.env);
  const end = await followRun(client, run, { ...following, readPools, timeoutMs: options.timeout });
  // After a timeout a long poll is still open, and would keep this process alive.
  await client.connection.close();
  await writeEndFiles(end, options, store);
  console.log(options.json ? JSON.stringify(end, null, 2) : endText(end));
  process.exitCode = exitCodeOfRun(end);
}
