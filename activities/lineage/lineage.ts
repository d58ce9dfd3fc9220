import { ConfigError } from '../../config/config-error.js';
import type { DatasetManifest } from '../dataset/manifest.js';
import { createStoreLedger } from '../ledger/store-ledger.js';
import { newestVersion } from '../publication/latest.js';
import type { VersionFiles } from '../report/version-files.js';
import type { ObjectStore } from '../store/object-store.js';
import { chainId, datasetsToSearch, findChains, trainingsWith, type FoundChain } from './chain-lineage.js';
import {
  idsIn,
  lineageGraph,
  lineageTree,
  type Direction,
  type LineageNode,
  type LineageTree,
} from './lineage-graph.js';
import { lineageNodes, trainingId, type Manifests } from './lineage-nodes.js';
import { readManifests, withDetails } from './read-manifests.js';

export const LINEAGE_KINDS = ['score', 'model', 'training', 'dataset', 'chain', 'question'] as const;

/** What a lineage is asked for. */
export interface LineageRequest {
  readonly kind: (typeof LINEAGE_KINDS)[number];
  /** RUN/EVALUATION/MODEL of a score; NAME or NAME@VERSION; of a chain or question its id, or the beginning of one. */
  readonly name: string;
  readonly direction: Direction;
  /** Of a chain or question: where to look; left out: in the newest version of every data set. */
  readonly dataset?: { readonly name: string; readonly version?: string | undefined } | undefined;
}

export interface LineageDependencies {
  readonly store: ObjectStore;
  /** Local files of a version, for the tables that chains are looked up in. */
  readonly filesOf: (manifest: DatasetManifest) => VersionFiles;
}

/**
 * What something was made of, back to sources and calls, or everything that was made of it. Only reads. Throws ConfigError that lists what there is for a
 * name that is unknown, StoreError, or Error for a damaged manifest.
 */
export async function lineageOf(request: LineageRequest, dependencies: LineageDependencies): Promise<LineageTree[]> {
  const { store } = dependencies;
  const plain = await readManifests(store);
  const found =
    request.kind === 'chain' || request.kind === 'question'
      ? await chainRoots(request, plain, dependencies)
      : { ids: [await versionedId(request, plain, store)], nodes: [] };
  const graph = lineageGraph([...found.nodes, ...lineageNodes(plain)]);
  const trees = grow(graph, found.ids, request.direction);
  const details = new Set(trees.flatMap((tree) => [...idsIn(tree, 'dataset'), ...idsIn(tree, 'training')]));
  const detailed = await withDetails(store, plain, details);
  return grow(lineageGraph([...found.nodes, ...lineageNodes(detailed)]), found.ids, request.direction);
}

function grow(graph: ReturnType<typeof lineageGraph>, ids: readonly string[], direction: Direction): LineageTree[] {
  return ids.flatMap((id) => lineageTree(graph, id, direction) ?? []);
}

/** The id of a node that has a name; without a version the newest one. */
async function versionedId({ kind, name }: LineageRequest, manifests: Manifests, store: ObjectStore): Promise<string> {
  const known = lineageNodes(manifests)
    .filter((node) => node.kind === kind)
    .map(({ id }) => id);
  const folder = kind === 'dataset' ? 'datasets' : kind === 'model' ? 'models' : 'training';
  const newest =
    kind === 'score' || name.includes('@') || !known.some((id) => id.startsWith(`${kind} ${name}@`))
      ? undefined
      : await newestVersion(store, `${folder}/${name}`);
  const id = `${kind} ${name}${newest === undefined ? '' : `@${newest}`}`;
  if (known.includes(id)) return id;
  const form = kind === 'score' ? 'RUN/EVALUATION/MODEL' : 'NAME or NAME@VERSION';
  const list = known.map((one) => one.slice(kind.length + 1)).join(', ');
  throw fault(`expected a ${kind} as ${form} (${list || 'there is none'}), found "${name}"`);
}

const fault = (message: string): ConfigError => new ConfigError('the command', [{ path: '', message }]);

async function chainRoots(
  { kind, name, dataset, direction }: LineageRequest,
  manifests: Manifests,
  { store, filesOf }: LineageDependencies,
): Promise<{ readonly ids: readonly string[]; readonly nodes: readonly LineageNode[] }> {
  const names = [...new Set(manifests.datasets.map((one) => one.name))];
  const newest = new Map<string, string>();
  for (const one of names) newest.set(one, (await newestVersion(store, `datasets/${one}`)) ?? '');
  const ledger = createStoreLedger(store);
  const found: FoundChain[] = [];
  for (const manifest of datasetsToSearch(manifests.datasets, newest, dataset)) {
    const all = await findChains(name.toLowerCase(), { store, ledger, files: filesOf(manifest) });
    const own = kind === 'chain' ? all.filter((chain) => chain.chainId.startsWith(name.toLowerCase())) : all;
    found.push(...own);
  }
  if (found.length === 0) {
    const where = dataset ? `data set ${dataset.name}` : `the newest versions of ${names.join(', ') || 'no data set'}`;
    throw fault(`expected the id of a ${kind} of ${where}, or the beginning of one, found "${name}"`);
  }
  const ids = [...new Set(found.map((chain) => chainId(chain.chainId)))];
  const nodes = found.flatMap((chain) => chain.nodes);
  return { ids, nodes: direction === 'up' ? nodes : [...(await picked(found, manifests, store)), ...nodes] };
}

/** Training sets as made of the chains that they took. They stand before those made of their data sets alone, which they replace. */
async function picked(found: readonly FoundChain[], manifests: Manifests, store: ObjectStore): Promise<LineageNode[]> {
  const picks = await trainingsWith(store, manifests.trainings, new Set(found.map((chain) => chain.chainId)));
  return lineageNodes(manifests).flatMap((node) => {
    const own = picks.filter(({ training }) => trainingId(training) === node.id).map((pick) => chainId(pick.chainId));
    return node.kind === 'training' && own.length > 0 ? [{ ...node, madeOf: [...own, ...node.madeOf] }] : [];
  });
}
