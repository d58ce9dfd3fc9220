import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleOptions,
  type ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import type { Recipe } from '../config/recipe.js';
import { COT_DATASET, COT_OUTCOME, COT_RUN } from '../workflows/search-attributes.js';
import { WORKFLOW_QUEUE } from '../workflows/task-queues.js';
import { CommandError, EXIT } from './exit-codes.js';

/** What happens when it is time for a run and the one before is at work. Two at once are no choice: they would share one name. */
export const OVERLAPS = ['skip', 'buffer-one', 'cancel-other'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** When a recipe is run, and what of. */
export interface RunSchedule {
  readonly name: string;
  /** Name of every run of it. */
  readonly run: string;
  readonly recipe: Recipe;
  readonly times: { readonly cron: readonly string[] } | { readonly everyMs: number };
  /** IANA name, such as "Europe/Berlin"; of cron expressions. */
  readonly timeZone?: string | undefined;
  readonly overlap: Overlap;
  /** A start that was missed while the server was away is made up for within so long. */
  readonly catchUpMs: number;
  readonly jitterMs?: number | undefined;
  readonly pauseOnFailure: boolean;
  readonly paused: boolean;
  readonly note?: string | undefined;
}

/** Creates a schedule; with `replace` one of its name gets these words in its place. Throws CommandError. */
export async function createSchedule(client: Client, schedule: RunSchedule, replace: boolean): Promise<void> {
  const options = scheduleOptions(schedule);
  try {
    await client.schedule.create(options);
  } catch (error) {
    // The SDK says so of a cron expression that it can not read.
    if (error instanceof TypeError) throw refused(schedule.name, error.message, error);
    if (!(error instanceof ScheduleAlreadyRunning)) throw refusal(error, schedule.name);
    if (!replace) {
      throw new CommandError(
        `There is a schedule "${schedule.name}" already: give another name, --replace, or "cotmill schedule delete ${schedule.name}" first.`,
        EXIT.badInput,
      );
    }
    const { spec, action, policies } = options;
    await atSchedule(client, schedule.name, (handle) =>
      handle.update(({ state }) => ({ spec, action, policies: policies ?? {}, state })),
    );
  }
}

/** What Temporal gets. Pure. */
export function scheduleOptions(schedule: RunSchedule) {
  const { name, run, recipe, overlap, catchUpMs, pauseOnFailure, paused, note } = schedule;
  return {
    scheduleId: name,
    spec: specOf(schedule),
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'distill',
      workflowId: run,
      taskQueue: WORKFLOW_QUEUE,
      args: [{ run, recipe }],
      staticSummary: `${recipe.name}, schedule ${name}`,
      typedSearchAttributes: [
        { key: COT_RUN, value: run },
        { key: COT_DATASET, value: recipe.name },
      ],
    },
    policies: { overlap: POLICIES[overlap], catchupWindow: catchUpMs, pauseOnFailure },
    state: { paused, ...(note !== undefined && { note }) },
  } satisfies ScheduleOptions;
}

const POLICIES: Readonly<Record<Overlap, ScheduleOverlapPolicy>> = {
  skip: 'SKIP',
  'buffer-one': 'BUFFER_ONE',
  'cancel-other': 'CANCEL_OTHER',
};

function specOf({ times, timeZone, jitterMs }: RunSchedule): ScheduleSpec {
  return {
    ...('cron' in times ? { cronExpressions: [...times.cron] } : { intervals: [{ every: times.everyMs }] }),
    ...(timeZone !== undefined && { timezone: timeZone }),
    ...(jitterMs !== undefined && { jitter: jitterMs }),
  };
}

/** Acts on a schedule. Throws CommandError when there is none, or when Temporal refuses. */
export async function atSchedule<Value>(
  client: Client,
  name: string,
  act: (handle: ScheduleHandle) => Promise<Value>,
): Promise<Value> {
  try {
    return await act(client.schedule.getHandle(name));
  } catch (error) {
    throw refusal(error, name);
  }
}

const refused = (name: string, why: string, cause: unknown): CommandError =>
  new CommandError(`schedule ${name} was refused: ${why}`, EXIT.badInput, { cause });

/** gRPC code of a cron expression, time zone or name that Temporal can't read. */
const INVALID_ARGUMENT = 3;

function refusal(error: unknown, name: string): unknown {
  if (error instanceof ScheduleNotFoundError)
    return new CommandError(
      `There is no schedule "${name}". "cotmill schedule list" shows what there is.`,
      EXIT.badInput,
    );
  const cause = error instanceof ServiceError ? error.cause : error;
  const { code, details, message } = (cause ?? {}) as { code?: unknown; details?: unknown; message?: unknown };
  if (code !== INVALID_ARGUMENT) return error;
  return refused(name, String(details ?? message), error);
}

/** Whether a schedule starts runs of cotmill, and of what name; undefined: it is somebody else's. */
export function runOf({ action }: Pick<ScheduleDescription, 'action'>): string | undefined {
  if (action.type !== 'startWorkflow' || action.workflowType !== 'distill') return undefined;
  const run = (action.args?.[0] as { readonly run?: unknown } | undefined)?.run;
  return typeof run === 'string' ? run : undefined;
}

/** A run that a schedule started. */
export interface ScheduledRun {
  readonly workflowId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Such as "completed"; "gone" when it is past the retention of the namespace. */
  readonly state: string;
  /** Of a recipe with gates that got so far: "gates-passed" or "gates-missed". */
  readonly outcome: string | null;
}

/** The last runs of a schedule, the newest first. */
export async function recentRuns(client: Client, { info }: Pick<ScheduleDescription, 'info'>): Promise<ScheduledRun[]> {
  const actions = [...info.recentActions].reverse();
  return Promise.all(
    actions.map(async ({ takenAt, action }) => {
      const { workflowId } = action.workflow;
      const description = await client.workflow
        .getHandle(workflowId, action.workflow.firstExecutionRunId)
        .describe()
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return undefined;
          throw error;
        });
      return {
        workflowId,
        startedAt: takenAt.toISOString(),
        state: description?.status.name.toLowerCase() ?? 'gone',
        outcome: description?.typedSearchAttributes.get(COT_OUTCOME) ?? null,
      };
    }),
  );
}
