import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { RunSummary } from '../activities/dataset/run-summary.js';
import type { RecipeInput } from '../config/recipe.js';
import { rootFailure } from '../workflows/failures.js';
import {
  getProgress,
  type ExperimentProgress,
  type ImprovementProgress,
  type Phase,
  type Progress,
  type QuotaProgress,
} from '../workflows/messages.js';
import { COT_DATASET, COT_RUN } from '../workflows/search-attributes.js';
import { addTallies, emptyTally, finished, type Tally } from '../workflows/tally.js';
import { WORKFLOW_QUEUE } from '../workflows/task-queues.js';
import { existingRun, type FoundRun } from './find-run.js';
import type { PoolReader, PoolTotals } from './pool-status.js';
import { readTaskNotes, type TaskNotes } from './task-progress.js';

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
  /** Of a run with quotas that is at work. */
  readonly quotas?: readonly QuotaProgress[];
  /** Of a run that trains and evaluates, with what its tasks at work say of themselves. */
  readonly experiment?: ExperimentProgress & { readonly notes: TaskNotes };
  /** Of a run whose student goes on by itself. */
  readonly improvement?: Improving & { readonly notes: TaskNotes };
  /** The pools that workers ask now, for this run and any other; empty for a run that ended. */
  readonly pools: readonly PoolTotals[];
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Why it failed, or why its progress is not known. */
  readonly note: string | null;
  readonly summary: RunSummary | null;
}

/** How far a self-improvement is, and the questions of its round while that explores. */
export type Improving = ImprovementProgress & {
  readonly exploring?: { readonly questions: number; readonly finished: number; readonly inFlight: number };
};

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

/** Queries wait for a worker; a screen should not. */
const QUERY_TIMEOUT_MS = 5_000;
const NOTHING_KNOWN: Counted = {
  phase: 'unknown',
  paused: false,
  questions: 0,
  questionsInFlight: 0,
  concurrency: 0,
  tally: emptyTally,
};

/** State and progress of a run: of its newest execution. Throws CommandError when there is no such run. */
export async function readRunStatus(client: Client, run: string, readPools?: PoolReader): Promise<RunStatus> {
  return readStatusOf(client, { run, ...(await existingRun(client, run)) }, readPools);
}

/** State and progress of one execution of a run, as `description` has it. */
export async function readStatusOf(
  client: Client,
  { run, workflowId, handle, description }: FoundRun & { readonly run: string },
  readPools?: PoolReader,
): Promise<RunStatus> {
  const state = STATES[description.status.name] ?? 'running';
  const about = {
    run,
    state,
    startedAt: description.startTime.toISOString(),
    endedAt: description.closeTime?.toISOString() ?? null,
  };
  const { note, summary } = state === 'running' ? { note: null, summary: null } : await readEnd(handle);
  if (summary) return { ...about, ...progressOf(summary), pools: [], note, summary };
  const [progress, pools] = await Promise.all([
    client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => readProgress(client, workflowId)).catch(noAnswer),
    state === 'running' ? readPools?.() : undefined,
  ]);
  const { experiment, improvement, ...known }: Known = 'silence' in progress ? NOTHING_KNOWN : progress;
  const noted = async <Work extends { readonly running: readonly string[] }>(work: Work) => ({
    ...work,
    notes: await readTaskNotes(client, run, work.running),
  });
  const tasks = {
    ...(experiment && { experiment: await noted(experiment) }),
    ...(improvement && { improvement: await noted(improvement) }),
  };
  const silence = 'silence' in progress && state === 'running' ? progress.silence : null;
  return { ...about, ...known, ...tasks, pools: pools ?? [], note: note ?? silence, summary };
}

function noAnswer(error: unknown): { readonly silence: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return { silence: `no worker answers; is one running? "cotmill worker" starts one (${detail})` };
}

type Counted = Pick<
  RunStatus,
  'phase' | 'paused' | 'questions' | 'questionsInFlight' | 'concurrency' | 'tally' | 'quotas'
>;
type Known = Counted & { readonly experiment?: ExperimentProgress; readonly improvement?: Improving };

/** Progress of a node and of its children at work, added up: what ended is in the node's tally, what is at work in theirs. */
async function readProgress(client: Client, workflowId: string): Promise<Known> {
  const own: Progress = await client.workflow.getHandle(workflowId).query(getProgress);
  const children = await Promise.all(own.children.map((child) => readProgress(client, child).catch(() => undefined)));
  return children.reduce<Known>((sum, child) => (child ? merge(sum, child) : sum), own);
}

const merge = (parent: Known, child: Known): Known =>
  parent.improvement ? withRound(parent, parent.improvement, child) : withChild(parent, child);

/** A round of a loop, or the data set that a round explores into: of its questions only the spending is the run's. */
function withRound(parent: Known, loop: Improving, child: Known): Known {
  const { improvement, tally, questions, questionsInFlight } = child;
  const exploring = { questions, finished: finished(tally), inFlight: questionsInFlight };
  return {
    ...parent,
    improvement: { ...loop, ...(improvement ?? { exploring }) },
    tally: addTallies(parent.tally, { ...emptyTally, spending: tally.spending }),
  };
}

const withChild = (parent: Known, child: Known): Known => ({
  // A partition goes on counting from where its parent stood.
  ...quotasOf(child.quotas ?? parent.quotas),
  ...(child.experiment && { experiment: child.experiment }),
  ...(child.improvement && { improvement: child.improvement }),
  // A run's phase, its number of questions and its concurrency are those of its data set; then the phase is that of its experiment.
  phase: parent.questions === 0 || child.experiment ? child.phase : parent.phase,
  concurrency: parent.concurrency || child.concurrency,
  questions: parent.questions || child.questions,
  paused: parent.paused || child.paused,
  questionsInFlight: parent.questionsInFlight + child.questionsInFlight,
  tally: addTallies(parent.tally, child.tally),
});

const quotasOf = (quotas: Known['quotas']): Pick<Known, 'quotas'> => (quotas ? { quotas } : {});

async function readEnd(handle: WorkflowHandle): Promise<{ note: string | null; summary: RunSummary | null }> {
  try {
    return { note: null, summary: (await handle.result()) as RunSummary };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
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

/** Progress of a run that ended well. */
function progressOf({ questions, calls, tokens, cost }: RunSummary): Counted {
  const spending = { ...calls, inputTokens: tokens.input, outputTokens: tokens.output, cost };
  return {
    ...NOTHING_KNOWN,
    phase: 'done',
    questions: questions.total,
    tally: { accepted: questions.accepted, rejected: questions.rejected, failed: questions.failed, spending },
  };
}
