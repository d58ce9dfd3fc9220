import { loadBenchmarks } from '../activities/cleaning/benchmarks.js';
import { loadSourcePresets } from '../activities/sources/source-presets.js';
import type { Deployment } from '../config/deployment.js';
import { loadRecipe } from '../config/load.js';
import { loadPrompts } from '../config/prompts.js';
import { promptNamesOf } from '../config/recipe-uses.js';
import type { Recipe } from '../config/recipe.js';
import { resolveRecipe } from '../config/resolve.js';
import { loadTrainingPresets } from '../config/training-preset.js';

/** A recipe file that was checked against a deployment as a run of it would be. Throws ConfigError with all faults. */
export async function loadCheckedRecipe(file: string, deployment: Deployment): Promise<Recipe> {
  const recipe = await loadRecipe(file);
  resolveRecipe({
    ...{ recipe, deployment },
    prompts: await loadPrompts(promptNamesOf(recipe), deployment.prompts),
    presets: await loadSourcePresets(),
    benchmarks: await loadBenchmarks(),
    trainingPresets: await loadTrainingPresets(),
  });
  return recipe;
}
