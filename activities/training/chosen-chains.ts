import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkOptions } from '../dataset/commit-shard.js';
import { datasetPrefix, type DatasetManifest } from '../dataset/manifest.js';
import { download } from '../dataset/published-file.js';
import { picksKey, type SetName, type TrainingRef } from '../selection/training-set.js';
import type { ObjectStore } from '../store/object-store.js';
import { createChainSpool, type ChainSpool } from './chain-spool.js';
import { openChainTables, type ChainTables, type SetContents, type WantedChain } from './chain-tables.js';
import type { ViewQuestion } from './view-chain.js';

/** The texts of a training set on the local disk, to be read once a view. */
export interface ChosenChains {
  readonly sets: readonly SetContents[];
  /** Questions of one set by question_id, their chains by chain_index. Holds one bucket in memory. */
  questions(set: SetName): AsyncGenerator<ViewQuestion>;
}

export interface ChosenChainsInput {
  readonly store: ObjectStore;
  readonly dataset: DatasetManifest;
  readonly trainingSet: TrainingRef;
  /** See ChainTableOptions. */
  readonly forPairs: boolean;
  readonly withOriginals: boolean;
  /** Empty, deleted by the caller; takes the texts of the set once, and one file of the data set. */
  readonly directory: string;
  readonly duckdbMemoryMiB?: number | undefined;
}

/**
 * Brings picks and texts together: one pass over the chains of the data set, one file at a time, so that memory stays flat whatever the size.
 * Throws StoreError; PublishedFileDamaged; Error when picks and data set do not belong together.
 */
export async function gatherChosenChains(input: ChosenChainsInput, options: WorkOptions): Promise<ChosenChains> {
  const { store, dataset, directory, trainingSet } = input;
  const metadata = dataset.files.find(({ kind }) => kind === 'metadata');
  if (!metadata)
    throw new Error(
      `Data set ${dataset.name} ${dataset.version} has no metadata table: it was built by another version of cotmill.`,
    );
  const picks = join(directory, 'picks.parquet');
  await download(store, { key: picksKey(trainingSet) }, { path: picks, ...options });
  const local = { picks, metadata: await fetchTable(input, metadata, options) };
  const tables = await openChainTables({
    ...local,
    forPairs: input.forPairs,
    withOriginals: input.withOriginals,
    temporaryDirectory: directory,
    memoryLimitMiB: input.duckdbMemoryMiB,
    picksKey: picksKey(trainingSet),
    signal: options.signal,
  });
  try {
    const spool = createChainSpool(directory);
    await fillSpool({ input, tables, spool }, options);
    return { sets: tables.sets, questions: (set) => questionsOf(spool, tables.buckets, set) };
  } finally {
    tables.close();
    await Promise.all([rm(local.picks), rm(local.metadata)]);
  }
}

interface Filling {
  readonly input: ChosenChainsInput;
  readonly tables: ChainTables;
  readonly spool: ChainSpool;
}

async function fillSpool({ input, tables, spool }: Filling, options: WorkOptions): Promise<void> {
  let found = 0;
  for (const file of input.dataset.files.filter(({ kind }) => kind === 'chains')) {
    const path = await fetchTable(input, file, options);
    for await (const chains of tables.chainsOf(path)) {
      options.signal.throwIfAborted();
      for (const chain of chains) await spool.add(chain.bucket, chain);
      found += chains.length;
      options.heartbeat();
    }
    await rm(path);
  }
  await spool.flush();
  if (found !== tables.wanted)
    throw new Error(
      `Data set ${input.dataset.name} ${input.dataset.version} is damaged: its chains hold ${found} of ${tables.wanted} rows that its metadata names. Build it again.`,
    );
}

async function* questionsOf(spool: ChainSpool, buckets: readonly number[], set: SetName): AsyncGenerator<ViewQuestion> {
  for (const bucket of buckets) {
    const chains = (await spool.read(bucket)) as WantedChain[];
    chains.sort((a, b) => compare(a.question_id, b.question_id) || a.chain_index - b.chain_index);
    let start = 0;
    while (start < chains.length) {
      let end = start + 1;
      while (chains[end]?.question_id === chains[start]?.question_id) end += 1;
      const question = questionOf(chains.slice(start, end), set);
      if (question) yield question;
      start = end;
    }
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The question as one set has it, or undefined when no chain of it was picked for the set. */
function questionOf(chains: readonly WantedChain[], set: SetName): ViewQuestion | undefined {
  const pickOf = (chain: WantedChain) => chain.picks.find((pick) => pick.set === set);
  const first = chains.find((chain) => pickOf(chain) !== undefined);
  const pick = first && pickOf(first);
  if (!first || !pick) return undefined;
  const { question_id, question, domain } = first;
  return {
    question_id,
    question,
    domain,
    split: pick.split,
    // A chain that another set picked is accepted: it is no material for pairs of this one.
    chains: chains
      .filter((chain) => chain.picks.length === 0 || pickOf(chain) !== undefined)
      .map((chain) => ({ ...chain, picked: chain.picks.length > 0 })),
  };
}

async function fetchTable(
  { store, dataset, directory }: ChosenChainsInput,
  file: { readonly path: string; readonly sha256: string },
  options: WorkOptions,
): Promise<string> {
  const path = join(directory, `table-${file.path.replaceAll('/', '-')}`);
  const key = `${datasetPrefix(dataset.name, dataset.version)}/${file.path}`;
  await download(store, { key, sha256: file.sha256 }, { path, ...options });
  return path;
}
