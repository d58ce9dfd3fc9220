import type { Benchmark } from '../../config/benchmark.js';
import { contentVersions, type ContentVersions } from '../../config/content-versions.js';
import type { Deployment } from '../../config/deployment.js';
import { parseRecipe } from '../../config/load.js';
import { loadPrompts } from '../../config/prompts.js';
import { promptNamesOf } from '../../config/recipe-uses.js';
import { parseResolvedRecipe, resolveRecipe, type ResolvedRecipe } from '../../config/resolve.js';
import type { TrainingPresets } from '../../config/training-preset.js';
import type { PlanRef } from '../references.js';
import type { SourcePresets } from '../sources/row-form.js';
import { readJson, writeJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { readPlanManifest } from './plan-manifest.js';
import { resolvedRecipeKey } from './prepare-run.js';

/** A model that is served for a run alone, by the name that its recipe has for it. */
export interface ServedTeacher {
  readonly pool: string;
  /** In requests, and so in call keys. */
  readonly model: string;
}

/** Recipes with prompts, models and defaults filled in, kept in the store: a run uses the one that it started with to its end. */
export interface ResolvedRecipes {
  /** Checks, resolves and keeps a recipe; `served` is one more pool beside the deployment's. Throws ConfigError with all faults. */
  resolve(run: string, recipe: unknown, served?: ServedTeacher): Promise<ResolvedRecipe>;
  read(run: string, fingerprint: string): Promise<ResolvedRecipe>;
  /** Versions of what follows from a data set, of a recipe as it was written. Throws ConfigError with all faults. */
  contentVersions(recipe: unknown, dataset: { readonly name: string; readonly version: string }): ContentVersions;
  /** The recipe that a plan was made by. */
  ofPlan(plan: PlanRef): Promise<ResolvedRecipe>;
}

export function createResolvedRecipes(dependencies: {
  store: ObjectStore;
  deployment: Deployment;
  presets: SourcePresets;
  /** @default none */
  benchmarks?: Readonly<Record<string, Benchmark>>;
  /** @default those that students name are not looked at */
  trainingPresets?: TrainingPresets;
}): ResolvedRecipes {
  const { store, deployment, presets, benchmarks = {}, trainingPresets } = dependencies;
  // Immutable objects under content keys: kept for the life of the process.
  const known = new Map<string, Promise<ResolvedRecipe>>();
  const once = (key: string, load: () => Promise<ResolvedRecipe>): Promise<ResolvedRecipe> => {
    const cached = known.get(key);
    if (cached) return cached;
    const loading = load();
    known.set(key, loading);
    loading.catch(() => known.delete(key));
    return loading;
  };

  async function readKey(key: string): Promise<ResolvedRecipe> {
    const found = await readJson(store, key);
    if (found === undefined)
      throw new Error(`${key} is missing in ${store.description}: was it deleted? Run again under another run name.`);
    return parseResolvedRecipe(found, key);
  }

  const read = (run: string, fingerprint: string): Promise<ResolvedRecipe> => {
    const key = resolvedRecipeKey(run, fingerprint);
    return once(key, () => readKey(key));
  };

  return {
    async resolve(run, value, served) {
      const recipe = parseRecipe(value, 'recipe');
      const resolved = resolveRecipe({
        recipe,
        deployment: served ? withPool(deployment, served) : deployment,
        prompts: await loadPrompts(promptNamesOf(recipe), deployment.prompts),
        presets,
        benchmarks,
        trainingPresets,
      });
      await writeJson(store, resolvedRecipeKey(run, resolved.fingerprint), resolved);
      // What the fingerprint leaves out may have changed: the newest words of a run count.
      known.set(resolvedRecipeKey(run, resolved.fingerprint), Promise.resolve(resolved));
      return resolved;
    },
    read,
    contentVersions: (value, dataset) => contentVersions(parseRecipe(value, 'recipe'), dataset, deployment.models),
    ofPlan: (plan) =>
      once(`${plan.run}/${plan.planId}`, async () =>
        read(plan.run, (await readPlanManifest(store, plan.run, plan.planId)).fingerprint),
      ),
  };
}

/** Where it is served changes nothing that is built: only the model's name is read of it here. */
function withPool(deployment: Deployment, { pool, model }: ServedTeacher): Deployment {
  const free = { inputPerMillion: 0, outputPerMillion: 0 };
  const config = { model, endpoints: [], timeoutMs: 1, price: free, structuredOutput: true };
  return { ...deployment, pools: { ...deployment.pools, [pool]: config } };
}
