import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetPrefix, type DatasetManifest } from '../dataset/manifest.js';
import { findPlanManifest } from '../dataset/plan-manifest.js';
import { download } from '../dataset/published-file.js';
import type { ChainMetadata } from '../dataset/rows.js';
import { parquetRows } from '../duckdb/sql.js';
import { openDatabase } from '../duckdb/open-database.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Role } from '../ledger/record.js';
import { trailsOf } from '../report/dataset-report.js';
import type { CallStep } from '../report/page-data.js';
import type { ReportRecipe } from '../report/provenance.js';
import { shardOf } from '../report/render-report.js';
import { openTables, readRows } from '../report/tables.js';
import type { VersionFiles } from '../report/version-files.js';
import { tableFiles } from '../report/dataset-report.js';
import { picksKey, type TrainingManifest } from '../selection/training-set.js';
import { readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import type { LineageNode } from './lineage-graph.js';
import { datasetId } from './lineage-nodes.js';

export interface ChainLineageOptions {
  readonly store: ObjectStore;
  readonly ledger: Ledger;
  /** Files of the version to look in. */
  readonly files: VersionFiles;
}

type ChainRow = Pick<
  ChainMetadata,
  | 'question_id'
  | 'chain_index'
  | 'chain_id'
  | 'origin'
  | 'teacher'
  | 'model'
  | 'outcome'
  | 'reason'
  | 'text_key'
  | 'rv'
  | 'cd'
>;

interface QuestionRow {
  readonly ordinal: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly source: string;
  readonly source_path: string;
  readonly source_row: number;
}

/** A chain that was found in a data set. */
export interface FoundChain {
  readonly chainId: string;
  readonly nodes: readonly LineageNode[];
}

const CHAIN_COLUMNS = 'question_id, chain_index, chain_id, origin, teacher, model, outcome, reason, text_key, rv, cd';
/** More chains than that begin alike only when a beginning of a few digits was given. */
const MOST_FOUND = 20;

/**
 * The chains of a data set whose id, or whose question's id, begins so: each with its question and every call behind it, as the journal and the
 * ledger have them. Empty when the version has none. Throws StoreError, or LedgerCorrupt.
 */
export async function findChains(start: string, options: ChainLineageOptions): Promise<FoundChain[]> {
  return withTemporaryDirectory(tmpdir(), 'cotmill-lineage-', async (temporaryDirectory) => {
    const tables = await openTables(await tableFiles(options.files), { temporaryDirectory });
    try {
      const chains = await tables.rows<ChainRow>(
        `SELECT ${CHAIN_COLUMNS} FROM chains WHERE starts_with(chain_id, $start) OR starts_with(question_id, $start) ORDER BY ordinal LIMIT ${MOST_FOUND}`,
        { start },
      );
      const found: FoundChain[] = [];
      for (const chain of chains) {
        const [question] = await tables.rows<QuestionRow>(
          'SELECT ordinal, outcome, reason, source, source_path, source_row FROM questions WHERE question_id = $id',
          { id: chain.question_id },
        );
        if (question) found.push({ chainId: chain.chain_id, nodes: await nodesOf(chain, question, options) });
      }
      return found;
    } finally {
      tables.close();
    }
  });
}

export const chainId = (id: string): string => `chain ${id}`;

async function nodesOf(chain: ChainRow, question: QuestionRow, options: ChainLineageOptions): Promise<LineageNode[]> {
  const { manifest } = options.files;
  const calls = await callNodes(chain, question, options);
  const questionId = `question ${chain.question_id}`;
  return [
    {
      id: chainId(chain.chain_id),
      kind: 'chain',
      facts: {
        ...{ outcome: ended(chain), origin: chain.origin, teacher: chain.teacher, model: chain.model },
        ...solvedBy(calls),
        ...{ RV: chain.rv, CD: chain.cd, text: chain.text_key },
      },
      madeOf: [...calls.map(({ id }) => id), questionId, datasetId(manifest)],
    },
    ...calls,
    {
      id: questionId,
      kind: 'question',
      facts: {
        outcome: ended(question),
        source: `${question.source}: ${question.source_path} row ${question.source_row}`,
      },
      madeOf: [],
    },
  ];
}

/** Whom a second call asked for the solution; nothing where there was none. */
function solvedBy(calls: readonly LineageNode[]): LineageNode['facts'] {
  const call = calls.findLast(({ facts }) => facts['role'] === ('solver' satisfies Role));
  return call ? { solution: `${call.facts['model']} @ ${call.facts['pool']}, by a second call` } : {};
}

const ended = ({ outcome, reason }: { readonly outcome: string; readonly reason: string | null }): string =>
  reason === null ? outcome : `${outcome} (${reason})`;

async function callNodes(
  chain: ChainRow,
  { ordinal }: QuestionRow,
  options: ChainLineageOptions,
): Promise<LineageNode[]> {
  const { store, ledger, files } = options;
  const { publishedBy, planId, name, version } = files.manifest;
  const plan = await findPlanManifest(store, publishedBy.run, planId);
  const recipe = await readJson<ReportRecipe>(store, `${datasetPrefix(name, version)}/recipe.json`);
  const shard =
    plan &&
    shardOf(
      ordinal,
      plan.shards.map(({ questions }) => questions),
    );
  if (shard === undefined || !recipe) return [];
  const trail = await trailsOf(store, { run: publishedBy.run, planId }, recipe)?.read(shard, chain.question_id);
  const own = (trail?.calls ?? []).filter((call) => call.chain === null || call.chain === chain.chain_index);
  return Promise.all(own.map((call) => callNode(call, ledger)));
}

async function callNode(call: CallStep, ledger: Ledger): Promise<LineageNode> {
  const record = await ledger.find(call.key);
  return {
    id: `call ${call.key}`,
    kind: 'call',
    facts: {
      ...{ step: call.step, ask: call.ask, role: call.role, pool: call.pool, model: call.model },
      tokens: `${call.inputTokens}+${call.outputTokens}`,
      cost: call.cost.toFixed(6),
      'paid by': record ? `${record.run}, ${record.finishedAt}` : 'not in the ledger (any more)',
    },
    madeOf: [],
  };
}

/** The training sets that took a chain, or a chain of a question, each with the chain's id. Reads the picks of each; throws StoreError. */
export async function trainingsWith(
  store: ObjectStore,
  trainings: readonly TrainingManifest[],
  chains: ReadonlySet<string>,
): Promise<{ readonly training: TrainingManifest; readonly chainId: string }[]> {
  return withTemporaryDirectory(tmpdir(), 'cotmill-lineage-', async (directory) => {
    const database = await openDatabase({ directory, memoryLimitMiB: 256, threads: 1 });
    try {
      const found: { training: TrainingManifest; chainId: string }[] = [];
      for (const [index, training] of trainings.entries()) {
        const path = join(directory, `picks-${index}.parquet`);
        const sha256 = training.files.find((file) => file.kind === 'picks')?.sha256;
        await download(store, { key: picksKey(training), sha256 }, { path });
        const picked = await readRows<{ chain_id: string }>(
          database.connection,
          `SELECT DISTINCT chain_id FROM ${parquetRows([path])} ORDER BY chain_id`,
        );
        await rm(path);
        for (const { chain_id } of picked) if (chains.has(chain_id)) found.push({ training, chainId: chain_id });
      }
      return found;
    } finally {
      database.close();
    }
  });
}

/** Data sets in which to look for a chain: that which was named, else the newest version of each. Pure. */
export function datasetsToSearch(
  datasets: readonly DatasetManifest[],
  newest: ReadonlyMap<string, string>,
  wanted: { readonly name: string; readonly version?: string | undefined } | undefined,
): DatasetManifest[] {
  return datasets.filter(
    ({ name, version }) =>
      (wanted === undefined || wanted.name === name) && version === (wanted?.version ?? newest.get(name)),
  );
}
