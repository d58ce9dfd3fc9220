import type { ScheduledRun } from './schedules.js';

/** A schedule in a list. */
export interface ListedSchedule {
  readonly name: string;
  readonly paused: boolean;
  readonly note: string | null;
  /** Times in ISO 8601; null: never. */
  readonly last: string | null;
  readonly next: string | null;
}

/** A schedule with its last runs. */
export interface ShownSchedule {
  readonly name: string;
  /** null: it starts no run of cotmill. */
  readonly run: string | null;
  readonly paused: boolean;
  readonly note: string | null;
  readonly timeZone: string;
  readonly overlap: string;
  readonly catchUpMs: number;
  readonly started: number;
  readonly skipped: number;
  readonly missed: number;
  readonly next: readonly string[];
  readonly runs: readonly ScheduledRun[];
}

const RUNS_SHOWN = 10;

/** Schedules, one a line. */
export function schedulesText(schedules: readonly ListedSchedule[]): string {
  if (schedules.length === 0) return 'There is no schedule. "cotmill schedule create" makes one.';
  const width = Math.max(...schedules.map(({ name }) => name.length));
  return schedules
    .map(({ name, paused, last, next, note }) => {
      const when = paused ? 'paused' : `next ${next ?? 'never'}`;
      return `${name.padEnd(width)}  ${when}, last ${last ?? 'never'}${note ? `  (${note})` : ''}`;
    })
    .join('\n');
}

/** A schedule as lines. */
export function scheduleLines(schedule: ShownSchedule): string[] {
  const { name, run, paused, note, timeZone, overlap, catchUpMs, started, skipped, missed, next, runs } = schedule;
  return [
    `schedule ${name}  ${paused ? 'paused' : 'active'}${note ? `  (${note})` : ''}`,
    `run      ${run ?? 'none of cotmill'}`,
    `next     ${paused ? 'none while it is paused' : next.join(', ') || 'never'} (time zone of its times: ${timeZone})`,
    `overlap  ${overlap}; starts missed by at most ${hours(catchUpMs)} are made up for`,
    `runs     ${started} started, ${skipped} skipped since one was at work, ${missed} missed`,
    ...runs.slice(0, RUNS_SHOWN).map(({ workflowId, startedAt, state, outcome }) => {
      const gates = outcome === null ? '' : `, ${outcome.replace('-', ' ')}`;
      return `  ${startedAt}  ${state}${gates}  ${workflowId}`;
    }),
  ];
}

const hours = (milliseconds: number): string => `${Number((milliseconds / 3_600_000).toFixed(2))} h`;
