import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/** What a workflow, or a mean question, costs the Temporal server. */
export interface HistorySize {
  readonly events: number;
  readonly bytes: number;
  readonly transitions: number;
}

const LISTED_WITHIN_MS = 30_000;
const LANES = 16;

/** Workflow ids of a run by what they are; waits until the server lists every question. */
export async function listWorkflows(
  client: Client,
  { run, questions }: { run: string; questions: number },
): Promise<{ questions: string[]; parents: string[] }> {
  for (const deadline = Date.now() + LISTED_WITHIN_MS; ; await delay(500)) {
    const listed: { questions: string[]; parents: string[] } = { questions: [], parents: [] };
    for await (const { workflowId, type } of client.workflow.list({ query: `CotRun = "${run}"` }))
      (type === 'distillQuestion' ? listed.questions : listed.parents).push(workflowId);
    if (listed.questions.length >= questions) return listed;
    if (Date.now() > deadline)
      throw new Error(`the server lists ${listed.questions.length} of ${questions} questions of run ${run}`);
  }
}

/** A mean question of a run: the mean of a sample of questions, and its share of everything above them. */
export async function measureHistories(
  client: Client,
  run: { run: string; questions: number; sample: number },
): Promise<HistorySize> {
  const { questions, parents } = await listWorkflows(client, run);
  const stride = Math.max(1, questions.length / run.sample);
  const sampled = Array.from(
    { length: Math.min(run.sample, questions.length) },
    (_, index) => questions[Math.floor(index * stride)] ?? '',
  );
  const [own, above] = await Promise.all([sampled, parents].map((ids) => sizesOf(client, ids)));
  return combine(mean(own ?? [], sampled.length), mean(above ?? [], questions.length));
}

async function sizesOf(client: Client, workflowIds: readonly string[]): Promise<HistorySize[]> {
  return inLanes(workflowIds, async (workflowId) => {
    const { raw, historyLength } = await client.workflow.getHandle(workflowId).describe();
    const { historySizeBytes, stateTransitionCount } = raw.workflowExecutionInfo ?? {};
    return { events: historyLength, bytes: Number(historySizeBytes), transitions: Number(stateTransitionCount) };
  });
}

const combine = (a: HistorySize, b: HistorySize): HistorySize => ({
  events: a.events + b.events,
  bytes: a.bytes + b.bytes,
  transitions: a.transitions + b.transitions,
});

function mean(sizes: readonly HistorySize[], among: number): HistorySize {
  const sum = sizes.reduce(combine, { events: 0, bytes: 0, transitions: 0 });
  return { events: sum.events / among, bytes: sum.bytes / among, transitions: sum.transitions / among };
}

/** What did not go right at once, over all questions of a run. */
export interface Troubles {
  /** Attempts of activities beyond the first. */
  readonly retries: number;
  readonly failedTasks: number;
  /** Workflow tasks that the worker took longer over than the server waits. */
  readonly lateTasks: number;
}

/** Reads the whole history of every question. */
export async function countTroubles(client: Client, run: { run: string; questions: number }): Promise<Troubles> {
  const { questions } = await listWorkflows(client, run);
  const counts = await inLanes(questions, async (workflowId) => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).reduce<Troubles>(
      (sum, event) => ({
        retries: sum.retries + Math.max(0, (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1),
        failedTasks: sum.failedTasks + (event.workflowTaskFailedEventAttributes ? 1 : 0),
        lateTasks: sum.lateTasks + (event.workflowTaskTimedOutEventAttributes ? 1 : 0),
      }),
      { retries: 0, failedTasks: 0, lateTasks: 0 },
    );
  });
  return counts.reduce((a, b) => ({
    retries: a.retries + b.retries,
    failedTasks: a.failedTasks + b.failedTasks,
    lateTasks: a.lateTasks + b.lateTasks,
  }));
}

async function inLanes<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) results.push(await work(items[next++] as Item));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}
