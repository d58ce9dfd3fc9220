import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { canonicalJson } from '../../config/canonical-json.js';
import { contentVersion } from '../../config/content-versions.js';
import { pointLatest } from '../publication/latest.js';
import type { PlanRef } from '../references.js';
import { jsonDocument, readJson, writeJsonDocument } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { createReportMaterial } from './assemble-report.js';
import { finishedQuestions } from './assemble-rows.js';
import { runReport, runReportKey, runSummary, sumShards, type DatasetStats } from './assemble-summary.js';
import { createTables, type TablesOptions } from './assemble-tables.js';
import { createCardTally, type CardTally } from './card-tally.js';
import { datasetCard } from './card.js';
import type { CardRecipe } from './card-facts.js';
import { readShardSummary, shardSummaryKey, type ShardSummary } from './commit-shard-summary.js';
import { mapInOrder } from './commit-shard-window.js';
import type { WorkOptions } from './commit-shard.js';
import {
  contentHash,
  datasetFolder,
  datasetPrefix,
  inputHash,
  manifestKey,
  publishManifest,
  readDatasetManifest,
  sameContent,
  type DatasetFile,
  type DatasetManifest,
} from './manifest.js';
import { createParquetWriter } from './parquet.js';
import { planCounts, type PlanCounts } from './plan-counts.js';
import { readPlanManifest } from './plan-manifest.js';
import { quotasOf } from './prepare-run.js';
import { cutSurplus, type QuotaCut } from './quota-cut.js';
import { quotaEnd } from './quota-standing.js';
import type { RunSummary } from './run-summary.js';
import { createHistograms, type Histograms } from './stats-histograms.js';

/** What assembly reads of a resolved recipe; all of it is written to recipe.json. */
export type AssembledRecipe = CardRecipe;

export interface AssembleInput {
  readonly plan: PlanRef;
  readonly resolved: AssembledRecipe;
  /** Shards, from the first: all of the plan, or those up to the one that filled the quotas. */
  readonly shards: number;
}

export interface AssemblerDependencies {
  readonly store: ObjectStore;
  /** For files on their way to the store: at most about four times the text of `questionsPerFile` questions. @default the system's */
  readonly temporaryDirectory?: string;
  /** @default 1024 */
  readonly duckdbMemoryMiB?: number;
}

/** Raise when a column or its meaning changes: equal inputs then no longer mean equal tables. */
const TABLES_VERSION = 1;
const SUMMARIES_AT_ONCE = 32;

/**
 * Makes the data set of a run from its committed shards and publishes it: tables first, then card, recipe and statistics, the manifest
 * last, and after it the pointer to the newest version. Safe to run twice, and by two workers at once for the same run. A published
 * version is never overwritten: the same content is left as it is (without building it again when the shards' rows are the same), other
 * content throws DatasetExists; only a version in which nothing was accepted may be replaced. Two runs that publish different content
 * under one name and version for the first time at the same moment must be kept apart by the caller. Throws ShardDamaged, DatasetExists,
 * StoreError, or Error when a shard was not committed.
 */
export function createAssembler(dependencies: AssemblerDependencies) {
  const { store } = dependencies;

  async function assembleDataset(asked: AssembleInput, options: WorkOptions): Promise<RunSummary> {
    const shards = await readShards(store, asked, options);
    const manifest = await readPlanManifest(store, asked.plan.run, asked.plan.planId);
    const plan = planCounts(manifest, asked.resolved);
    const inputSha256 = inputHash(tableInputs(asked, shards));
    const input = { ...asked, resolved: withContentVersion(asked.resolved, inputSha256) };
    const { name, version } = input.resolved.recipe;
    const existing = await readDatasetManifest(store, name, version);
    const known = existing?.inputSha256 === inputSha256 ? await publishedHistograms(store, existing) : undefined;
    const quotas = quotasOf(input.resolved.recipe);
    const cut = quotas && (await cutSurplus({ store, shards, bins: quotas.bins, signal: options.signal }));
    const made = { input, shards, plan, cut };
    const end =
      known && existing
        ? { manifest: existing, published: 'unchanged' as const, stats: datasetStats(made, known) }
        : await build({ ...made, dependencies, existing, inputSha256, options });
    if (end.manifest.questions.accepted > 0) await pointLatest(store, datasetFolder(name), version);
    return await report(store, input, end);
  }

  return { assembleDataset };
}

