import { describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import { ConfigError } from '../../config/config-error.js';
import { parseDeployment } from '../../config/load.js';
import { loadPrompts } from '../../config/prompts.js';
import { promptNamesOf } from '../../config/recipe-uses.js';
import { Recipe } from '../../config/recipe.js';
import { parseResolvedRecipe, resolveRecipe } from '../../config/resolve.js';

const benchmarks = await loadBenchmarks();

const recipeOf = (cleaning?: object) =>
  Recipe.parse({
    name: 'sums',
    sources: [{ name: 'sums', path: 'sums.jsonl', fields: { question: 'q', answer: 'a' } }],
    teachers: [{ name: 'slow', pool: 'p', chains: 2 }],
    validation: { judge: { pool: 'p' } },
    ...(cleaning && { cleaning }),
  });
const deployment = parseDeployment(
  {
    store: { kind: 'file', directory: 'store' },
    inputs: { data: { kind: 'directory', directory: '.' }, hub: { kind: 'hub' } },
    pools: { p: { model: 'm', endpoints: [{ url: 'http://p.internal/v1' }] } },
  },
  'test',
);
const prompts = await loadPrompts(promptNamesOf(recipeOf()));
const resolve = (cleaning?: object) =>
  resolveRecipe({ recipe: recipeOf(cleaning), deployment, prompts, presets: {}, benchmarks });
const against = (...entries: object[]) => ({ decontamination: { benchmarks: entries } });

function faultsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe('the shipped benchmarks', () => {
  it('are those of the reports and our own, with what may be done with them', () => {
    expect(
      Object.entries(benchmarks).map(([name, { size, redistributable }]) => [name, size, redistributable]),
    ).toEqual([
      ['aime24', 30, false],
      ['gpqa-diamond', 198, false],
      ['gsm8k-test', 1319, true],
      ['livecodebench-v2', 511, false],
      ['math500', 500, true],
      ['mmlu-pro', 12032, true],
      ['word-problems-choice', 100, true],
      ['word-problems', 200, true],
    ]);
  });

  it.each(Object.entries(benchmarks))('%s can be named in a recipe and read from its home', (name, { hub }) => {
    const resolved = resolve(against({ name, ...(hub ? { input: 'hub' } : { path: 'rows.jsonl' }) }));
    expect(Object.keys(resolved.benchmarks ?? {})).toEqual([name]);
    expect(parseResolvedRecipe(JSON.parse(JSON.stringify(resolved)), 'here')).toEqual(resolved);
  });
});

describe('cleaning in a recipe', () => {
  it('is left out of recipes that do not name it, and so of their fingerprints', () => {
    const plain = resolve();
    expect(plain.recipe).not.toHaveProperty('cleaning');
    expect(plain).not.toHaveProperty('benchmarks');
  });

  it('is part of the fingerprint', () => {
    const fingerprints = [
      {},
      { nearDuplicates: {} },
      { nearDuplicates: { similarity: 0.9 } },
      against({ name: 'aime24', input: 'hub' }),
      against({ name: 'math500', input: 'hub' }),
    ].map((cleaning) => resolve(cleaning).fingerprint);
    expect(new Set([...fingerprints, resolve().fingerprint]).size).toBe(6);
  });

  it('keeps notes about a benchmark out of the fingerprint', () => {
    const cleaning = against({ name: 'aime24', input: 'hub' });
    const noted = Object.entries(benchmarks).map(([name, one]) => [name, { ...one, notes: 'other', title: 'other' }]);
    const again = resolveRecipe({
      ...{ recipe: recipeOf(cleaning), deployment, prompts, presets: {} },
      benchmarks: Object.fromEntries(noted) as typeof benchmarks,
    });
    expect(again.fingerprint).toBe(resolve(cleaning).fingerprint);
  });

  const at = (field: string, index = 0) => `cleaning.decontamination.benchmarks[${index}].${field}`;
  it.each([
    [[{ name: 'nowhere', path: 'a.jsonl' }], `${at('name')}: expected the name of a benchmark (aime24, gpqa-diamond`],
    [[{ name: 'aime24' }], `${at('path')}: expected a file: "data" is not the Hub`],
    [[{ name: 'aime24', input: 'away', path: 'a.jsonl' }], `${at('input')}: expected the name of an input`],
    [[{ name: 'own', input: 'hub', question: 'q' }], `${at('path')}: expected a file: "own" names none`],
    [[{ name: 'aime24', dataset: 'a/b', path: 'a.jsonl' }], `${at('input')}: expected an input of kind hub for a/b`],
  ])('refuses %j', (entries, fault) => {
    expect(faultsOf(() => resolve(against(...entries)))[0]).toContain(fault);
  });

  it('refuses a benchmark twice', () => {
    const twice = against({ name: 'aime24', input: 'hub' }, { name: 'aime24', input: 'hub' });
    expect(Recipe.safeParse({ ...recipeOf(), cleaning: twice }).error?.issues).toMatchObject([
      {
        path: ['cleaning', 'decontamination', 'benchmarks', 1, 'name'],
        message: expect.stringContaining('again') as string,
      },
    ]);
  });

  it.each([
    ['a URL for a path', against({ name: 'aime24', path: 'https://example.org/a.jsonl' })],
    ['a path that leaves its input', against({ name: 'aime24', path: '../a.jsonl' })],
    ['a path in a dataset name', against({ name: 'aime24', dataset: '../a', path: 'a.jsonl' })],
    ['an unknown field', { nearDuplicates: { threshold: 0.8 } }],
    ['a similarity that finds everything', { nearDuplicates: { similarity: 0.1 } }],
  ])('refuses %s', (_name, cleaning) => {
    expect(() => recipeOf(cleaning)).toThrow();
  });
});
