import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import { jsonDocument } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import type { HubContent, HubRelease, HubUpload } from './hub-plan.js';
import { PublishError } from './publish-error.js';
import { cardOf, type Release } from './release.js';

/** Files that the Hub may keep as they are, and whose git id is then needed to know them again; larger ones are large files to it. */
const MAX_REGULAR_BYTES = 10 * 1024 * 1024;

/**
 * A release as it stands in a repository: its files in a folder of the version's name, so that the release before stays whole until the card
 * at the root turns to this one. Documents are read here; tables stay in the store. Throws PublishError for a release without a card.
 */
export async function hubContent(store: ObjectStore, release: Release, repository: string): Promise<HubContent> {
  const folder = release.version;
  if (!isTagName(folder))
    throw new PublishError(
      'refused',
      `The version "${folder}" can't be a tag of a repository: build it again under another "version"; everything that was paid for is reused.`,
    );
  const card = cardOf(release);
  if (!card)
    throw new PublishError(
      'refused',
      `${release.prefix} has no README.md, it was built before there were cards: build it again under another "version"; everything that was paid for is reused.`,
    );
  const described: HubRelease = {
    ...{ schema: 1, kind: release.kind, name: release.name, version: release.version },
    ...{ contentSha256: release.contentSha256, folder },
  };
  const files: HubUpload[] = [];
  for (const { path, bytes, sha256, key } of release.files) {
    const isTable = path.endsWith('.parquet') || bytes > MAX_REGULAR_BYTES;
    const content = isTable ? { key } : { body: await readWhole(store, { key, sha256 }) };
    files.push({ path: `${folder}/${path}`, bytes, sha256, content });
  }
  const cardText = (await readWhole(store, card)).toString('utf8');
  return {
    release: described,
    files: [...files, upload(`${folder}/manifest.json`, release.manifest.body)],
    root: [
      upload('README.md', Buffer.from(cardInFolder(cardText, { folder, repository }))),
      upload('release.json', Buffer.from(jsonDocument(described))),
    ],
  };
}

/** Version names are fit for tags but for what means something else there: the branch, the newest commit, a lock of git's. */
const isTagName = (version: string): boolean => !/^(?:main|head)$|\.lock$/.test(version);

const upload = (path: string, body: Buffer): HubUpload => ({
  path,
  bytes: body.length,
  sha256: createHash('sha256').update(body).digest('hex'),
  content: { body },
});

async function readWhole(
  store: ObjectStore,
  { key, sha256 }: { readonly key: string; readonly sha256: string },
): Promise<Buffer> {
  const bytes = await store.get(key);
  const found = bytes && createHash('sha256').update(bytes).digest('hex');
  if (bytes && found === sha256) return Buffer.from(bytes);
  throw new PublishError(
    'refused',
    `${key} in ${store.description} ${bytes ? `has the SHA-256 ${found}, its manifest says ${sha256}` : 'is missing, its manifest names it'}: restore it, or build the version again under another name.`,
  );
}

/** A card beside a folder with its files: the paths of its configurations go through the folder, and its examples name the repository. */
export function cardInFolder(
  card: string,
  { folder, repository }: { readonly folder: string; readonly repository: string },
): string {
  const match = /^---\n(.*?\n)---\n(.*)$/s.exec(card);
  if (match?.[1] === undefined || match[2] === undefined) return card;
  const head = parseDocument(match[1]);
  const { configs = [] } = head.toJS() as { configs?: readonly { data_files?: readonly unknown[] }[] };
  for (const [config, { data_files: files = [] }] of configs.entries())
    for (const index of files.keys()) {
      const place = ['configs', config, 'data_files', index, 'path'];
      head.setIn(place, `${folder}/${String(head.getIn(place))}`);
    }
  return `---\n${head.toString({ lineWidth: 0 })}---\n${match[2].replaceAll('"OWNER/NAME"', JSON.stringify(repository)).replaceAll('# or the folder of this file', `# revision="${folder}" for this version`)}`;
}
