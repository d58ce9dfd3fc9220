import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import { ConfigError } from '../../config/config-error.js';
import { parseDeployment, parseRecipe } from '../../config/load.js';
import { loadPrompts } from '../../config/prompts.js';
import { promptNamesOf } from '../../config/recipe-uses.js';
import {
  fingerprintOf,
  NOT_IN_FINGERPRINT,
  parseResolvedRecipe,
  resolveRecipe,
  type ResolveInput,
} from '../../config/resolve.js';
import type { SourcePreset } from '../../config/source-preset.js';
import { loadTrainingPresets } from '../../config/training-preset.js';
import { improvingRecipe } from './improving-recipe.js';
import { sampleDeployment, sampleRecipe, withField } from './sample-recipe.js';

const preset: SourcePreset = {
  description: 'd',
  home: 'https://example.org/set',
  licence: 'MIT',
  notes: '',
  forms: [{ question: 'q', answer: 'a', extract: 'boxed' }],
};
const recipe = parseRecipe(
  {
    ...sampleRecipe(),
    description: 'a sample',
    sources: [
      {
        name: 'words',
        path: 'words.jsonl',
        fields: { question: ['q', 'r'], answer: 'a', chains: { form: 'think', fields: ['c'] } },
      },
      {
        name: 'set',
        path: ['a.jsonl', 'b.jsonl'],
        preset: 'set',
        revision: 'r1',
        licence: 'MIT',
        domain: 'math',
        limit: 5,
      },
    ],
    teachers: [
      {
        name: 'one',
        pool: 'big',
        chains: 2,
        sampling: { temperature: 0.7, maxTokens: 100, chatTemplateKwargs: { enable_thinking: false } },
      },
    ],
    limits: { maxCost: 5, maxQuestions: 10 },
  },
  'sample',
);
const prompts = await loadPrompts([...promptNamesOf(recipe), 'mini-solve', 'shorten']);
const input: ResolveInput = {
  recipe,
  deployment: parseDeployment(sampleDeployment(), 'deployment'),
  prompts,
  presets: { set: preset, other: preset },
};
const resolved = resolveRecipe(input);

/** Path of every leaf of a JSON value, as keys. */
function leaves(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
}

const isFree = (path: readonly string[]): boolean =>
  NOT_IN_FINGERPRINT.some((free) => {
    const segments = free.path.split('.');
    return (
      segments.length <= path.length && segments.every((segment, index) => segment === '*' || segment === path[index])
    );
  });

const changed = (path: readonly string[], value: unknown): object =>
  withField(resolved, path.join('.'), value) as object;

function faultsOf(resolve: () => unknown): string[] {
  try {
    resolve();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => `${fault.path}: ${fault.message}`);
    throw error;
  }
  return [];
}

