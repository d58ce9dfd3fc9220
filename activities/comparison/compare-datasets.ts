import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetPrefix, type DatasetFile, type DatasetManifest } from '../dataset/manifest.js';
import { download } from '../dataset/published-file.js';
import { readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import type { ComparedVersion, DatasetComparison } from './comparison.js';
import { openComparedTables, type VersionTables } from './compare-tables.js';
import { compareChains } from './compare-chains.js';
import { compareQuestions } from './compare-questions.js';
import { recipeDifferences } from './recipe-diff.js';

export interface CompareDependencies {
  readonly store: ObjectStore;
  /** @default the system's */
  readonly temporaryDirectory?: string;
  /** Of DuckDB. @default 1024 */
  readonly memoryLimitMiB?: number;
}

export interface Comparing {
  readonly a: DatasetManifest;
  readonly b: DatasetManifest;
  /** How many of each kind are listed by name. */
  readonly listed: number;
  readonly signal: AbortSignal;
}

/**
 * What came, went and changed between two published versions of data sets, and in what their recipes differ. Reads the metadata of the chains
 * and the questions; memory is that of DuckDB and does not grow with the versions. Throws PublishedFileDamaged, StoreError.
 */
export async function compareDatasets(
  dependencies: CompareDependencies,
  { a, b, listed, signal }: Comparing,
): Promise<DatasetComparison> {
  const { store, temporaryDirectory = tmpdir(), memoryLimitMiB = 1024 } = dependencies;
  return withTemporaryDirectory(temporaryDirectory, 'cotmill-diff-', async (directory) => {
    const [recipeA, recipeB] = await Promise.all([readRecipe(store, a), readRecipe(store, b)]);
    const tables = {
      a: await fetchTables(store, a, { directory: join(directory, 'a-'), signal }),
      b: await fetchTables(store, b, { directory: join(directory, 'b-'), signal }),
    };
    const compared = await openComparedTables(tables.a, tables.b, { directory, memoryLimitMiB, signal });
    try {
      return {
        ...{ a: versionOf(a), b: versionOf(b), identical: a.contentSha256 === b.contentSha256 },
        recipe: recipeDifferences(recipeA, recipeB),
        questions: await compareQuestions(compared, { files: [...tables.a.questions, ...tables.b.questions], listed }),
        chains: await compareChains(compared, listed),
      };
    } finally {
      compared.close();
    }
  });
}

const versionOf = ({ name, version, fingerprint, contentSha256 }: DatasetManifest): ComparedVersion => ({
  name,
  version,
  fingerprint,
  contentSha256,
});

const readRecipe = async (store: ObjectStore, { name, version }: DatasetManifest): Promise<unknown> =>
  (await readJson(store, `${datasetPrefix(name, version)}/recipe.json`)) ?? {};

/** DuckDB reads local files only. `directory` is the beginning of their names. */
async function fetchTables(
  store: ObjectStore,
  manifest: DatasetManifest,
  place: { readonly directory: string; readonly signal: AbortSignal },
): Promise<VersionTables> {
  const local = async (kind: DatasetFile['kind']): Promise<string[]> => {
    const paths: string[] = [];
    for (const file of manifest.files.filter((one) => one.kind === kind)) {
      const path = `${place.directory}${kind}-${paths.length}.parquet`;
      const key = `${datasetPrefix(manifest.name, manifest.version)}/${file.path}`;
      await download(store, { key, sha256: file.sha256 }, { path, signal: place.signal });
      paths.push(path);
    }
    return paths;
  };
  return { metadata: await local('metadata'), questions: await local('questions') };
}
