import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { download } from '../dataset/published-file.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { planCommits, type HubCommit, type HubContent, type HubUpload, type RepositoryState } from './hub-plan.js';
import { hubContent } from './hub-content.js';
import { StaleParent } from './hub-publish-errors.js';
import type { HubRepository } from './hub-repository.js';
import { PublishError } from './publish-error.js';
import type { PublishedTo, PublishOptions, PlannedCommit } from './published-to.js';
import type { Release } from './release.js';

/** Other writers that may come between before we give up; each costs a new look at the repository. */
const MAX_STALE_PARENTS = 5;

export interface HubPublication {
  readonly store: ObjectStore;
  readonly release: Release;
  readonly repository: string;
  readonly hub: HubRepository;
}

/**
 * Brings a release to a dataset repository of the Hub: what is missing there is sent in commits of fewer than 100 files, tables first; then
 * one commit turns card and default configuration to the release; then it is tagged with its version. Looks first, so that a second run
 * sends nothing and one after a crash goes on. A version that is tagged with other content, a repository that holds another set, and a turn
 * back to an older version are refused. Throws PublishError.
 */
export async function publishToHub(publication: HubPublication, options: PublishOptions): Promise<PublishedTo> {
  const { store, release, repository, hub } = publication;
  const content = await hubContent(store, release, repository);
  const sent: PlannedCommit[] = [];
  for (let stale = 0; ; stale++) {
    const state = await hub.read(release.version);
    if (state) checkRepository(publication, state, options.isPrivate);
    if (state?.tagged) return ended(publication, 'unchanged', { sent, content });
    const commits = planCommits(content, state ?? NOTHING);
    if (options.dryRun) return ended(publication, 'planned', { sent: commits.map(planned), content });
    try {
      if (!state) await hub.create(options.isPrivate);
      const head = await send({ ...publication, content, commits, head: state?.head, sent }, options);
      await hub.tag(release.version, head);
      return ended(publication, 'new', { sent, content });
    } catch (error) {
      if (!(error instanceof StaleParent)) throw error;
      if (stale === MAX_STALE_PARENTS)
        throw new PublishError(
          'unavailable',
          `Others write to ${hub.url} all the time: ${stale + 1} of our commits came too late. Publish again when they are done.`,
        );
    }
  }
}

const NOTHING: RepositoryState = { head: '', files: new Map(), release: undefined, tagged: undefined };

/** Throws PublishError when the release may not be put there. */
function checkRepository(
  { release, hub }: HubPublication,
  state: RepositoryState & { readonly isPrivate: boolean },
  isPrivate: boolean,
): void {
  const refused = (message: string): PublishError => new PublishError('exists', `${hub.url}: ${message}`);
  if (isPrivate && !state.isPrivate)
    throw refused(
      'the repository is public, and --private was asked for. Nothing was sent. Make it private, or name another one.',
    );
  const { release: there, tagged } = state;
  if (there && (there.name !== release.name || there.kind !== release.kind))
    throw refused(
      `it holds ${there.kind}/${there.name}, not ${release.kind}/${release.name}. Name another repository.`,
    );
  if (tagged && tagged.contentSha256 !== release.contentSha256)
    throw refused(
      `the tag ${release.version} is on other content (${shown(tagged)}). A version that was published stays: choose another "version", or another repository.`,
    );
  if (tagged) return;
  if (!there && state.files.has('README.md') && !hasFolderOf(state, release.version))
    throw refused(
      'it has a README.md that cotmill did not write. Nothing was overwritten. Name another repository, or delete that file.',
    );
  const newer = there ? release.history.indexOf(there.version) : -1;
  if (there && newer > release.history.indexOf(release.version))
    throw refused(
      `it holds ${there.version}, which came after ${release.version}. Publish the older version to a repository of its own.`,
    );
}

const shown = ({ name, version, contentSha256 }: { name: string; version: string; contentSha256: string }): string =>
  `${name} ${version}, content ${contentSha256.slice(0, 12)}`;

/** What a publication that was interrupted before its card leaves. */
const hasFolderOf = ({ files }: RepositoryState, folder: string): boolean =>
  [...files.keys()].some((path) => path.startsWith(`${folder}/`));

interface Sending extends HubPublication {
  readonly content: HubContent;
  readonly commits: readonly HubCommit[];
  /** undefined: the repository was made just now. */
  readonly head: string | undefined;
  /** Filled with what has arrived. */
  readonly sent: PlannedCommit[];
}

/** Returns the newest commit. */
async function send(sending: Sending, options: PublishOptions): Promise<string> {
  let head = sending.head ?? (await headOfNew(sending));
  for (const [index, commit] of sending.commits.entries()) {
    options.signal.throwIfAborted();
    const note = (path: string, share: number): void =>
      options.progress({ commit: index + 1, commits: sending.commits.length, path, share });
    head = await sendOne(sending, { commit, parent: head }, { ...options, note });
    sending.sent.push(planned(commit));
    options.say(`commit ${index + 1} of ${sending.commits.length}: ${describe(commit)}`);
  }
  return head;
}

async function headOfNew({ hub, release }: Sending): Promise<string> {
  const state = await hub.read(release.version);
  if (state) return state.head;
  throw new PublishError('unavailable', `${hub.url} was made and can't be seen yet. Publish again.`);
}

/** Large content comes to the local disk first, each file checked against its manifest; it is gone afterwards. */
async function sendOne(
  { store, hub }: Sending,
  { commit, parent }: { readonly commit: HubCommit; readonly parent: string },
  { signal, note }: PublishOptions & { readonly note: (path: string, share: number) => void },
): Promise<string> {
  return withTemporaryDirectory(tmpdir(), 'cotmill-publish-', async (directory) => {
    const local = new Map<string, URL>();
    for (const [index, { path, sha256, content }] of commit.uploads.entries()) {
      if (!('key' in content)) continue;
      const file = join(directory, String(index));
      await download(store, { key: content.key, sha256 }, { path: file, signal });
      local.set(path, pathToFileURL(file));
      note(path, 0);
    }
    const contentOf = ({ path, content }: HubUpload): URL | Blob =>
      'body' in content ? new Blob([new Uint8Array(content.body)]) : (local.get(path) ?? new Blob([]));
    return await hub.commit({ commit, parent, contentOf, progress: note });
  });
}

const planned = ({ title, uploads, deletions }: HubCommit): PlannedCommit => ({
  title,
  files: uploads.map(({ path, bytes }) => ({ path, bytes })),
  deletions,
});

const describe = ({ title, uploads, deletions }: HubCommit): string =>
  `${title} (${uploads.length} files${deletions.length > 0 ? `, ${deletions.length} deleted` : ''})`;

function ended(
  { hub, release }: HubPublication,
  status: PublishedTo['status'],
  { sent, content }: { readonly sent: readonly PlannedCommit[]; readonly content: HubContent },
): PublishedTo {
  const files = sent.flatMap((commit) => commit.files);
  const all = content.files.length + content.root.length;
  return {
    target: hub.url,
    ...{ kind: release.kind, name: release.name, version: release.version, status, commits: sent },
    files: {
      sent: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      unchanged: Math.max(0, all - files.length),
    },
    tag: release.version,
  };
}