export type Assembler = ReturnType<typeof createAssembler>;

interface Build {
  readonly dependencies: AssemblerDependencies;
  readonly input: AssembleInput;
  readonly shards: readonly ShardSummary[];
  readonly plan: PlanCounts;
  readonly cut: QuotaCut | undefined;
  readonly existing: DatasetManifest | undefined;
  readonly inputSha256: string;
  readonly options: WorkOptions;
}

interface BuildEnd {
  readonly manifest: DatasetManifest;
  readonly published: 'new' | 'unchanged';
  readonly stats: DatasetStats;
}

async function build(work: Build): Promise<BuildEnd> {
  const { dependencies, input, existing } = work;
  const { store } = dependencies;
  const { tables, stats, tally, report } = await writeTables(work);
  const card = datasetCard({ resolved: input.resolved, stats, tally, files: tables });
  const documents = [
    documentOf('card', 'README.md', card),
    documentOf('recipe', 'recipe.json', jsonDocument(JSON.parse(canonicalJson(input.resolved)))),
    documentOf('stats', 'stats.json', jsonDocument(stats)),
    ...(report === undefined ? [] : [documentOf('report', 'report.html', report)]),
  ];
  const manifest = manifestOf(work, stats, [...tables, ...documents.map(({ file }) => file)]);
  if (existing && sameContent(existing, manifest)) return { manifest: existing, published: 'unchanged', stats };
  const prefix = datasetPrefix(manifest.name, manifest.version);
  for (const { file, body } of documents) await store.put(`${prefix}/${file.path}`, body);
  return { ...(await publishManifest(store, manifest, existing)), stats };
}

interface WrittenTables {
  readonly tables: readonly DatasetFile[];
  readonly stats: DatasetStats;
  readonly tally: CardTally;
  /** Made only where the tables were uploaded. */
  readonly report: string | undefined;
}

/** All tables, made in a directory of their own that is gone afterwards. */
async function writeTables(work: Build): Promise<WrittenTables> {
  const { temporaryDirectory = tmpdir(), duckdbMemoryMiB } = work.dependencies;
  return withTemporaryDirectory(temporaryDirectory, 'cotmill-assemble-', async (directory) => {
    const parquet = createParquetWriter({ temporaryDirectory: directory, memoryLimitMiB: duckdbMemoryMiB });
    return fillTables(work, { directory, parquet });
  });
}

/** One pass over the shards. A published version is only compared with: then files are hashed and not uploaded. */
async function fillTables(work: Build, place: Pick<TablesOptions, 'directory' | 'parquet'>): Promise<WrittenTables> {
  const { input, shards, existing, cut } = work;
  const { store } = work.dependencies;
  const { signal, heartbeat } = work.options;
  const { name, version, output, scoring } = input.resolved.recipe;
  const upload = existing === undefined || existing.questions.accepted === 0;
  const material = createReportMaterial(place.directory);
  const deliver = async (path: string, localPath: string): Promise<void> => {
    await material.keep(path, localPath);
    if (upload) await store.putFile(`${datasetPrefix(name, version)}/${path}`, localPath);
  };
  const { questions } = sumShards(shards, input.plan.execution, cut);
  const tables = createTables({ ...place, deliver, signal, questions, questionsPerFile: output.questionsPerFile });
  const histograms = createHistograms();
  const tally = createCardTally();
  try {
    const finished = finishedQuestions({ store, shards, lengthWeight: scoring?.lengthWeight, signal, cut });
    for await (const question of finished) {
      await tables.add(question);
      heartbeat();
      for (const chain of question.chains) histograms.add(chain);
      tally.add(question.question, question.chains);
      material.add(question);
    }
    const files = await tables.finish();
    const stats = datasetStats(work, histograms.finish());
    const shardQuestions = shards.map((shard) => shard.questions.total);
    const context = { store, plan: input.plan, resolved: input.resolved, stats, files, shardQuestions };
    return { tables: files, stats, tally: tally.finish(), report: upload ? await material.render(context) : undefined };
  } finally {
    await tables.close();
  }
}

