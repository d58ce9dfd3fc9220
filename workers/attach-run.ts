import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { canonicalJson } from '../config/canonical-json.js';
import { parseRecipe } from '../config/load.js';
import type { RecipeInput } from '../config/recipe.js';
import { CommandError, EXIT } from './exit-codes.js';
import { findRun, isOpen, type FoundRun } from './find-run.js';
import { startRun } from './run-client.js';

/** What became of the wish that a run be at work. */
export interface StartedRun {
  readonly workflowId: string;
  /** It was at work before, started by somebody else or by a command that went away. */
  readonly wasAtWork: boolean;
}

/**
 * Starts a run, or finds the one of this name at work, whoever started it: a command that is run again after its machine went away goes on with what
 * it had. Throws CommandError when the one at work has another recipe, since waiting for that would answer another question.
 */
export async function startOrAttach(
  client: Client,
  { run, recipe }: { readonly run: string; readonly recipe: RecipeInput },
): Promise<StartedRun> {
  const found = await findRun(client, run);
  if (!found || !isOpen(found))
    return { workflowId: (await startRun(client, { run, recipe })).workflowId, wasAtWork: false };
  const theirs = await recipeOf(client, found);
  if (theirs !== undefined && theirs !== hashable(recipe)) {
    throw new CommandError(
      `run ${run} is at work with another recipe (workflow ${found.workflowId}). Wait for it with "cotmill wait ${run}", end it with "cotmill cancel ${run}", or give this one another name with --run.`,
      EXIT.badInput,
    );
  }
  return { workflowId: found.workflowId, wasAtWork: true };
}

/** With every default filled in, so that equal recipes are equal however they were written. */
const hashable = (recipe: unknown): string => canonicalJson(parseRecipe(recipe, 'recipe'));

/** The recipe that a workflow was started with; undefined where its input can't be read here, as behind a codec. */
async function recipeOf(client: Client, { workflowId, description }: FoundRun): Promise<string | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId: description.runId },
    maximumPageSize: 1,
  });
  const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (!payload) return undefined;
  try {
    return hashable(defaultPayloadConverter.fromPayload<{ readonly recipe?: unknown }>(payload).recipe);
  } catch {
    return undefined;
  }
}
