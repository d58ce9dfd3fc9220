import { createHash } from 'node:crypto';
import { canonicalJson } from '../../config/canonical-json.js';
import { jsonDocument, readSchemaOne } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';

/** One file of a published version. */
export interface DatasetFile {
  /** Below the version's prefix. */
  readonly path: string;
  /** data: the accepted set in the published form; chains, questions: everything with its outcome; metadata: chains without texts. */
  readonly kind: 'data' | 'chains' | 'questions' | 'metadata' | 'card' | 'recipe' | 'stats' | 'report';
  readonly bytes: number;
  /** null: no table. */
  readonly rows: number | null;
  readonly sha256: string;
}

/**
 * `manifest.json` of a version, written last: what it names is the version, and readers follow nothing else.
 * `contentSha256` tells versions apart and is of the tables alone (data, chains, questions, metadata): two builds from the same plan, journal
 * and ledger agree in it byte for byte. The other files are documents about them and no part of a version's identity: recipe.json and the
 * card may differ in settings that change no row, such as a description; stats.json has the calls of the execution that published. What
 * was published stands: a build that finds its tables there writes no document anew, and a version from before cards has none.
 */
export interface DatasetManifest {
  readonly schema: 1;
  readonly name: string;
  readonly version: string;
  readonly fingerprint: string;
  readonly planId: string;
  readonly publishedBy: { readonly run: string; readonly execution: string };
  /** Of the shards' rows and everything else that the tables follow from: a build with the same one need not be made again. */
  readonly inputSha256: string;
  readonly contentSha256: string;
  readonly questions: { readonly total: number; readonly accepted: number };
  readonly chains: { readonly total: number; readonly accepted: number };
  readonly files: readonly DatasetFile[];
}

/** A version exists with other content. Another version in the recipe is needed; trying again does not help. */
export class DatasetExists extends Error {
  override name = 'DatasetExists';
}

export const datasetFolder = (name: string): string => `datasets/${name}`;
export const datasetPrefix = (name: string, version: string): string => `${datasetFolder(name)}/${version}`;
export const manifestKey = (name: string, version: string): string => `${datasetPrefix(name, version)}/manifest.json`;

/** The manifest of a version, or undefined when it is not published. Throws StoreError, or Error when the object is no manifest. */
export async function readDatasetManifest(
  store: ObjectStore,
  name: string,
  version: string,
): Promise<DatasetManifest | undefined> {
  return readSchemaOne(store, manifestKey(name, version));
}

/** Identity of a version's tables, whatever the order of the list. */
export function contentHash(files: readonly Pick<DatasetFile, 'path' | 'rows' | 'sha256'>[]): string {
  const tables = files.filter(({ rows }) => rows !== null).map(({ path, sha256 }) => `${path} ${sha256}`);
  return createHash('sha256').update(tables.sort().join('\n')).digest('hex');
}

/** Whether `built` is what `existing` holds. Throws DatasetExists when it is not; a version without a single accepted question may be replaced. */
export function sameContent(existing: DatasetManifest, built: DatasetManifest): boolean {
  if (existing.contentSha256 === built.contentSha256) return true;
  if (existing.questions.accepted === 0) return false;
  const where = `${existing.name} ${existing.version}`;
  throw new DatasetExists(
    `Data set ${where} was published by run ${existing.publishedBy.run} and this build differs: ${differences(existing, built).join('; ')}. ` +
      'Nothing was overwritten. Choose another "version" in the recipe.',
  );
}

function differences(existing: DatasetManifest, built: DatasetManifest): string[] {
  const found: string[] = [];
  const compare = (what: string, before: string | number, now: string | number): void => {
    if (before !== now) found.push(`${what} ${before} there, ${now} here`);
  };
  compare('recipe fingerprint', existing.fingerprint, built.fingerprint);
  compare('plan', existing.planId, built.planId);
  compare('accepted questions', existing.questions.accepted, built.questions.accepted);
  compare('accepted chains', existing.chains.accepted, built.chains.accepted);
  const files = new Map(existing.files.map(({ path, sha256 }) => [path, sha256]));
  const changed = built.files.filter(({ path, rows, sha256 }) => rows !== null && files.get(path) !== sha256);
  if (changed.length > 0)
    found.push(
      `other content in ${changed
        .slice(0, 3)
        .map(({ path }) => path)
        .join(', ')}${changed.length > 3 ? ', ...' : ''}`,
    );
  return found;
}

/**
 * Publishes by one write. Two builds of one version that race end with one manifest: the other finds its own content published, or throws
 * DatasetExists. Returns what is published now.
 */
export async function publishManifest(
  store: ObjectStore,
  built: DatasetManifest,
  existing: DatasetManifest | undefined,
): Promise<{ readonly manifest: DatasetManifest; readonly published: 'new' | 'unchanged' }> {
  const key = manifestKey(built.name, built.version);
  const body = Buffer.from(jsonDocument(built));
  if (existing) {
    if (sameContent(existing, built)) return { manifest: existing, published: 'unchanged' };
    await store.put(key, body);
    return { manifest: built, published: 'new' };
  }
  if (await store.putIfAbsent(key, body)) return { manifest: built, published: 'new' };
  const other = await readDatasetManifest(store, built.name, built.version);
  return publishManifest(store, built, other);
}

/** What the tables of a version follow from, as one hash. */
export const inputHash = (inputs: object): string => createHash('sha256').update(canonicalJson(inputs)).digest('hex');
