import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BenchmarkForm, type Benchmark } from './benchmark.js';
import { canonicalJson } from './canonical-json.js';
import { benchmarkFaults, benchmarksOf } from './check-cleaning.js';
import { checkAgainstDeployment } from './check-recipe.js';
import { presetPlaceFault } from './check-sources.js';
import { evaluationFaults } from './check-training.js';
import { ConfigError, fieldPath, type ConfigFault } from './config-error.js';
import type { Deployment } from './deployment.js';
import { check } from './load.js';
import { Name } from './names.js';
import { PromptSchema, type Prompt } from './prompts.js';
import { laterPromptUses, poolUses, promptUses } from './recipe-uses.js';
import { Recipe, type Source } from './recipe.js';
import type { SelfImprove } from './self-improve.js';
import { SourcePreset } from './source-preset.js';
import { trainingPresetFault, trainingPresetFaults, type TrainingPresets } from './training-preset.js';

/** A recipe with everything filled in that decides about the data: what a run stores, and uses to its end. */
export interface ResolvedRecipe {
  readonly schema: 1;
  readonly recipe: Recipe;
  /** The prompts that the recipe uses, by name. */
  readonly prompts: Readonly<Record<string, Prompt>>;
  /** The source presets that the recipe uses, by name. */
  readonly presets: Readonly<Record<string, SourcePreset>>;
  /** Forms of the benchmarks that the recipe is decontaminated against, by name; left out when there are none. */
  readonly benchmarks?: Readonly<Record<string, BenchmarkForm>> | undefined;
  /** Model of each pool that the recipe uses. */
  readonly models: Readonly<Record<string, string>>;
  /** SHA-256, hex, of all of this except {@link NOT_IN_FINGERPRINT}. */
  readonly fingerprint: string;
}

/** What may differ between two builds of the same data, with the reason; `*` stands for any key. Everything else is in the fingerprint. */
export const NOT_IN_FINGERPRINT: readonly { readonly path: string; readonly reason: string }[] = [
  { path: 'fingerprint', reason: 'is made from the rest' },
  { path: 'recipe.description', reason: "stands on the data set's card only" },
  { path: 'recipe.language', reason: "stands on the data set's card only" },
  { path: 'recipe.trainingSets', reason: 'is drawn from the data set when it is there' },
  { path: 'recipe.students', reason: 'are trained on the training sets' },
  { path: 'recipe.evaluations', reason: 'ask models when they are there' },
  { path: 'recipe.selfImprove', reason: 'begins when the students are there' },
  { path: 'recipe.gates', reason: 'judge what was made' },
  { path: 'recipe.limits.questionsInFlight', reason: 'changes the speed, not the answers' },
  { path: 'recipe.limits.maxBadRows', reason: 'decides whether a run fails, not what a row becomes' },
  { path: 'recipe.limits.maxFailedShare', reason: 'decides whether a run fails, not what a row becomes' },
  { path: 'recipe.limits.maxCost', reason: 'stops a run that goes on with the same data once the limit is raised' },
  { path: 'presets.*.description', reason: 'is a note for people' },
  { path: 'presets.*.home', reason: 'is a note for people' },
  { path: 'presets.*.notes', reason: 'is a note for people' },
];

/** Schema of a stored resolved recipe. */
const Stored = z.strictObject({
  schema: z.literal(1),
  recipe: Recipe,
  prompts: z.record(Name, PromptSchema),
  presets: z.record(Name, SourcePreset),
  benchmarks: z.record(Name, BenchmarkForm).optional(),
  models: z.record(Name, z.string().min(1)),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
});

export interface ResolveInput {
  readonly recipe: Recipe;
  readonly deployment: Deployment;
  /** All that the recipe uses, or more (loadPrompts). */
  readonly prompts: Readonly<Record<string, Prompt>>;
  /** All that there are. */
  readonly presets: Readonly<Record<string, SourcePreset>>;
  /** All that there are. @default none */
  readonly benchmarks?: Readonly<Record<string, Benchmark>>;
  /** All that there are. @default those that students name are not looked at */
  readonly trainingPresets?: TrainingPresets | undefined;
}

/**
 * Brings a recipe together with the prompts, presets and models that it names. Throws ConfigError when a name is unknown, a prompt is used for
 * what it is not written for, or a source has no reference answers and nobody to judge.
 */
export function resolveRecipe(input: ResolveInput): ResolvedRecipe {
  const { recipe, deployment, prompts, presets, benchmarks = {}, trainingPresets } = input;
  checkAgainstDeployment(recipe, deployment);
  const faults = [
    ...promptFaults(recipe, prompts),
    ...presetFaults(recipe, presets),
    ...(recipe.selfImprove ? exploredPresetFaults(recipe.selfImprove, presets) : []),
    ...benchmarkFaults(recipe, benchmarks),
    ...evaluationFaults(recipe, benchmarks),
    ...(trainingPresets ? trainingPresetFaults(recipe.students ?? [], trainingPresets) : []),
    ...(trainingPresets ? roundPresetFaults(recipe, trainingPresets) : []),
  ];
  if (faults.length > 0) throw new ConfigError(`recipe "${recipe.name}"`, faults);
  const resolved = {
    schema: 1 as const,
    recipe,
    prompts: pick(
      prompts,
      promptUses(recipe).map(({ prompt }) => prompt),
    ),
    presets: pick(
      presets,
      recipe.sources.flatMap(({ preset }) => preset ?? []),
    ),
    ...benchmarkForms(recipe, benchmarks),
    models: Object.fromEntries(
      poolUses(recipe).flatMap(({ pool }) =>
        deployment.pools[pool] === undefined ? [] : [[pool, deployment.pools[pool].model]],
      ),
    ),
  };
  return { ...resolved, fingerprint: fingerprintOf(resolved) };
}

