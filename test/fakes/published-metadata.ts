import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  contentHash,
  datasetPrefix,
  manifestKey,
  type DatasetFile,
  type DatasetManifest,
} from '../../activities/dataset/manifest.js';
import { createParquetWriter } from '../../activities/dataset/parquet.js';
import { METADATA_COLUMNS } from '../../activities/dataset/rows-columns.js';
import type { ChainMetadata } from '../../activities/dataset/rows.js';
import { toLine } from '../../activities/dataset/rows.js';
import type { ObjectStore } from '../../activities/store/object-store.js';

/** What selection looks at; every other column is null. */
export type ScoredChain = Pick<ChainMetadata, 'question_id' | 'chain_id' | 'chain_index' | 'rv' | 'cd'> &
  Partial<Pick<ChainMetadata, 'text_tokens' | 'outcome' | 'domain'>>;

export interface PublishedMetadata {
  readonly store: ObjectStore;
  /** Rows of each metadata file. */
  readonly files: readonly (readonly ScoredChain[])[];
  readonly name?: string;
  readonly version?: string;
  /** Stands for the content of the data set; by default that of the files. */
  readonly contentSha256?: string;
}

/** A FAKE data set: real metadata and a real manifest, without any texts. */
export async function publishMetadata(options: PublishedMetadata): Promise<DatasetManifest> {
  const { store, files, name = 'sums', version = 'v1' } = options;
  const directory = await mkdtemp(join(tmpdir(), 'cotmill-published-'));
  const parquet = createParquetWriter({ temporaryDirectory: directory });
  const published: DatasetFile[] = [];
  try {
    for (const [index, rows] of files.entries()) {
      const path = `metadata/chains${index === 0 ? '' : `-${index}`}.parquet`;
      const [input, output] = [join(directory, 'rows.jsonl'), join(directory, 'rows.parquet')];
      const lines = rows.map((row) => toLine({ outcome: 'accepted', text_tokens: 100, ...row }));
      await writeFile(input, `${lines.join('\n')}\n`);
      const longestLine = Math.max(0, ...lines.map((line) => line.length));
      const signal = new AbortController().signal;
      await parquet.write({ input, output, columns: METADATA_COLUMNS, rowGroupRows: 1000, longestLine, signal });
      await store.putFile(`${datasetPrefix(name, version)}/${path}`, output);
      const body = await readFile(output);
      const sha256 = createHash('sha256').update(body).digest('hex');
      published.push({ path, kind: 'metadata', bytes: body.length, rows: rows.length, sha256 });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const count = files.flat().length;
  const manifest: DatasetManifest = {
    schema: 1,
    name,
    version,
    fingerprint: 'f'.repeat(64),
    planId: '0123456789abcdef',
    publishedBy: { run: 'nightly', execution: 'e1' },
    inputSha256: '0'.repeat(64),
    contentSha256: options.contentSha256 ?? contentHash(published),
    questions: { total: count, accepted: count },
    chains: { total: count, accepted: count },
    files: published,
  };
  await store.put(manifestKey(name, version), Buffer.from(JSON.stringify(manifest)));
  return manifest;
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
const number = (text: string, below: number): number => Number.parseInt(sha256Of(text).slice(0, 8), 16) % below;

/** Questions with 1 to 4 chains; RV near CD, as scored chains are. */
export function scoredChains(questions: number): ScoredChain[] {
  return Array.from({ length: questions }, (_, question) => {
    const cd = number(`cd${question}`, 10);
    return Array.from({ length: 1 + number(`n${question}`, 4) }, (_chain, index) => ({
      question_id: sha256Of(`q${question}`),
      chain_id: sha256Of(`c${question}/${index}`),
      chain_index: index,
      rv: Math.min(9, Math.max(0, cd - 4 + number(`rv${question}/${index}`, 9))),
      cd,
      domain: question % 3 === 0 ? 'code' : 'math',
    }));
  }).flat();
}
