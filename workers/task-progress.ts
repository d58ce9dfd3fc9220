import { defaultPayloadConverter } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import type { TrainingProgress } from '../activities/training/jobs/training-plan.js';
import { grouped } from '../activities/plain-text.js';

/** Tasks at work, each with what its activities say of themselves. */
export type TaskNotes = Readonly<Record<string, string>>;

/** Describes are cheap, but a screen is drawn every second. */
const MAX_TASKS = 12;

/** Asks the workflows of the tasks at work how far they are. One that does not answer has no note. */
export async function readTaskNotes(client: Client, run: string, running: readonly string[]): Promise<TaskNotes> {
  const notes = await Promise.all(
    running.slice(0, MAX_TASKS).map(async (task) => {
      const details = await heartbeats(client, `${run}/${task}`).catch(() => []);
      return [task, noteOf(details)] as const;
    }),
  );
  return Object.fromEntries(notes.filter(([, note]) => note !== ''));
}

/** Last words of the activities at work of a workflow. */
async function heartbeats(client: Client, workflowId: string): Promise<unknown[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => {
    const [payload] = heartbeatDetails?.payloads ?? [];
    return payload ? [defaultPayloadConverter.fromPayload<unknown>(payload)] : [];
  });
}

/** What a task says of itself, in a few words; '' for what nobody here knows. Pure. */
export function noteOf(details: readonly unknown[]): string {
  const known = details.filter(
    (each): each is Readonly<Record<string, unknown>> => typeof each === 'object' && each !== null,
  );
  const training = known.find((each) => 'step' in each && 'steps' in each);
  if (training) return trainingNote(training as unknown as TrainingProgress);
  const answering = known.filter((each) => typeof each['answered'] === 'number' && typeof each['of'] === 'number');
  if (answering.length > 0) {
    const sum = (field: string): number => answering.reduce((total, each) => total + Number(each[field]), 0);
    return `${grouped(sum('answered'))} of the ${grouped(sum('of'))} answers that are asked now`;
  }
  const serving = known.find((each) => typeof each['state'] === 'string');
  return serving ? `server ${String(serving['state'])}` : '';
}

/** Tasks at work, a line each. Pure. */
export function taskLines(running: readonly string[], notes: TaskNotes): string[] {
  const width = Math.max(0, ...running.map((task) => task.length));
  return running.map((task) => `  ${task.padEnd(width)}  ${notes[task] ?? ''}`.trimEnd());
}

/** A task in a line of text. Pure. */
export const taskWords = (task: string, notes: TaskNotes): string =>
  notes[task] === undefined ? task : `${task} ${notes[task]}`;

function trainingNote({ state, step, steps, loss, tokensPerSecond, secondsLeft }: TrainingProgress): string {
  if (state === 'queued') return 'queued';
  if (steps === 0) return 'starting';
  return [
    `step ${grouped(step)} of ${grouped(steps)}`,
    ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
    ...(tokensPerSecond === null ? [] : [`${grouped(Math.round(tokensPerSecond))} tokens/s`]),
    ...(secondsLeft === null ? [] : [`${timeText(secondsLeft)} left`]),
  ].join(', ');
}

/** A span in minutes, a short one in seconds. Pure. */
export const timeText = (seconds: number): string =>
  seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
