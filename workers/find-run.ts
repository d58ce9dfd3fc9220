import {
  ServiceError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { Name } from '../config/names.js';
import { COT_RUN } from '../workflows/search-attributes.js';
import { CommandError, EXIT } from './exit-codes.js';

/** The workflow that a run is now. */
export interface FoundRun {
  /** The run's name; for one that a schedule started, the schedule's name and the time; for one that a round explores by, that of its data set. */
  readonly workflowId: string;
  readonly handle: WorkflowHandle;
  readonly description: WorkflowExecutionDescription;
}

/**
 * The newest execution of a run: one at work first, then the one that started last. A command starts it under the run's name, a schedule under a
 * name and a time, where only visibility finds it. undefined: there is none. Throws ServiceError.
 */
export async function findRun(client: Client, run: string): Promise<FoundRun | undefined> {
  const named = await describeId(client, run);
  if (named && isOpen(named)) return named;
  const scheduledId = await scheduledRun(client, run);
  const scheduled = scheduledId === undefined ? undefined : await describeId(client, scheduledId);
  if (!named || !scheduled) return named ?? scheduled;
  return isOpen(scheduled) || startOf(scheduled) > startOf(named) ? scheduled : named;
}

/** As {@link findRun}; of a round of a self-improvement, which starts a data set alone, that one. Throws CommandError when there is no such run. */
export async function existingRun(client: Client, run: string): Promise<FoundRun> {
  const found = (await findRun(client, run)) ?? (await describeId(client, `${run}/dataset`));
  if (found) return found;
  throw new CommandError(
    `There is no run "${run}" in this Temporal namespace. "temporal workflow list" shows what there is.`,
    EXIT.badInput,
  );
}

/** The execution under an id as it is now. Throws CommandError when it is gone. */
export async function existingExecution(client: Client, workflowId: string): Promise<FoundRun> {
  const found = await describeId(client, workflowId);
  if (found) return found;
  throw new CommandError(`Workflow ${workflowId} is not in this Temporal namespace (any more).`, EXIT.badInput);
}

export const isOpen = ({ description }: Pick<FoundRun, 'description'>): boolean =>
  description.status.name === 'RUNNING' || description.status.name === 'PAUSED';
const startOf = ({ description }: FoundRun): number => description.startTime.getTime();

async function describeId(client: Client, workflowId: string): Promise<FoundRun | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    return { workflowId, handle, description: await handle.describe() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** gRPC code of a query that names an attribute which the namespace does not have: then no schedule's run can be found, and none of ours is lost. */
const INVALID_ARGUMENT = 3;

/** Id of the newest execution under another id: visibility lists those at work first, then those that ended last. */
async function scheduledRun(client: Client, run: string): Promise<string | undefined> {
  // What is no name stands in no query.
  if (!Name.safeParse(run).success) return undefined;
  const query = `${COT_RUN.name} = "${run}" AND WorkflowType = "distill"`;
  try {
    for await (const { workflowId } of client.workflow.list({ query, pageSize: 10 }))
      if (workflowId !== run) return workflowId;
    return undefined;
  } catch (error) {
    const cause = error instanceof ServiceError ? error.cause : error;
    if ((cause as { readonly code?: unknown } | undefined)?.code === INVALID_ARGUMENT) return undefined;
    throw error;
  }
}
