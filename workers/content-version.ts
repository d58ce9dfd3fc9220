import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBenchmarks } from '../activities/cleaning/benchmarks.js';
import { loadSourcePresets } from '../activities/sources/source-presets.js';
import { contentVersion, contentVersions } from '../config/content-versions.js';
import type { Deployment } from '../config/deployment.js';
import { loadPrompts } from '../config/prompts.js';
import { promptNamesOf } from '../config/recipe-uses.js';
import type { Recipe } from '../config/recipe.js';
import { resolveRecipe } from '../config/resolve.js';

/**
 * The recipe with a version that names its content: prompts, models and the questions' files; those of its training sets and students name what
 * they are made of. A published version is immutable, so whoever changes one of these gets another version instead of a refusal. For the quickstart,
 * whose users never chose a version.
 */
export async function withContentVersion(recipe: Recipe, deployment: Deployment): Promise<Recipe> {
  const prompts = await loadPrompts(promptNamesOf(recipe), deployment.prompts);
  const { fingerprint } = resolveRecipe({
    ...{ recipe, deployment, prompts },
    presets: await loadSourcePresets(),
    benchmarks: await loadBenchmarks(),
  });
  const hash = createHash('sha256').update(fingerprint);
  for (const file of questionFiles(recipe, deployment)) hash.update(await readFile(file).catch(() => file));
  const version = contentVersion(recipe.version, hash.digest('hex'));
  const versions = contentVersions(recipe, { name: recipe.name, version }, deployment.models);
  const { trainingSets, students } = recipe;
  return {
    ...recipe,
    version,
    ...(trainingSets && { trainingSets: renamed(trainingSets, versions.trainingSets) }),
    ...(students && { students: renamed(students, versions.students) }),
  };
}

const renamed = <Entry extends { readonly name: string; readonly version: string }>(
  entries: readonly Entry[],
  versions: Readonly<Record<string, string>>,
): Entry[] => entries.map((entry) => ({ ...entry, version: versions[entry.name] ?? entry.version }));

/** Files of inputs that are directories; one that is missing is reported by the plan. */
function questionFiles({ sources }: Recipe, { inputs }: Deployment): string[] {
  return sources.flatMap(({ input, path }) => {
    const place = inputs[input];
    return place?.kind === 'directory' ? [path ?? []].flat().map((file) => join(place.directory, file)) : [];
  });
}
