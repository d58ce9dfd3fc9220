import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDatasetManifest } from '../dataset/manifest.js';
import { parquetRows, quoted } from '../duckdb/sql.js';
import { download } from '../dataset/published-file.js';
import { readSelection } from '../selection/selection-files.js';
import {
  picksKey,
  trainingPrefix,
  type Selection,
  type TrainingFile,
  type TrainingRef,
} from '../selection/training-set.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { datasetReportData, REPORT_FILE } from './dataset-report.js';
import { pageAssets } from './page-assets.js';
import type { PageData, QuestionDetail, TrainingOverview } from './page-data.js';
import { pageHtml } from './page-html.js';
import { openTables, type Tables } from './tables.js';
import { versionFiles } from './version-files.js';

export interface TrainingReportInput {
  readonly store: ObjectStore;
  readonly training: TrainingRef;
  /** picks.parquet as `selectChains` returned it. */
  readonly picks: Pick<TrainingFile, 'sha256'>;
  readonly signal: AbortSignal;
  /** @default the system's */
  readonly temporaryDirectory?: string;
}

/**
 * Writes `report.html` of a training set beside its `selection.json`: the report of its data set with the histograms before and after selection,
 * and with what was drawn marked. Safe to run twice: the same selection gives the same bytes. Throws StoreError, PublishedFileDamaged, or Error
 * when the data set is not the one that was drawn from.
 */
export async function writeTrainingSetReport(input: TrainingReportInput): Promise<TrainingFile> {
  const { store, training, picks, signal } = input;
  return withTemporaryDirectory(input.temporaryDirectory ?? tmpdir(), 'cotmill-report-', async (directory) => {
    const selection = await readSelection(store, training);
    const local = join(directory, 'picks.parquet');
    await download(store, { key: picksKey(training), sha256: picks.sha256 }, { path: local, signal });
    const body = Buffer.from(await renderTrainingSetReport({ store, selection, picks: local, directory }));
    await store.put(`${trainingPrefix(training)}/${REPORT_FILE}`, body);
    const sha256 = createHash('sha256').update(body).digest('hex');
    return { path: REPORT_FILE, kind: 'report', bytes: body.length, rows: null, sha256 };
  });
}

export interface SelectionFiles {
  readonly store: ObjectStore;
  readonly selection: Selection;
  /** Local picks.parquet. */
  readonly picks: string;
  /** For what has to be fetched; where it may spill. */
  readonly directory: string;
}

/** The page of a training set. Throws as {@link writeTrainingSetReport} does. */
export async function renderTrainingSetReport({ store, selection, picks, directory }: SelectionFiles): Promise<string> {
  const { name, version, contentSha256 } = selection.dataset;
  const manifest = await readDatasetManifest(store, name, version);
  if (manifest?.contentSha256 !== contentSha256)
    throw new Error(
      `Data set ${name} ${version} in ${store.description} is not the one that ${selection.name} was drawn from.`,
    );
  const files = versionFiles({ store, manifest, cacheDirectory: join(directory, 'files') });
  const data = await datasetReportData({ store, files, temporaryDirectory: directory });
  return pageHtml(await withSelection(data, { selection, picks, directory }), await pageAssets());
}

async function withSelection(
  { schema, overview, sample }: PageData,
  { selection, picks, directory }: Omit<SelectionFiles, 'store'>,
): Promise<PageData> {
  const training = trainingOverview(selection);
  const settings = { ...overview.settings, trainingSet: `${selection.name} ${selection.version}` };
  const ids = sample?.questions.map(({ id }) => id) ?? [];
  const places = await readPlaces(picks, { ids, directory });
  const questions = sample?.questions.map((question) => withPlaces(question, places)) ?? [];
  return { schema, overview: { ...overview, training, settings }, sample: sample && { ...sample, questions } };
}

/** What the page shows of `selection.json`. Pure. */
export function trainingOverview({
  name,
  version,
  spec,
  seed,
  counts,
  histograms,
  quotas,
  shortfall,
}: Selection): TrainingOverview {
  const { candidates, selected, bySet, bySplit } = counts;
  // A single set or split is all that was selected.
  const parts = [bySet, bySplit].map((counted) => Object.entries(counted)).filter((counted) => counted.length > 1);
  return {
    name,
    version,
    kernel: spec.kernel.name,
    seed,
    counts: [
      { name: 'candidates', ...candidates },
      ...[['selected', selected] as const, ...parts.flat()].map(([part, { questions, chains }]) => ({
        name: part,
        questions,
        chains,
      })),
    ],
    tokens: selected.tokens,
    rv: histograms.rv,
    cd: histograms.cd,
    rvByCd: { before: transposed(histograms.rvCd.before), after: transposed(histograms.rvCd.after) },
    quotas,
    shortfall,
  };
}

const transposed = (cells: readonly (readonly number[])[]): number[][] =>
  Array.from({ length: 10 }, (_, cd) => Array.from({ length: 10 }, (_unused, rv) => cells[rv]?.[cd] ?? 0));

/** Where chains of some questions were put: `question/index` -> `default/train`, ... */
async function readPlaces(
  picks: string,
  { ids, directory }: { readonly ids: readonly string[]; readonly directory: string },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const places = new Map<string, string[]>();
  if (ids.length === 0) return places;
  const tables: Tables = await openTables({ questions: [], metadata: [] }, { temporaryDirectory: directory });
  try {
    const rows = await tables.rows<{ chain: string; place: string }>(
      `SELECT question_id || '/' || chain_index AS chain, "set" || '/' || split AS place FROM ${parquetRows([picks])}
       WHERE question_id IN (${ids.map(quoted).join(', ')}) ORDER BY ALL`,
    );
    for (const { chain, place } of rows) places.set(chain, [...(places.get(chain) ?? []), place]);
    return places;
  } finally {
    tables.close();
  }
}

const withPlaces = (question: QuestionDetail, places: ReadonlyMap<string, readonly string[]>): QuestionDetail => ({
  ...question,
  chains: question.chains.map((chain) => ({ ...chain, picked: places.get(`${question.id}/${chain.index}`) ?? [] })),
});
