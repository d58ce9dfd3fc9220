import { checkAgainstDeployment } from '../../config/check-recipe.js';
import type { Deployment } from '../../config/deployment.js';
import { parseRecipe } from '../../config/load.js';
import { withEffort } from '../activity-context.js';
import type { EvaluationResult } from '../evaluation/evaluation-result.js';
import { readEvaluationSummary, readProblemResults } from '../evaluation/read-evaluation.js';
import { writeJsonDocument } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { comparePairs } from './compare-models.js';
import { experimentPlan, type ComparedPair, type ExperimentPlan } from './experiment-plan.js';
import {
  experimentRecordKey,
  experimentTableKey,
  type EvaluatedOnce,
  type ExperimentRecord,
} from './experiment-record.js';
import type { Comparison } from './experiment-summary.js';
import { experimentMarkdown } from './experiment-table.js';

export interface ExperimentDependencies {
  readonly store: ObjectStore;
  readonly deployment: Deployment;
}

/** What an experiment has found, by counts and keys. */
export type FoundResults = Omit<ExperimentRecord, 'schema' | 'evaluations'> & {
  readonly evaluations: readonly EvaluationResult[];
};

/** Activities of the workflow `experiment`. */
export function createExperimentActivities({ store, deployment }: ExperimentDependencies) {
  /** Checks a recipe against this deployment and says what its experiment consists of. Fails with Input.Invalid, all faults named. */
  async function planExperiment({ recipe }: { recipe: unknown }): Promise<ExperimentPlan> {
    return withEffort(() => {
      const checked = parseRecipe(recipe, 'recipe');
      checkAgainstDeployment(checked, deployment);
      return Promise.resolve(experimentPlan(checked, deployment));
    });
  }

  /** Compares models by their graded answers, problem by problem. Pairs of which one was not evaluated are left out. */
  async function compareModels({
    pairs,
    evaluations,
  }: {
    pairs: readonly ComparedPair[];
    evaluations: readonly EvaluationResult[];
  }): Promise<Comparison[]> {
    return withEffort(({ progress }) =>
      comparePairs(pairs, async ({ evaluation, model }) => {
        progress(`reading ${evaluation}: ${model}`);
        const found = evaluations.find((result) => result.evaluation === evaluation && result.model === model);
        return found && readProblemResults(store, found.summaryKey);
      }),
    );
  }

  /** Writes the tables of an experiment, in place of those of an earlier execution of the run. */
  async function writeExperiment(found: FoundResults): Promise<{ tableKey: string }> {
    return withEffort(async () => {
      const evaluations: EvaluatedOnce[] = [];
      for (const result of found.evaluations)
        evaluations.push({ result, summary: await readEvaluationSummary(store, result.summaryKey) });
      const record: ExperimentRecord = { schema: 1, ...found, evaluations };
      const tableKey = experimentTableKey(found.run);
      await writeJsonDocument(store, experimentRecordKey(found.run), record);
      await store.put(tableKey, Buffer.from(experimentMarkdown(record)));
      return { tableKey };
    });
  }

  return { planExperiment, compareModels, writeExperiment };
}