/** Reads a stored resolved recipe. Throws ConfigError when it is none, or when it was changed since its fingerprint was made. */
export function parseResolvedRecipe(value: unknown, where: string): ResolvedRecipe {
  const resolved = check(Stored, value, { where, locate: () => undefined });
  // The fingerprint is that of the value as stored: a newer version may add defaults to what it reads.
  const fingerprint = fingerprintOf(value as object);
  if (fingerprint !== resolved.fingerprint)
    throw new ConfigError(where, [
      {
        path: 'fingerprint',
        message: `expected ${fingerprint}, found ${resolved.fingerprint}: the recipe was changed after it was stored`,
      },
    ]);
  return resolved;
}

/** SHA-256, hex, of a resolved recipe without what may differ. */
export function fingerprintOf(resolved: object): string {
  const paths = NOT_IN_FINGERPRINT.map(({ path }) => path.split('.'));
  return createHash('sha256')
    .update(canonicalJson(without(resolved, paths)))
    .digest('hex');
}

/** A copy of a value without the fields at some paths. */
function without(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const below = paths.filter(([first]) => first === key || first === '*').map((path) => path.slice(1));
    return below.some((path) => path.length === 0) ? [] : [[key, without(child, below)]];
  });
  return Object.fromEntries(entries);
}

function pick<Value>(all: Readonly<Record<string, Value>>, names: readonly string[]): Record<string, Value> {
  const used = [...new Set(names)].sort();
  return Object.fromEntries(used.flatMap((name) => (Object.hasOwn(all, name) ? [[name, all[name] as Value]] : [])));
}

/** Only how they are read: a grader or a note that changes makes no other data. */
function benchmarkForms(
  recipe: Recipe,
  known: Readonly<Record<string, Benchmark>>,
): { benchmarks?: Record<string, BenchmarkForm> } {
  const used = pick(
    known,
    benchmarksOf(recipe).map(({ name }) => name),
  );
  const forms = Object.entries(used).map(([name, { hub, size, question }]): [string, BenchmarkForm] => [
    name,
    { ...(hub && { hub }), size, question },
  ]);
  return forms.length === 0 ? {} : { benchmarks: Object.fromEntries(forms) };
}

function promptFaults(recipe: Recipe, prompts: Readonly<Record<string, Prompt>>): ConfigFault[] {
  return [...promptUses(recipe), ...laterPromptUses(recipe)].flatMap(({ path, prompt: name, use }) => {
    const prompt = Object.hasOwn(prompts, name) ? prompts[name] : undefined;
    if (prompt === undefined)
      return [{ path: fieldPath(path), message: `expected the name of a prompt (${list(prompts)}), found "${name}"` }];
    return prompt.use === use
      ? []
      : [
          {
            path: fieldPath(path),
            message: `expected a prompt for "${use}", found "${name}", which is for "${prompt.use}"`,
          },
        ];
  });
}

const presetFaults = (
  { sources, validation }: Recipe,
  presets: Readonly<Record<string, SourcePreset>>,
): ConfigFault[] =>
  sourcePresetFaults(sources, { presets, judge: validation.judge, path: ['sources'], judgePath: 'validation.judge' });

const exploredPresetFaults = (
  { explore: { sources, judge } }: SelfImprove,
  presets: Readonly<Record<string, SourcePreset>>,
): ConfigFault[] =>
  sourcePresetFaults(sources, {
    presets,
    judge,
    path: ['selfImprove', 'explore', 'sources'],
    judgePath: 'explore.judge',
  });

interface PresetContext {
  readonly presets: Readonly<Record<string, SourcePreset>>;
  /** Who says what is right where there are no answers. */
  readonly judge: unknown;
  /** Where the sources stand. */
  readonly path: readonly string[];
  readonly judgePath: string;
}

function sourcePresetFaults(
  sources: readonly Source[],
  { presets, judge, path: at, judgePath }: PresetContext,
): ConfigFault[] {
  return sources.flatMap((source, index) => {
    const { preset: name } = source;
    if (name === undefined) return [];
    const path = fieldPath([...at, index, 'preset']);
    const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
    if (preset === undefined)
      return [{ path, message: `expected the name of a preset (${list(presets)}), found "${name}"` }];
    const place = presetPlaceFault(source, preset);
    const placeFaults =
      place === undefined ? [] : [{ path: fieldPath([...at, index, place.field]), message: place.message }];
    const answers = preset.forms.every((form) => form.answer !== undefined || form.tests !== undefined);
    if (answers || judge !== undefined) return placeFaults;
    const message = `expected a preset with reference answers or tests, or ${judgePath}: "${name}" has none, and nothing could be verified`;
    return [...placeFaults, { path, message }];
  });
}

/** The presets of rounds, where the recipe names some. */
function roundPresetFaults({ selfImprove }: Recipe, presets: TrainingPresets): ConfigFault[] {
  if (!selfImprove) return [];
  const { improve, rounds = [] } = selfImprove;
  const named = [
    { path: ['improve', 'preset'], preset: improve.preset },
    ...rounds.map(({ improve: change }, index) => ({
      path: ['rounds', index, 'improve', 'preset'],
      preset: change['preset'] as string | undefined,
    })),
  ];
  return named.flatMap(({ path, preset }) => {
    if (preset === undefined) return [];
    const message = trainingPresetFault(preset, { method: improve.variant, presets });
    return message === undefined ? [] : [{ path: fieldPath(['selfImprove', ...path]), message }];
  });
}

const list = (named: Readonly<Record<string, unknown>>): string =>
  Object.keys(named).sort().join(', ') || 'there are none';
