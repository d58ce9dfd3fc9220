import type { ScheduleDescription } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { CommandError, EXIT } from '../../workers/exit-codes.js';
import { runName } from '../../workers/run-name.js';
import { scheduleLines, schedulesText, type ShownSchedule } from '../../workers/schedule-text.js';
import { runOf, scheduleOptions, type RunSchedule } from '../../workers/schedules.js';
import { checkedRecipe } from '../support/system.js';

const schedule: RunSchedule = {
  ...{ name: 'nightly', run: 'sums', recipe: checkedRecipe(), times: { cron: ['0 2 * * *'] } },
  ...{ overlap: 'skip', catchUpMs: 86_400_000, pauseOnFailure: false, paused: false },
};

describe('what Temporal gets', () => {
  it('is the workflow distill under the name of the run', () => {
    expect(scheduleOptions(schedule)).toMatchObject({
      scheduleId: 'nightly',
      spec: { cronExpressions: ['0 2 * * *'] },
      action: {
        ...{ type: 'startWorkflow', workflowType: 'distill', workflowId: 'sums', taskQueue: 'cotmill' },
        args: [{ run: 'sums', recipe: schedule.recipe }],
      },
      policies: { overlap: 'SKIP', catchupWindow: 86_400_000, pauseOnFailure: false },
      state: { paused: false },
    });
  });

  it.each<[changes: Partial<RunSchedule>, expected: object]>([
    [{ times: { everyMs: 3_600_000 } }, { spec: { intervals: [{ every: 3_600_000 }] } }],
    [{ timeZone: 'Europe/Berlin', jitterMs: 5 }, { spec: { timezone: 'Europe/Berlin', jitter: 5 } }],
    [{ overlap: 'buffer-one' }, { policies: { overlap: 'BUFFER_ONE' } }],
    [{ overlap: 'cancel-other' }, { policies: { overlap: 'CANCEL_OTHER' } }],
    [{ paused: true, note: 'later' }, { state: { paused: true, note: 'later' } }],
  ])('%j', (changes, expected) => {
    expect(scheduleOptions({ ...schedule, ...changes })).toMatchObject(expected);
  });

  it.each<[action: object, run: string | undefined]>([
    [{ type: 'startWorkflow', workflowType: 'distill', args: [{ run: 'sums' }] }, 'sums'],
    [{ type: 'startWorkflow', workflowType: 'distill', args: [] }, undefined],
    [{ type: 'startWorkflow', workflowType: 'other', args: [{ run: 'sums' }] }, undefined],
  ])('the run of %j is %s', (action, run) => {
    expect(runOf({ action: action as ScheduleDescription['action'] })).toBe(run);
  });
});

describe('what people see', () => {
  const shown: ShownSchedule = {
    ...{ name: 'nightly', run: 'sums', paused: false, note: null, timeZone: 'UTC', overlap: 'skip' },
    ...{ catchUpMs: 5_400_000, started: 2, skipped: 1, missed: 0, next: ['2026-01-03T02:00:00.000Z'] },
    runs: [
      { workflowId: 'sums-2', startedAt: '2026-01-02T02:00:00.000Z', state: 'completed', outcome: 'gates-missed' },
      { workflowId: 'sums-1', startedAt: '2026-01-01T02:00:00.000Z', state: 'failed', outcome: null },
    ],
  };

  it('a schedule with its runs', () => {
    expect(scheduleLines(shown)).toEqual([
      'schedule nightly  active',
      'run      sums',
      'next     2026-01-03T02:00:00.000Z (time zone of its times: UTC)',
      'overlap  skip; starts missed by at most 1.5 h are made up for',
      'runs     2 started, 1 skipped since one was at work, 0 missed',
      '  2026-01-02T02:00:00.000Z  completed, gates missed  sums-2',
      '  2026-01-01T02:00:00.000Z  failed  sums-1',
    ]);
    expect(scheduleLines({ ...shown, paused: true, note: 'holiday' }).slice(0, 3)).toEqual([
      'schedule nightly  paused  (holiday)',
      'run      sums',
      'next     none while it is paused (time zone of its times: UTC)',
    ]);
  });

  it('the list, also an empty one', () => {
    expect(schedulesText([])).toMatch(/There is no schedule/);
    const listed = { name: 'nightly', paused: false, note: null, last: null, next: '2026-01-03T02:00:00.000Z' };
    expect(schedulesText([listed, { ...listed, name: 'b', paused: true, note: 'why', next: null }])).toBe(
      'nightly  next 2026-01-03T02:00:00.000Z, last never\nb        paused, last never  (why)',
    );
  });
});

describe('names', () => {
  it.each([['Nightly'], [''], ['a/b'], ['a"b'], ['x'.repeat(65)]])('%j is none', (name) => {
    const check = (): string => runName(name, 'schedule name');
    expect(check).toThrow(CommandError);
    expect(check).toThrow(/^schedule name .*expected/);
    expect(() => runName(name, 'run name')).toThrow(expect.objectContaining({ exitCode: EXIT.badInput }) as Error);
  });

  it('one that is', () => expect(runName('nightly-7b', 'run name')).toBe('nightly-7b'));
});
