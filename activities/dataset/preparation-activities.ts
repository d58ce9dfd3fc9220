import type { ContentVersions } from '../../config/content-versions.js';
import { withEffort } from '../activity-context.js';
import { preparedRun, type PreparedRun } from './prepare-run.js';
import type { ResolvedRecipes, ServedTeacher } from './resolved-recipes.js';

/** Activities that read a recipe as it was written. */
export function createPreparationActivities(recipes: ResolvedRecipes) {
  /** Checks a recipe against this deployment, fills it in and keeps it. Fails with Input.Invalid, all faults named. */
  async function prepareRun({
    run,
    recipe,
    served,
  }: {
    run: string;
    recipe: unknown;
    served?: ServedTeacher;
  }): Promise<PreparedRun> {
    return withEffort(async () => preparedRun(await recipes.resolve(run, recipe, served)));
  }

  /** Versions that name what the training sets and students of a recipe are made of. Fails with Input.Invalid. */
  async function nameVersions(input: {
    recipe: unknown;
    dataset: { readonly name: string; readonly version: string };
  }): Promise<ContentVersions> {
    return withEffort(() => Promise.resolve(recipes.contentVersions(input.recipe, input.dataset)));
  }

  return { prepareRun, nameVersions };
}