async function readShards(
  store: ObjectStore,
  { plan, resolved, shards }: AssembleInput,
  options: WorkOptions,
): Promise<ShardSummary[]> {
  const summaries: ShardSummary[] = [];
  const read = async (shard: number) => ({ shard, summary: await readShardSummary(store, plan, shard) });
  for await (const { shard, summary } of mapInOrder(Array(shards).keys(), SUMMARIES_AT_ONCE, read)) {
    options.signal.throwIfAborted();
    if (!summary)
      throw new Error(
        `Shard ${shard} of run ${plan.run} was not committed: expected ${shardSummaryKey(plan, shard)} in ${store.description}.`,
      );
    if (summary.fingerprint !== resolved.fingerprint) {
      throw new Error(
        `Shard ${shard} of run ${plan.run} was committed under recipe ${summary.fingerprint}, expected ${resolved.fingerprint}: commit it again.`,
      );
    }
    summaries.push(summary);
  }
  return summaries;
}

/** What the tables follow from names their version, where the recipe wants that. */
function withContentVersion(resolved: AssembledRecipe, inputSha256: string): AssembledRecipe {
  const { recipe } = resolved;
  if (recipe.versions !== 'from-content') return resolved;
  return { ...resolved, recipe: { ...recipe, version: contentVersion(recipe.version, inputSha256) } };
}

const tableInputs = ({ resolved }: AssembleInput, shards: readonly ShardSummary[]) => ({
  tables: TABLES_VERSION,
  lengthWeight: resolved.recipe.scoring?.lengthWeight ?? null,
  questionsPerFile: resolved.recipe.output.questionsPerFile,
  parts: shards.map(({ parts }) => [parts.chains.sha256, parts.questions.sha256]),
});

async function publishedHistograms(
  store: ObjectStore,
  { name, version }: DatasetManifest,
): Promise<Histograms | undefined> {
  return (await readJson<DatasetStats>(store, `${datasetPrefix(name, version)}/stats.json`))?.histograms;
}

function datasetStats(
  { input, shards, plan, cut }: Pick<Build, 'input' | 'shards' | 'plan' | 'cut'>,
  histograms: Histograms,
): DatasetStats {
  const { recipe, fingerprint } = input.resolved;
  const counts = sumShards(shards, input.plan.execution, cut);
  const quotas = quotasOf(recipe);
  const asked = { found: cut?.found ?? [], questions: counts.questions.total };
  return {
    schema: 1,
    name: recipe.name,
    version: recipe.version,
    fingerprint,
    planId: input.plan.planId,
    plan,
    ...counts,
    histograms,
    ...(quotas && quotaEnd(asked, { quotas, limits: recipe.limits })),
  };
}

function manifestOf(
  { input, inputSha256 }: Build,
  stats: DatasetStats,
  files: readonly DatasetFile[],
): DatasetManifest {
  const { run, execution, planId } = input.plan;
  return {
    schema: 1,
    name: stats.name,
    version: stats.version,
    fingerprint: stats.fingerprint,
    planId,
    publishedBy: { run, execution },
    inputSha256,
    contentSha256: contentHash(files),
    questions: { total: stats.questions.total, accepted: stats.questions.accepted },
    chains: { total: stats.chains.total, accepted: stats.chains.accepted },
    files,
  };
}

function documentOf(
  kind: DatasetFile['kind'],
  path: string,
  text: string,
): { readonly file: DatasetFile; readonly body: Buffer } {
  const body = Buffer.from(text);
  const sha256 = createHash('sha256').update(body).digest('hex');
  return { file: { path, kind, bytes: body.length, rows: null, sha256 }, body };
}

async function report(store: ObjectStore, { plan }: AssembleInput, end: BuildEnd): Promise<RunSummary> {
  const { run, execution } = plan;
  const { manifest } = end;
  const input = { run, execution, ...end, manifestKey: manifestKey(manifest.name, manifest.version) };
  await writeJsonDocument(store, runReportKey(run, execution), runReport(input));
  return runSummary(input);
}
