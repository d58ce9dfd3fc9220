import { partName } from '../numbered-name.js';
import type { FinishedQuestion } from './assemble-rows.js';
import { createTableWriter, type TableOptions, type TableWriter } from './assemble-table.js';
import type { DatasetFile } from './manifest.js';
import { CHAIN_COLUMNS, METADATA_COLUMNS, QUESTION_COLUMNS, TRAINING_COLUMNS } from './rows-columns.js';
import { trainingRow } from './rows-training.js';
import { chainMetadata } from './rows.js';

/** Rows of texts: 10-50 KB each. */
const TEXT_ROW_GROUP = 4096;
const METADATA_ROW_GROUP = 65_536;

export interface TablesOptions extends Pick<
  TableOptions,
  'directory' | 'parquet' | 'deliver' | 'signal' | 'questionsPerFile'
> {
  /** Of the whole run: files carry their number in their names. */
  readonly questions: { readonly total: number; readonly accepted: number };
}

/** The tables of a data set, filled question by question. */
export interface Tables {
  add(finished: FinishedQuestion): Promise<void>;
  finish(): Promise<DatasetFile[]>;
  /** Lets go of what is open, finished or not. */
  close(): Promise<void>;
}

export function createTables({ questions, ...options }: TablesOptions): Tables {
  const filesOf = (count: number): number => Math.max(1, Math.ceil(count / options.questionsPerFile));
  const numbered = (stem: string, files: number) => (index: number) => partName({ stem, index, of: files }, 'parquet');
  const text = { ...options, maxRowGroupRows: TEXT_ROW_GROUP };
  const all = filesOf(questions.total);
  const tables = {
    data: createTableWriter({
      ...text,
      kind: 'data',
      columns: TRAINING_COLUMNS,
      path: numbered('data/train', filesOf(questions.accepted)),
    }),
    chains: createTableWriter({ ...text, kind: 'chains', columns: CHAIN_COLUMNS, path: numbered('chains/part', all) }),
    questions: createTableWriter({
      ...text,
      kind: 'questions',
      columns: QUESTION_COLUMNS,
      path: numbered('questions/part', all),
    }),
    metadata: createTableWriter({
      ...options,
      kind: 'metadata',
      columns: METADATA_COLUMNS,
      path: () => 'metadata/chains.parquet',
      questionsPerFile: Number.POSITIVE_INFINITY,
      maxRowGroupRows: METADATA_ROW_GROUP,
    }),
  };

  async function add({ question, chains }: FinishedQuestion): Promise<void> {
    for (const chain of chains) {
      await tables.chains.write(chain);
      await tables.metadata.write(chainMetadata(chain));
    }
    await tables.questions.write(question);
    await tables.chains.endQuestion();
    await tables.questions.endQuestion();
    const training = question.outcome === 'accepted' ? trainingRow(chains) : undefined;
    if (training) {
      await tables.data.write(training);
      await tables.data.endQuestion();
    }
  }

  async function finish(): Promise<DatasetFile[]> {
    const files: DatasetFile[] = [];
    for (const table of Object.values<TableWriter>(tables)) files.push(...(await table.finish()));
    return files;
  }

  async function close(): Promise<void> {
    await Promise.allSettled(Object.values<TableWriter>(tables).map((table) => table.close()));
  }

  return { add, finish, close };
}
