import { z } from 'zod';
import type { ObjectStore } from '../store/object-store.js';
import { naturalOrder } from './natural-order.js';

/**
 * `latest.json` beside the versions of a data set or training set: a pointer for people and commands that name no version. What a version
 * holds is told by its manifest alone.
 */
export interface Latest {
  readonly version: string;
  /** Every version that was published, in the order of their publication; the last one is `version`. */
  readonly history: readonly string[];
}

/** Where the versions of a set lie: `datasets/<name>` or `training/<name>`. */
export const latestKey = (folder: string): string => `${folder}/latest.json`;

/** The pointer of a set, or undefined when nothing of it was published. Throws StoreError, or Error when the object is no pointer. */
export async function readLatest(store: ObjectStore, folder: string): Promise<Latest | undefined> {
  const bytes = await store.get(latestKey(folder));
  return bytes && parsePointer(Buffer.from(bytes).toString('utf8'), `${latestKey(folder)} in ${store.description}`);
}

/** Reads a pointer; one without a history, as other programs may write it, knows its version alone. */
export function parsePointer(text: string, where: string): Latest {
  const found = Pointer.safeParse(parsedJson(text));
  if (found.success) return { version: found.data.version, history: found.data.history ?? [found.data.version] };
  throw new Error(
    `${where} is no pointer to a version, {"version": ..., "history": [...]}: delete it, the next build writes it again.`,
  );
}

const Pointer = z
  .object({ version: z.string().min(1), history: z.array(z.string()).optional() })
  .refine(({ version, history }) => history === undefined || history.at(-1) === version);

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Says that a version stands published; call it after its manifest was written, by the build that wrote it as well as by one that found its
 * own content there. A version moves the pointer once, when it comes: building an old version again changes nothing, so the pointer never
 * moves backwards, and a build that died between manifest and pointer is made good by the next one. Two sets of one name that are
 * published at the same moment may lose one of the two entries until that version is built again.
 */
export async function pointLatest(store: ObjectStore, folder: string, version: string): Promise<Latest> {
  const known = await readLatest(store, folder);
  const history = known?.history ?? (await publishedBefore(store, folder, version));
  if (known && history.includes(version)) return known;
  const latest: Latest = { version, history: [...history, version] };
  await store.put(latestKey(folder), Buffer.from(`${JSON.stringify(latest)}\n`));
  return latest;
}

/** Published versions, those with a manifest, as the store lists them. @param folder `datasets`, `training` or `models`, or one name below it as `datasets/<name>` */
export async function* publishedBelow(
  store: ObjectStore,
  folder: string,
): AsyncGenerator<{ readonly name: string; readonly version: string }> {
  for await (const { key } of store.list(`${folder}/`)) {
    const [, name = '', version = '', file, ...rest] = key.split('/');
    if (file === 'manifest.json' && rest.length === 0) yield { name, version };
  }
}

/** Published versions in the order of their names, v9 before v10. @param folder `datasets/<name>`, `training/<name>` or `models/<name>` */
export async function publishedVersions(store: ObjectStore, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { version } of publishedBelow(store, folder)) found.push(version);
  return found.sort(naturalOrder);
}

/** The version that the pointer names; where there is no pointer yet, the last in the order of names. */
export const newestVersion = async (store: ObjectStore, folder: string): Promise<string | undefined> =>
  (await readLatest(store, folder))?.version ?? (await publishedVersions(store, folder)).at(-1);

/** Versions from before there was a pointer. When they came is not known. */
const publishedBefore = async (store: ObjectStore, folder: string, version: string): Promise<string[]> =>
  (await publishedVersions(store, folder)).filter((other) => other !== version);
