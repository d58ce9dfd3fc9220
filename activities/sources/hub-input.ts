import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { datasetInfo, listFiles, type ListFileEntry } from '@huggingface/hub';
import type { InputConfig } from '../../config/deployment.js';
import { folderOf, isPattern, matchesPattern } from './file-pattern.js';
import { downloadBytes } from './hub-download.js';
import { describePlace, hubError, type HubPlace } from './hub-errors.js';
import { createHubFetch, DOWNLOAD_PATIENCE, HubRefusal, PATIENCE, type Patience } from './hub-fetch.js';
import { keepFile } from './hub-keep.js';
import type { DatasetFiles, InputFile, SourceInput } from './source-input.js';
import { SourceError } from './source-error.js';

const COMMIT = /^[0-9a-f]{40}$/;

export type HubConfig = Extract<InputConfig, { kind: 'hub' }>;

export interface HubInputOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** @default a quarter of a minute for questions, eight minutes for a download */
  readonly patience?: Patience;
}

/** An input of the Hub with what every request needs. */
interface Hub {
  readonly input: string;
  readonly hubUrl: string;
  readonly tokenEnv: string | undefined;
  readonly token: string | undefined;
  /** Where downloaded files are kept; undefined: nowhere. */
  readonly directory: string | undefined;
  readonly patience: Patience | undefined;
}

/** Datasets of the Hugging Face Hub, or of a mirror. The token stays in this process; it is in no message. */
export function hubInput(name: string, config: HubConfig, options: HubInputOptions): SourceInput {
  const hubUrl = config.hubUrl.replace(/\/+$/, '');
  const description = `input "${name}" (${hubUrl})`;
  return {
    description,
    file: (path) =>
      Promise.reject(
        new SourceError(`${path} of ${description} belongs to no dataset: name one, such as dataset: openai/gsm8k.`),
      ),
    async dataset(dataset, revision) {
      const token = hubToken(config.tokenEnv, options.environment);
      const { tokenEnv, directory } = config;
      const hub = { input: name, hubUrl, tokenEnv, token, directory, patience: options.patience };
      return openDataset(hub, dataset, revision);
    },
  };
}

/** The token that a deployment names, or undefined when it names none. Throws SourceError when the variable holds no token of the Hub. */
export function hubToken(
  tokenEnv: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (tokenEnv === undefined) return undefined;
  const token = environment[tokenEnv]?.trim() ?? '';
  if (token === '')
    throw new SourceError(`The variable ${tokenEnv} with the token of the Hub is not set on this worker.`);
  if (!/^hf_[\w-]+$/.test(token))
    throw new SourceError(`The variable ${tokenEnv} holds no token of the Hub: expected one that begins with "hf_".`);
  return token;
}

async function openDataset(hub: Hub, dataset: string, revision: string): Promise<DatasetFiles> {
  const place = { ...hub, dataset, revision };
  const commit = await commitOf(place, hub);
  const pinned = { ...place, revision: commit };
  const listed = new Map<string, Promise<readonly ListFileEntry[]>>();
  return {
    revision: commit,
    async files(pattern) {
      const { folder, isDeep } = folderOf(pattern);
      const key = JSON.stringify([folder, isDeep]);
      const listing = listed.get(key) ?? list({ ...pinned, ...(folder !== '' && { path: folder }) }, hub, isDeep);
      listed.set(key, listing);
      const found = (await listing).filter(({ type, path }) => type === 'file' && matchesPattern(path, pattern));
      if (found.length === 0) throw nothingFound(pattern, pinned);
      return found.sort((a, b) => (a.path < b.path ? -1 : 1)).map((entry) => hubFile(entry, pinned, hub));
    },
  };
}

function nothingFound(pattern: string, place: HubPlace): SourceError {
  const what = isPattern(pattern)
    ? `No file matches ${pattern} in ${describePlace(place)}`
    : `There is no ${describePlace({ ...place, path: pattern })}`;
  return new SourceError(`${what}. Compare ${place.hubUrl}/datasets/${place.dataset}/tree/${place.revision}.`);
}

/** The commit that a branch or tag stands for now. */
async function commitOf(place: HubPlace, hub: Hub): Promise<string> {
  const info = await asked(place, () =>
    datasetInfo({ ...requestOf(hub), name: place.dataset, revision: place.revision, additionalFields: ['sha'] }),
  );
  if (!COMMIT.test(info.sha))
    throw new SourceError(`${describePlace(place)} has no commit: expected 40 hex digits as "sha". Is it a Hub?`);
  return info.sha;
}

function list(place: HubPlace, hub: Hub, recursive: boolean): Promise<readonly ListFileEntry[]> {
  return asked(place, async () => {
    const entries: ListFileEntry[] = [];
    const repo = { type: 'dataset' as const, name: place.dataset };
    const path = place.path === undefined ? {} : { path: encodedPath(place.path) };
    const pages = listFiles({ ...requestOf(hub), repo, revision: place.revision, recursive, ...path });
    try {
      for await (const entry of pages) entries.push(entry);
    } catch (error) {
      // No such folder: the pattern matches nothing.
      if (!(error instanceof HubRefusal) || error.code !== 'EntryNotFound') throw error;
    }
    return entries;
  });
}

const requestOf = ({ hubUrl, token, patience }: Hub) => ({
  hubUrl,
  fetch: createHubFetch({ patience: patience ?? PATIENCE }),
  ...(token !== undefined && { accessToken: token }),
});

function hubFile(entry: ListFileEntry, dataset: HubPlace, hub: Hub): InputFile {
  const { path } = entry;
  const place = { ...dataset, path };
  const bytes = entry.lfs?.size ?? entry.size;
  const sha256 = entry.lfs?.oid;
  const url = `${hub.hubUrl}/datasets/${place.dataset}/resolve/${place.revision}/${encodedPath(path)}`;
  const location = { url, bytes, token: hub.token };
  const patience = hub.patience ?? DOWNLOAD_PATIENCE;
  async function* download(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    try {
      yield* downloadBytes(location, { patience, signal });
    } catch (error) {
      throw hubError(error, place);
    }
  }
  const known = { path, bytes, localPath: undefined, ...(sha256 !== undefined && { sha256 }) };
  const { directory } = hub;
  if (directory === undefined)
    return { ...known, open: (signal) => Promise.resolve(Readable.from(download(signal), { objectMode: false })) };
  const parts = [...place.dataset.split('/'), place.revision, ...path.split('/')];
  const keep = (signal?: AbortSignal) =>
    asked(place, () => keepFile(directory, { ...location, sha256, place: parts }, { patience, signal }));
  return { ...known, keep, open: async (signal) => createReadStream(await keep(signal)) };
}

const encodedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

async function asked<Answer>(place: HubPlace, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw hubError(error, place);
  }
}
