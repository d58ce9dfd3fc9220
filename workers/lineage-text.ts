import type { LineageNode, LineageTree } from '../activities/lineage/lineage-graph.js';

/** A lineage as a tree of lines: what a thing is, and below it what it was made of, or what was made of it. */
export function lineageText(trees: readonly LineageTree[]): string {
  return trees.map((tree) => linesOf(tree).join('\n')).join('\n\n');
}

function linesOf({ id, facts, repeated, branches }: LineageTree): string[] {
  const words = repeated ? '(above)' : factWords(facts);
  return [
    `${id}${words === '' ? '' : `  ${words}`}`,
    ...branches.flatMap((branch, index) => {
      const isLast = index === branches.length - 1;
      const [first = '', ...rest] = linesOf(branch);
      return [`${isLast ? '└─' : '├─'} ${first}`, ...rest.map((line) => `${isLast ? '  ' : '│ '} ${line}`)];
    }),
  ];
}

const factWords = (facts: LineageNode['facts']): string =>
  Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${String(value).replace(/\s+/g, ' ')}`)
    .join('; ');
