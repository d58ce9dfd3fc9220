import { datasetPrefix } from '../dataset/manifest.js';
import type { UsageBreakdown } from '../dataset/rows-calls.js';
import { readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ExploredDataset } from './rollout-rows.js';

/** What stands behind the rollouts of a round. */
export interface ExplorationCost {
  readonly outputTokens: number;
  /** In the currency of the deployment's prices. */
  readonly cost: number;
}

/**
 * Tokens and cost of every call behind an exploration, whichever execution paid for it: a budget that forgot what was paid before a crash would let a run
 * that is started again go on for longer than one that nobody disturbed. Throws StoreError, Error when the data set is not there.
 */
export async function explorationCost(
  store: ObjectStore,
  { name, version }: ExploredDataset,
): Promise<ExplorationCost> {
  const key = `${datasetPrefix(name, version)}/stats.json`;
  const stats = await readJson<{ readonly usage: UsageBreakdown }>(store, key);
  if (!stats) throw new Error(`${key} is not in ${store.description}: was the data set deleted? Start the run again.`);
  const roles = Object.values(stats.usage.byRole);
  return {
    outputTokens: roles.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    cost: roles.reduce((sum, { cost }) => sum + cost, 0),
  };
}
