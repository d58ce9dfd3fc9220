import type { CurrentPlan } from '../dataset/current-plan.js';
import { datasetPrefix } from '../dataset/manifest.js';
import { findPlanManifest } from '../dataset/plan-manifest.js';
import { policyOf, quotasOf } from '../dataset/prepare-run.js';
import type { ChainRow, QuestionOutcomeRow } from '../dataset/rows.js';
import { parquetRows, quoted } from '../duckdb/sql.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ReportStats } from './overview.js';
import type { PageData } from './page-data.js';
import { readPageData } from './page-html.js';
import type { ReportRecipe } from './provenance.js';
import { reportData, type ReportInput } from './render-report.js';
import type { QuestionRows } from './details.js';
import { CANDIDATES, createSampler, type SampledQuestion, type Sampler } from './sample.js';
import { openTables, type TableFile, type TableFiles, type Tables } from './tables.js';
import { createTrails, type Trails } from './trail.js';
import type { VersionFiles } from './version-files.js';

export interface DatasetReportOptions {
  readonly store: ObjectStore;
  readonly files: VersionFiles;
  readonly temporaryDirectory: string;
}

/**
 * What the report of a published version shows: read from its report.html, or, where it has none, made from its tables. Throws StoreError, or
 * Error when a file is missing.
 */
export async function datasetReportData(options: DatasetReportOptions): Promise<PageData> {
  const { files } = options;
  if (files.manifest.files.some(({ path }) => path === REPORT_FILE)) {
    const html = await document(options, REPORT_FILE);
    return readPageData<PageData>(html, `${datasetPrefix(files.manifest.name, files.manifest.version)}/${REPORT_FILE}`);
  }
  return reportData(await publishedInput(options));
}

export const REPORT_FILE = 'report.html';

/** Everything that a report follows from, for a version that is published. */
export async function publishedInput(options: DatasetReportOptions): Promise<ReportInput> {
  const { store, files, temporaryDirectory } = options;
  const { publishedBy, contentSha256, planId } = files.manifest;
  const stats = JSON.parse(await document(options, 'stats.json')) as ReportStats;
  const recipe = await storedRecipe(options);
  const plan = { run: publishedBy.run, planId };
  return {
    stats,
    recipe,
    contentSha256,
    files: await tableFiles(files),
    sample: await sampleOf(options),
    trails: trailsOf(store, plan, recipe),
    shardQuestions: (await findPlanManifest(store, plan.run, planId))?.shards.map(({ questions }) => questions) ?? [],
    temporaryDirectory,
  };
}

/** recipe.json of a version. */
export const storedRecipe = async (options: DatasetReportOptions): Promise<ReportRecipe> =>
  JSON.parse(await document(options, 'recipe.json')) as ReportRecipe;

/** Journals by a recipe as it was stored; undefined for one without the parts that decide. */
export function trailsOf(store: ObjectStore, plan: CurrentPlan, { recipe }: ReportRecipe): Trails | undefined {
  const { teachers, validation } = recipe;
  if (!teachers || !validation) return undefined;
  const whole = { ...recipe, teachers, validation } as never;
  return createTrails({ store, plan, policy: policyOf(whole), quotas: quotasOf(whole) });
}

export async function tableFiles(files: VersionFiles): Promise<TableFiles> {
  const of = (kind: 'questions' | 'metadata'): Promise<TableFile[]> =>
    Promise.all(files.of(kind).map(async ({ path, rows }) => ({ path: await files.local(path), rows: rows ?? 0 })));
  return { questions: await of('questions'), metadata: await of('metadata') };
}

async function sampleOf({ files, temporaryDirectory }: DatasetReportOptions): Promise<SampledQuestion[]> {
  const tables = await openTables(await tableFiles(files), { temporaryDirectory });
  try {
    const sampler = createSampler();
    const ids = (await tables.rows<{ question_id: string }>(CANDIDATES)).map(({ question_id: id }) => id);
    await addQuestions(sampler, { tables, files, ids });
    return sampler.finish();
  } finally {
    tables.close();
  }
}

export interface WantedQuestions {
  readonly tables: Tables;
  readonly files: VersionFiles;
  readonly ids: readonly string[];
}

/** Hands some questions of a version with their chains to a sampler, in the order of the version. `change` says what it is told of one. */
export async function addQuestions(
  sampler: Sampler,
  { tables, files, ids }: WantedQuestions,
  change: (rows: QuestionRows) => QuestionRows = (rows) => rows,
): Promise<void> {
  const questions = await tables.rows<QuestionOutcomeRow & { ordinal: number; part: number }>(
    `SELECT * FROM questions WHERE question_id IN (${ids.map(quoted).join(', ') || 'NULL'}) ORDER BY ordinal`,
  );
  for (const part of new Set(questions.map((question) => question.part))) {
    const ofPart = questions.filter((question) => question.part === part);
    const chains = await chainsOf(tables, files, { part, ids: ofPart.map(({ question_id: id }) => id) });
    for (const { ordinal, ...question } of ofPart) {
      const own = chains.filter((chain) => chain.question_id === question.question_id);
      sampler.add(change({ question, chains: own }), ordinal);
    }
  }
}

/** Chains with their texts. Questions and chains are cut into files at the same questions, so the part of one is that of the other. */
export async function chainsOf(
  tables: Tables,
  files: VersionFiles,
  { part, ids }: { readonly part: number; readonly ids: readonly string[] },
): Promise<ChainRow[]> {
  const file = files.of('chains')[part];
  if (!file) throw new Error(`Version ${files.manifest.version} has no chains of its questions part ${part}.`);
  return tables.rows<ChainRow>(
    `SELECT * FROM ${parquetRows([await files.local(file.path)])}
     WHERE question_id IN (${ids.map(quoted).join(', ')}) ORDER BY question_id, chain_index`,
  );
}

async function document({ store, files }: DatasetReportOptions, path: string): Promise<string> {
  const key = `${datasetPrefix(files.manifest.name, files.manifest.version)}/${path}`;
  const bytes = await store.get(key);
  if (!bytes) throw new Error(`${key} is missing in ${store.description}: was it deleted?`);
  return Buffer.from(bytes).toString('utf8');
}
