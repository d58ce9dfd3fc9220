import type { DeploymentInput } from '../../config/deployment.js';
import type { RecipeInput } from '../../config/recipe.js';

/** A small valid recipe for tests to break. */
export const sampleRecipe = (): RecipeInput => ({
  name: 'sample',
  sources: [{ name: 'words', path: 'words.jsonl', fields: { question: 'q', answer: 'a' } }],
  teachers: [{ name: 'one', pool: 'big', chains: 2, sampling: { temperature: 0.7 } }],
  validation: { judge: { pool: 'judge' } },
  scoring: { pool: 'judge' },
  alignment: { critic: { pool: 'judge' }, rewriter: { pool: 'big' } },
});

/** A deployment with all that {@link sampleRecipe} names, and more. */
export const sampleDeployment = (): DeploymentInput => ({
  store: { kind: 'file', directory: 'store' },
  inputs: { data: { kind: 'directory', directory: 'data' } },
  pools: {
    big: { model: 'big-model', endpoints: [{ url: 'http://big.internal:8000/v1' }] },
    judge: { model: 'judge-model', endpoints: [{ url: 'http://judge.internal:8000/v1' }] },
    unused: { model: 'unused-model', endpoints: [{ url: 'http://unused.internal:8000/v1' }] },
  },
});

/** A copy of a value with one field set, its parents made where they are missing. `path` as in messages: `teachers[0].pool`. */
export function withField(value: unknown, path: string, field: unknown): unknown {
  const copy: unknown = structuredClone(value);
  const segments = path.split(/[.[\]]+/).filter((segment) => segment !== '');
  const last = segments.pop() ?? '';
  const parent = segments.reduce<Record<string, unknown>>(
    (node, segment) => (node[segment] ??= {}) as Record<string, unknown>,
    copy as Record<string, unknown>,
  );
  Object.defineProperty(parent, last, { value: field, enumerable: true, configurable: true, writable: true });
  return copy;
}
