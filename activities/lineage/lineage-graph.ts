/** What stands in a lineage. */
export type NodeKind =
  | 'score'
  | 'benchmark'
  | 'model'
  | 'base'
  | 'training'
  | 'dataset'
  | 'recipe'
  | 'source'
  | 'question'
  | 'chain'
  | 'call';

/** One thing that was made, or that something was made of. */
export interface LineageNode {
  /** Such as `model small@v1`: what `cotmill lineage` takes, for what has a name. */
  readonly id: string;
  readonly kind: NodeKind;
  /** What is known of it, by name, in the order to be shown. */
  readonly facts: Readonly<Record<string, string | number | null>>;
  /** Ids of what it was made of, in the order to be shown. */
  readonly madeOf: readonly string[];
}

/** A node with what it was made of, or with what was made of it. */
export interface LineageTree {
  readonly id: string;
  readonly kind: NodeKind;
  readonly facts: LineageNode['facts'];
  /** true: it stands in this tree before, and its branches there. */
  readonly repeated?: true;
  readonly branches: readonly LineageTree[];
}

/** up: what it was made of. down: what was made of it. */
export type Direction = 'up' | 'down';

/** Nodes by their ids. What is named and not there stands as a node that is missing. */
export type LineageGraph = ReadonlyMap<string, LineageNode>;

/** A graph of nodes; of two with one id the first counts. Pure. */
export function lineageGraph(nodes: readonly LineageNode[]): LineageGraph {
  const graph = new Map<string, LineageNode>();
  for (const node of nodes) if (!graph.has(node.id)) graph.set(node.id, node);
  for (const { madeOf } of nodes) for (const id of madeOf) if (!graph.has(id)) graph.set(id, missing(id));
  return graph;
}

const missing = (id: string): LineageNode => ({
  id,
  kind: id.slice(0, id.indexOf(' ')) as NodeKind,
  facts: { missing: 'not in this store (any more)' },
  madeOf: [],
});

/** Everything that a node was made of, or that was made of it, as a tree; undefined when the graph does not have it. Pure. */
export function lineageTree(graph: LineageGraph, id: string, direction: Direction): LineageTree | undefined {
  const next = direction === 'up' ? (node: LineageNode) => node.madeOf : madeFrom(graph);
  const shown = new Set<string>();
  const grow = (node: LineageNode): LineageTree => {
    const { kind, facts } = node;
    if (shown.has(node.id)) return { id: node.id, kind, facts: {}, repeated: true, branches: [] };
    shown.add(node.id);
    const branches = next(node).flatMap((other) => graph.get(other) ?? []);
    return { id: node.id, kind, facts, branches: branches.map(grow) };
  };
  const root = graph.get(id);
  return root && grow(root);
}

function madeFrom(graph: LineageGraph): (node: LineageNode) => readonly string[] {
  const made = new Map<string, string[]>();
  for (const { id, madeOf } of graph.values())
    for (const part of new Set(madeOf)) made.set(part, [...(made.get(part) ?? []), id]);
  return ({ id }) => made.get(id) ?? [];
}

/** Ids of one kind in a tree, each once. Pure. */
export function idsIn(tree: LineageTree, kind: NodeKind): string[] {
  const own = tree.kind === kind ? [tree.id] : [];
  return [...new Set([...own, ...tree.branches.flatMap((branch) => idsIn(branch, kind))])];
}
