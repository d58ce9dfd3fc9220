import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download } from '../dataset/published-file.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { pointLatest } from './latest.js';
import { PublishError } from './publish-error.js';
import type { PublishedTo, PublishOptions } from './published-to.js';
import type { Release, ReleaseFile } from './release.js';

export interface CopyTarget {
  readonly store: ObjectStore;
  /**
   * store: under the same keys as here, beside other versions, with the pointer to the newest. directory: this version alone, its files at
   * the top, as `load_dataset` takes a directory.
   */
  readonly form: 'store' | 'directory';
}

/**
 * Copies a release to another store or a directory: files first, the manifest last. What has arrived is known by its SHA-256, so a second run
 * copies nothing and one after a crash goes on. Another content under the same version, and in a directory anything that is not of this
 * release, is refused. Throws PublishError, PublishedFileDamaged, StoreError.
 */
export async function copyRelease(
  source: ObjectStore,
  release: Release,
  job: { readonly target: CopyTarget; readonly options: PublishOptions },
): Promise<PublishedTo> {
  const { target, options } = job;
  const prefix = target.form === 'store' ? `${release.prefix}/` : '';
  const isThere = await checkTarget(target, release, prefix);
  const missing = isThere ? [] : await missingFiles(target.store, release, { prefix, options });
  const end = endOf(target, release, { missing, isThere, prefix });
  if (options.dryRun) return { ...end, status: isThere ? 'unchanged' : 'planned' };
  await copyFiles(source, missing, { target, prefix, options });
  if (!isThere) await target.store.put(`${prefix}manifest.json`, release.manifest.body);
  if (target.form === 'store') await pointLatest(target.store, release.folder, release.version);
  return end;
}

/** Whether the release is there already. Throws PublishError when something else is. */
async function checkTarget({ store, form }: CopyTarget, release: Release, prefix: string): Promise<boolean> {
  const manifest = await store.get(`${prefix}manifest.json`);
  if (manifest) {
    const there = parsedManifest(manifest);
    if (
      there?.name === release.name &&
      there.version === release.version &&
      there.contentSha256 === release.contentSha256
    )
      return true;
    throw new PublishError(
      'exists',
      `${store.description} holds ${there?.name ?? 'something'} ${there?.version ?? ''} with other content already. Nothing was overwritten. Choose another "version"${form === 'directory' ? ', or another directory' : ''}.`,
    );
  }
  if (form === 'store') return false;
  const own = new Set(release.files.map(({ path }) => path));
  for await (const { key } of store.list(''))
    if (!own.has(key))
      throw new PublishError(
        'exists',
        `${store.description} holds ${key}, which is no part of ${release.name} ${release.version}. Nothing was overwritten. Name an empty or new directory.`,
      );
  return false;
}

function parsedManifest(
  bytes: Uint8Array,
): { readonly name?: string; readonly version?: string; readonly contentSha256?: string } | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as ReturnType<typeof parsedManifest>;
  } catch {
    return undefined;
  }
}

async function missingFiles(
  store: ObjectStore,
  { files }: Release,
  { prefix, options }: { readonly prefix: string; readonly options: PublishOptions },
): Promise<ReleaseFile[]> {
  const missing: ReleaseFile[] = [];
  for (const file of files) {
    options.signal.throwIfAborted();
    if (!(await isWhole(store, `${prefix}${file.path}`, file))) missing.push(file);
  }
  return missing;
}

/** Same length is not enough: an interrupted publication of other content leaves files of the same names. */
async function isWhole(store: ObjectStore, key: string, { bytes, sha256 }: ReleaseFile): Promise<boolean> {
  const found = await store.stat(key);
  if (found?.bytes !== bytes) return false;
  const hash = createHash('sha256');
  for await (const chunk of ((await store.getStream(key)) ?? []) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex') === sha256;
}

async function copyFiles(
  source: ObjectStore,
  files: readonly ReleaseFile[],
  {
    target,
    prefix,
    options,
  }: { readonly target: CopyTarget; readonly prefix: string; readonly options: PublishOptions },
): Promise<void> {
  await withTemporaryDirectory(tmpdir(), 'cotmill-publish-', async (directory) => {
    const local = join(directory, 'file');
    for (const [index, file] of files.entries()) {
      options.progress({ commit: index + 1, commits: files.length, path: file.path, share: 0 });
      await download(source, file, { path: local, signal: options.signal });
      await target.store.putFile(`${prefix}${file.path}`, local);
      options.say(`file ${index + 1} of ${files.length}: ${file.path}`);
    }
  });
}

function endOf(
  { store }: CopyTarget,
  { kind, name, version, files }: Release,
  {
    missing,
    isThere,
    prefix,
  }: { readonly missing: readonly ReleaseFile[]; readonly isThere: boolean; readonly prefix: string },
): PublishedTo {
  const sent = missing.map(({ path, bytes }) => ({ path: `${prefix}${path}`, bytes }));
  return {
    ...{ target: store.description, kind, name, version, status: isThere ? 'unchanged' : 'new', tag: null },
    commits: isThere ? [] : [{ title: `${name} ${version}`, files: sent, deletions: [] }],
    files: {
      sent: sent.length,
      bytes: sent.reduce((sum, { bytes }) => sum + bytes, 0),
      unchanged: files.length - sent.length,
    },
  };
}
