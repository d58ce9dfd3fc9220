import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandError, EXIT } from '../exit-codes.js';
import { junitXml } from '../junit.js';
import type { RunStatus } from '../run-client.js';
import { runEnd } from '../run-end.js';

/** Files about how a run ended, for CI systems. */
export interface EndFileOptions {
  readonly junit?: string;
  readonly summary?: string;
}

export const withEndFiles = (command: Command): Command =>
  command
    .option('--junit <file>', 'write how it ended as JUnit XML, which CI systems show')
    .option('--summary <file>', 'write how it ended as JSON, gates and exit code with it');

/** Writes the files that were asked for. Throws CommandError when one can't be written. */
export async function writeEndFiles(status: RunStatus, { junit, summary }: EndFileOptions): Promise<void> {
  const end = runEnd(status);
  if (junit !== undefined) await write(junit, junitXml(end));
  if (summary !== undefined) await write(summary, `${JSON.stringify(end, null, 1)}\n`);
}

async function write(file: string, text: string): Promise<void> {
  const path = resolve(file);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new CommandError(
      `${path} can not be written: ${error instanceof Error ? error.message : String(error)}`,
      EXIT.badInput,
      { cause: error },
    );
  }
}
