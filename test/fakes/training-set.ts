import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  datasetPrefix,
  manifestKey,
  type DatasetFile,
  type DatasetManifest,
} from '../../activities/dataset/manifest.js';
import { createParquetWriter } from '../../activities/dataset/parquet.js';
import { CHAIN_COLUMNS, METADATA_COLUMNS } from '../../activities/dataset/rows-columns.js';
import { chainMetadata, toLine, type ChainRow } from '../../activities/dataset/rows.js';
import { PICK_COLUMNS, picksKey, type PickRow, type TrainingRef } from '../../activities/selection/training-set.js';
import type { ObjectStore } from '../../activities/store/object-store.js';

export const TRAINING_SET: TrainingRef = { name: 'for-7b', version: 'v1' };
export const DATASET = { name: 'sums', version: 'v1' };

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
export const questionId = (name: string): string => sha(`question ${name}`);
export const chainId = (name: string, index: number): string => sha(`chain ${name} ${index}`);

/** A row of a published data set: an accepted chain, with what the test says about it. */
export function chainRow(name: string, index: number, about: Partial<ChainRow> = {}): ChainRow {
  return {
    question_id: questionId(name),
    chain_index: index,
    chain_id: chainId(name, index),
    question: `What is ${name}?`,
    answer: '4',
    domain: 'math',
    source: 's',
    source_dataset: null,
    source_path: 'a.jsonl',
    source_row: 1,
    source_row_id: null,
    source_revision: null,
    source_licence: 'MIT',
    source_metadata: null,
    origin: 'teacher',
    teacher: index % 2 ? 'fast' : 'slow',
    model: 'm',
    outcome: 'accepted',
    reason: null,
    question_reason: null,
    detail: null,
    thought: `I think of ${name}.\n\nThen of ${index}.`,
    solution: `It is \\boxed{${index}}.`,
    text_key: chainId(name, index),
    text_model: 'm',
    solution_model: null,
    revision_by: 'teacher',
    original_thought: null,
    original_solution: null,
    text_tokens: 20,
    text_tokens_estimated: false,
    thought_tokens: 10,
    solution_grade: 'equal',
    graded_by: 'fast-path',
    extracted_answer: '4',
    reasoning_valid: true,
    solution_valid: true,
    ratings: ['medium'],
    difficulty_before: 'medium',
    difficulty_after: 'medium',
    rounds: 0,
    scoring: 'scored',
    scorer: 'judge',
    rv_judge: 4,
    rv_length: 4,
    rv: 4,
    cd: 3,
    rv_judge_before: null,
    cd_before: null,
    calls: 3,
    input_tokens: 100,
    output_tokens: 50,
    cost: 0.1,
    prompts: ['solve@1'],
    fingerprint: 'f'.repeat(64),
    ...about,
  };
}

/** A chain that was rewritten for the student. */
export const rewritten = (name: string, index: number, about: Partial<ChainRow> = {}): ChainRow =>
  chainRow(name, index, {
    revision_by: 'extend',
    rounds: 1,
    ratings: ['easy', 'medium'],
    difficulty_before: 'easy',
    original_thought: `Terse ${name}.`,
    original_solution: `\\boxed{${index}}`,
    ...about,
  });

type Dropped = Partial<ChainRow> & { readonly reason: string };

/** A chain that was dropped. */
export const dropped = (name: string, index: number, about: Dropped): ChainRow =>
  chainRow(name, index, {
    outcome: 'rejected',
    solution: 'It is \\boxed{999}.',
    difficulty_after: null,
    rv: null,
    cd: null,
    scorer: null,
    ...about,
  });

export const pickOf = (row: ChainRow, about: Partial<PickRow> = {}): PickRow => ({
  set: 'default',
  split: 'train',
  question_id: row.question_id,
  chain_id: row.chain_id,
  chain_index: row.chain_index,
  rv: row.rv,
  cd: row.cd,
  text_tokens: row.text_tokens,
  weight: 1,
  ...about,
});

export interface TrainingSetFiles {
  readonly store: ObjectStore;
  readonly directory: string;
  /** Files of chains. */
  readonly parts: readonly (readonly ChainRow[])[];
  readonly picks: readonly PickRow[];
}

/** Puts a data set and the picks of a training set into a store, as build and selection leave them. */
export async function putTrainingSet({ store, directory, parts, picks }: TrainingSetFiles): Promise<DatasetManifest> {
  mkdirSync(directory, { recursive: true });
  const table = async (columns: Readonly<Record<string, string>>, rows: readonly object[]): Promise<Buffer> => {
    const input = join(directory, 'rows.jsonl');
    const output = join(directory, 'rows.parquet');
    writeFileSync(input, rows.map((row) => `${toLine(row)}\n`).join(''));
    const writer = createParquetWriter({ temporaryDirectory: directory });
    const signal = new AbortController().signal;
    await writer.write({ input, output, columns, rowGroupRows: 2048, longestLine: 1_000_000, signal });
    return readFileSync(output);
  };
  const files: DatasetFile[] = [];
  const put = async (file: Pick<DatasetFile, 'kind' | 'path' | 'rows'>, body: Buffer): Promise<void> => {
    const { path } = file;
    await store.put(`${datasetPrefix(DATASET.name, DATASET.version)}/${path}`, body);
    files.push({ ...file, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') });
  };
  for (const [index, rows] of parts.entries())
    await put(
      { kind: 'chains', path: `chains/part-${index}.parquet`, rows: rows.length },
      await table(CHAIN_COLUMNS, rows),
    );
  const all = parts.flat();
  await put(
    { kind: 'metadata', path: 'metadata/chains.parquet', rows: all.length },
    await table(METADATA_COLUMNS, all.map(chainMetadata)),
  );
  await store.put(picksKey(TRAINING_SET), await table(PICK_COLUMNS, picks));
  const manifest: DatasetManifest = {
    schema: 1,
    ...DATASET,
    fingerprint: 'f'.repeat(64),
    planId: '0123456789abcdef',
    publishedBy: { run: 'nightly', execution: 'e1' },
    inputSha256: 'a'.repeat(64),
    contentSha256: 'b'.repeat(64),
    questions: { total: 1, accepted: 1 },
    chains: { total: all.length, accepted: all.length },
    files,
  };
  await store.put(manifestKey(DATASET.name, DATASET.version), Buffer.from(JSON.stringify(manifest)));
  return manifest;
}