describe('resolveRecipe', () => {
  it('holds the prompts, presets and models that the recipe uses, and no others', () => {
    expect(Object.keys(resolved.prompts)).toEqual([
      'extend',
      'rate',
      'score-difficulty',
      'score-verbosity',
      'simplify',
      'solve',
      'validate',
    ]);
    expect(Object.keys(resolved.presets)).toEqual(['set']);
    expect(resolved.models).toEqual({ big: 'big-model', judge: 'judge-model' });
    expect(resolved.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<ResolveInput>, string]>([
    [
      'an unknown prompt',
      { prompts: {} },
      'teachers[0].prompt: expected the name of a prompt (there are none), found "solve"',
    ],
    [
      'an unknown preset',
      { presets: { gsm8k: preset } },
      'sources[1].preset: expected the name of a preset (gsm8k), found "set"',
    ],
    [
      'a prompt for something else',
      { recipe: { ...recipe, teachers: recipe.teachers.map((teacher) => ({ ...teacher, prompt: 'validate' })) } },
      'teachers[0].prompt: expected a prompt for "solve", found "validate", which is for "validate"',
    ],
    [
      'an unknown pool',
      { deployment: parseDeployment({ ...sampleDeployment(), pools: {} }, 'd') },
      'teachers[0].pool: expected the name of a pool',
    ],
    [
      'a preset without answers where nobody judges',
      {
        recipe: { ...recipe, validation: { ...recipe.validation, judge: undefined, keep: 'solution' } },
        presets: { set: { ...preset, forms: [{ question: 'q', extract: 'none' }] } },
      },
      'sources[1].preset: expected a preset with reference answers or tests, or validation.judge',
    ],
  ])('refuses %s', (_what, part, fault) => {
    expect(faultsOf(() => resolveRecipe({ ...input, ...part }))[0]).toContain(fault);
  });
});

describe('resolveRecipe of a recipe that goes on by itself', () => {
  const deployment = parseDeployment(
    {
      ...sampleDeployment(),
      launchers: { here: { kind: 'process', directory: 'jobs' } },
      models: { qwen: { directory: 'qwen' } },
      trainers: { default: { launcher: 'here' } },
      servers: { default: { launcher: 'here', command: ['serve', '{model}'] } },
    },
    'deployment',
  );
  const unanswered: SourcePreset = { ...preset, forms: [{ question: 'q', extract: 'none' }] };
  const presets = { set: preset, unanswered };
  const improving = (field: string, value: unknown) =>
    parseRecipe(withField(improvingRecipe(), `selfImprove.${field}`, value), 'sample');
  const hard = (name: string) => [{ name: 'hard', preset: name, path: 'hard.jsonl' }];
  const resolveImproving = async (one: typeof recipe) => {
    const known = await loadPrompts(['question-only', 'solve', 'validate', 'mini-solve', ...promptNamesOf(recipe)]);
    const all = { benchmarks: await loadBenchmarks(), trainingPresets: await loadTrainingPresets() };
    return faultsOf(() => resolveRecipe({ recipe: one, deployment, prompts: known, presets, ...all }));
  };

  it.each([
    ['explore.prompt', 'question-onyl', 'explore.prompt: expected the name of a prompt ('],
    ['explore.prompt', 'validate', 'explore.prompt: expected a prompt for "solve", found "validate"'],
    [
      'explore.judge',
      { pool: 'judge', prompt: 'solve' },
      'explore.judge.prompt: expected a prompt for "validate", found "solve"',
    ],
    [
      'explore.sources',
      hard('sett'),
      'explore.sources[0].preset: expected the name of a preset (set, unanswered), found "sett"',
    ],
    [
      'explore.sources',
      hard('unanswered'),
      'explore.sources[0].preset: expected a preset with reference answers or tests, or explore.judge',
    ],
    ['improve', { variant: 'sft', preset: 'still2-dpo' }, 'improve.preset: expected a preset for sft'],
    [
      'rounds',
      [{ round: 2, improve: { preset: 'still2-dpo' } }],
      'rounds[0].improve.preset: expected a preset for sft',
    ],
  ])('finds what is wrong with %s before the build', async (field, value, fault) => {
    expect(await resolveImproving(improving(field, value))).toEqual([expect.stringContaining(`selfImprove.${fault}`)]);
  });

  it.each([
    ['prompt', 'slove', 'expected the name of a prompt ('],
    ['prompt', 'validate', 'expected a prompt for "solve", found "validate"'],
    ['difficulty', { pool: 'judge', prompt: 'solve' }, 'expected a prompt for "difficulty", found "solve"'],
  ])('finds that an evaluation has no such %s before the build: %j', async (field, value, fault) => {
    const one = parseRecipe(withField(improvingRecipe(), `evaluations.0.${field}`, value), 'sample');
    expect(await resolveImproving(one)).toEqual([expect.stringContaining(`evaluations[0].${field}`)]);
    expect(await resolveImproving(one)).toEqual([expect.stringContaining(fault)]);
  });

  it('keeps the prompts of the exploration out of what the build stores, and out of its fingerprint', async () => {
    const of = async (prompt: string) => {
      const one = improving('explore.prompt', prompt);
      expect(promptNamesOf(one)).toContain(prompt);
      const all = { prompts: await loadPrompts(promptNamesOf(one)), benchmarks: await loadBenchmarks() };
      return resolveRecipe({ recipe: one, deployment, presets, ...all });
    };
    const [first, second] = [await of('question-only'), await of('mini-solve')];
    expect(Object.keys(first.prompts)).not.toContain('question-only');
    expect(second.fingerprint).toBe(first.fingerprint);
  });
});

describe('the fingerprint', () => {
  const held = leaves(resolved).filter((path) => !isFree(path));

  it('is the same for the same recipe, however it is written and whatever else the deployment has', () => {
    const written = parseRecipe(JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(recipe).reverse()))), 'x');
    const deployment = parseDeployment(
      {
        ...sampleDeployment(),
        store: { kind: 's3', bucket: 'b' },
        worker: { mathVerifyProcesses: 2 },
        pools: {
          ...sampleDeployment().pools,
          big: { model: 'big-model', endpoints: [{ url: 'http://other/v1' }], timeoutMs: 5 },
        },
      },
      'x',
    );
    expect(resolveRecipe({ ...input, recipe: written, deployment }).fingerprint).toBe(resolved.fingerprint);
  });

  it('changes with every leaf but the listed ones', () => {
    expect(held.length).toBeGreaterThan(60);
    fc.assert(
      fc.property(
        fc.constantFrom(...held),
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
        (path, value) => {
          const current = path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], resolved);
          fc.pre(value !== current);
          expect(fingerprintOf(changed(path, value)), path.join('.')).not.toBe(resolved.fingerprint);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('changes when a leaf is added or taken away', () => {
    for (const path of held)
      expect(fingerprintOf(changed(path, undefined)), path.join('.')).not.toBe(resolved.fingerprint);
    expect(fingerprintOf(changed(['recipe', 'limits', 'more'], 1))).not.toBe(resolved.fingerprint);
  });

  it.each(NOT_IN_FINGERPRINT.map(({ path, reason }) => [path, reason]))('leaves %s out, since it %s', (path) => {
    expect(fingerprintOf(changed(path.replace('*', 'set').split('.'), 'else'))).toBe(resolved.fingerprint);
  });
});

describe('parseResolvedRecipe', () => {
  const stored = (): unknown => JSON.parse(JSON.stringify(resolved));

  it('reads back what was stored', () => {
    expect(parseResolvedRecipe(stored(), 'runs/a')).toEqual(resolved);
  });

  it.each<[string, string, unknown, string]>([
    ['changed since', 'models.big', 'other-model', 'fingerprint: expected '],
    ['of another schema', 'schema', 2, 'schema: expected 1, found 2'],
    ['with a broken recipe', 'recipe.teachers[0].pool', 'http://x', 'recipe.teachers[0].pool: expected a name'],
    ['with an unknown field', 'extra', 1, 'extra: unknown field'],
  ])('refuses one %s', (...[, path, value, fault]) => {
    expect(faultsOf(() => parseResolvedRecipe(withField(stored(), path, value), 'runs/a'))).toEqual([
      expect.stringContaining(fault),
    ]);
  });
});
