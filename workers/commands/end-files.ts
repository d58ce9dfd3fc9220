import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { StoreConfig } from '../../config/deployment.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { junitXml } from '../junit.js';
import type { RunStatus } from '../run-client.js';
import { endMarkdown, runEnd, type RunEnd } from '../run-end.js';
import { storeOf } from './deployment-option.js';

/** Files about how a run ended, for CI systems. */
export interface EndFileOptions {
  readonly junit?: string;
  readonly summary?: string;
  readonly artefacts?: string;
}

export const withEndFiles = (command: Command): Command =>
  command
    .option('--junit <file>', 'write how it ended as JUnit XML, which CI systems show')
    .option('--summary <file>', 'write how it ended as JSON, gates and exit code with it')
    .option(
      '--artefacts <directory>',
      'write all that a CI job publishes: junit.xml, summary.json, summary.md, and what there is of report.html, table.md and improvement.html',
    );

/** Whether somebody wants a file about the end. */
export const wantsEndFiles = ({ junit, summary, artefacts }: EndFileOptions): boolean =>
  [junit, summary, artefacts].some((path) => path !== undefined);

/** Writes the files that were asked for. Throws CommandError when one can't be written, StoreError when the report can't be read. */
export async function writeEndFiles(
  status: RunStatus,
  { junit, summary, artefacts }: EndFileOptions,
  store: StoreConfig,
): Promise<void> {
  const end = runEnd(status);
  const files: [path: string, content: string | Uint8Array][] = [
    ...(junit === undefined ? [] : [[junit, junitXml(end)] as [string, string]]),
    ...(summary === undefined ? [] : [[summary, jsonOf(end)] as [string, string]]),
    ...(artefacts === undefined ? [] : await artefactsOf(end, artefacts, store)),
  ];
  for (const [path, content] of files) await write(path, content);
}

const jsonOf = (end: RunEnd): string => `${JSON.stringify(end, null, 1)}\n`;

async function artefactsOf(
  end: RunEnd,
  directory: string,
  config: StoreConfig,
): Promise<[string, string | Uint8Array][]> {
  const store = await storeOf({ store: config });
  const ofStore = async (name: string, key: string | null): Promise<[string, Uint8Array][]> => {
    const bytes = key === null ? undefined : await store.get(key);
    return bytes ? [[join(directory, name), bytes]] : [];
  };
  return [
    [join(directory, 'junit.xml'), junitXml(end)],
    [join(directory, 'summary.json'), jsonOf(end)],
    [join(directory, 'summary.md'), endMarkdown(end)],
    ...(await ofStore('report.html', end.files.report)),
    ...(await ofStore('table.md', end.files.table)),
    ...(await ofStore('improvement.html', end.files.improvement)),
  ];
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  const path = resolve(file);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    throw new CommandError(
      `${path} can not be written: ${error instanceof Error ? error.message : String(error)}`,
      EXIT.badInput,
      { cause: error },
    );
  }
}
