import { WorkflowFailedError, WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { RunSummary } from '../activities/dataset/run-summary.js';
import type { RecipeInput } from '../config/recipe.js';
import { rootFailure } from '../workflows/failures.js';
import { getProgress, type Phase, type Progress } from '../workflows/messages.js';
import { COT_DATASET, COT_RUN } from '../workflows/search-attributes.js';
import { addTallies, type Tally } from '../workflows/tally.js';
import { WORKFLOW_QUEUE } from '../workflows/task-queues.js';
import { CommandError, EXIT } from './exit-codes.js';

export type RunState = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated';

/** A run as people see it: its workflow's state, and the progress of everything below it added up. */
export interface RunStatus {
  readonly run: string;
  readonly state: RunState;
  readonly phase: Phase | 'unknown';
  readonly paused: boolean;
  readonly questions: number;
  readonly questionsInFlight: number;
  readonly concurrency: number;
  readonly tally: Tally;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Why it failed, or why its progress is not known. */
  readonly note: string | null;
  readonly summary: RunSummary | null;
}

/** Starts a run, or attaches to the one of this name that is at work. */
export async function startRun(
  client: Client,
  { run, recipe }: { run: string; recipe: RecipeInput },
): Promise<WorkflowHandle> {
  return client.workflow.start('distill', {
    workflowId: run,
    taskQueue: WORKFLOW_QUEUE,
    args: [{ run, recipe }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `${recipe.name} ${recipe.version ?? 'v1'}`,
    typedSearchAttributes: [
      { key: COT_RUN, value: run },
      { key: COT_DATASET, value: recipe.name },
    ],
  });
}

const STATES: Record<string, RunState> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'failed',
};

/** State and progress of a run. Throws CommandError when there is no such run. */
export async function readRunStatus(client: Client, run: string): Promise<RunStatus> {
  const handle = client.workflow.getHandle(run);
  const description = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError)
      throw new CommandError(
        `There is no run "${run}" in this Temporal namespace. "temporal workflow list" shows what there is.`,
        EXIT.badInput,
      );
    throw error;
  });
  const state = STATES[description.status.name] ?? 'running';
  const ended = state === 'running' ? { note: null, summary: null } : await readEnd(handle);
  const progress = await readProgress(client, run).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  const known =
    progress instanceof Error
      ? {
          phase: 'unknown' as const,
          paused: false,
          questions: 0,
          questionsInFlight: 0,
          concurrency: 0,
          tally: tallyOf(ended.summary),
        }
      : progress;
  return {
    run,
    state,
    ...known,
    ...(ended.summary && {
      questions: ended.summary.questions.total,
      tally: tallyOf(ended.summary),
      phase: 'done' as const,
    }),
    startedAt: description.startTime.toISOString(),
    endedAt: description.closeTime?.toISOString() ?? null,
    note:
      ended.note ??
      (progress instanceof Error && state === 'running'
        ? `no worker answers (${progress.message}); is one running? "cotmill worker"`
        : null),
    summary: ended.summary,
  };
}

type Known = Pick<RunStatus, 'phase' | 'paused' | 'questions' | 'questionsInFlight' | 'concurrency' | 'tally'>;

/** Progress of a node and of its children at work, added up: what ended is in the node's tally, what is at work in theirs. */
async function readProgress(client: Client, workflowId: string): Promise<Known> {
  const own: Progress = await client.workflow.getHandle(workflowId).query(getProgress);
  const children = await Promise.all(own.children.map((child) => readProgress(client, child).catch(() => undefined)));
  return children.reduce<Known>((sum, child) => (child ? merge(sum, child) : sum), own);
}

const merge = (parent: Known, child: Known): Known => ({
  // A run's phase, its number of questions and its concurrency are those of its data set.
  phase: parent.questions === 0 ? child.phase : parent.phase,
  concurrency: parent.concurrency || child.concurrency,
  questions: parent.questions || child.questions,
  paused: parent.paused || child.paused,
  questionsInFlight: parent.questionsInFlight + child.questionsInFlight,
  tally: addTallies(parent.tally, child.tally),
});

async function readEnd(handle: WorkflowHandle): Promise<{ note: string | null; summary: RunSummary | null }> {
  try {
    return { note: null, summary: (await handle.result()) as RunSummary };
  } catch (error) {
    return { note: failureMessage(error), summary: null };
  }
}

/** The message of the failure that ended a run, for its operator. */
export function failureMessage(error: unknown): string {
  const root = rootFailure(error instanceof WorkflowFailedError ? error.cause : error);
  if (root) return root.message;
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function tallyOf(summary: RunSummary | null): Tally {
  const { accepted = 0, rejected = 0, failed = 0 } = summary?.questions ?? {};
  const { new: paid = 0, reused = 0, repeated = 0 } = summary?.calls ?? {};
  return {
    accepted,
    rejected,
    failed,
    spending: {
      new: paid,
      reused,
      repeated,
      inputTokens: summary?.tokens.input ?? 0,
      outputTokens: summary?.tokens.output ?? 0,
      cost: summary?.cost ?? 0,
    },
  };
}
