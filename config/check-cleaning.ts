import type { BenchmarkForm } from './benchmark.js';
import type { BenchmarkFile } from './cleaning.js';
import { fieldPath, type ConfigFault, type Path, type Report } from './config-error.js';
import type { Deployment } from './deployment.js';
import type { Recipe } from './recipe.js';

const pathOf = (index: number, field: keyof BenchmarkFile): Path => [
  ...['cleaning', 'decontamination', 'benchmarks'],
  index,
  field,
];

/** The benchmarks that a recipe is decontaminated against. */
export const benchmarksOf = ({ cleaning }: Pick<Recipe, 'cleaning'>): readonly BenchmarkFile[] =>
  cleaning?.decontamination?.benchmarks ?? [];

/** Each benchmark once. */
export function checkBenchmarks(recipe: Pick<Recipe, 'cleaning'>, report: Report): void {
  const names = benchmarksOf(recipe).map(({ name }) => name);
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (first < index)
      report(
        pathOf(index, 'name'),
        `expected another benchmark than that of benchmarks[${first}], found "${name}" again`,
      );
  });
}

/** Inputs must exist; a benchmark that is not read from the Hub needs a path. */
export function benchmarkInputFaults(recipe: Recipe, { inputs }: Deployment): ConfigFault[] {
  const known = Object.keys(inputs).sort();
  return benchmarksOf(recipe).flatMap(({ input, path, dataset }, index) => {
    const fault = (field: keyof BenchmarkFile, message: string) => [{ path: fieldPath(pathOf(index, field)), message }];
    const found = Object.hasOwn(inputs, input) ? inputs[input] : undefined;
    if (found === undefined)
      return fault('input', `expected the name of an input of the deployment (${list(known)}), found "${input}"`);
    if (found.kind === 'hub') return [];
    if (dataset !== undefined)
      return fault('input', `expected an input of kind hub for ${dataset}; "${input}" is a ${found.kind}`);
    return path === undefined ? fault('path', `expected a file: "${input}" is not the Hub`) : [];
  });
}

/** A benchmark is one that there is, or the recipe says where its questions stand. */
export function benchmarkFaults(recipe: Recipe, known: Readonly<Record<string, BenchmarkForm>>): ConfigFault[] {
  return benchmarksOf(recipe).flatMap(({ name, question, path }, index) => {
    const form = Object.hasOwn(known, name) ? known[name] : undefined;
    if (form === undefined && question === undefined)
      return [
        {
          path: fieldPath(pathOf(index, 'name')),
          message: `expected the name of a benchmark (${list(Object.keys(known).sort())}), or question beside it; found "${name}"`,
        },
      ];
    return path !== undefined || form?.hub !== undefined
      ? []
      : [{ path: fieldPath(pathOf(index, 'path')), message: `expected a file: "${name}" names none` }];
  });
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'there are none' : names.join(', '));
