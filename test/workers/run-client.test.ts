import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { readStatusOf, type RunStatus } from '../../workers/run-client.js';
import { noQuestions, type Progress } from '../../workflows/messages.js';
import { emptyTally, type Tally } from '../../workflows/tally.js';

const tally = (accepted: number, calls: number): Tally => ({
  ...emptyTally,
  accepted,
  spending: { ...emptyTally.spending, new: calls },
});

/** Stands in for Temporal: workflows that answer what the table says, and have no activity at work. */
function statusOf(answers: Readonly<Record<string, Progress>>): Promise<RunStatus> {
  const handleOf = (id: string) => ({
    query: () => (answers[id] ? Promise.resolve(answers[id]) : Promise.reject(new Error(`no ${id}`))),
    describe: () => Promise.resolve({ raw: {} }),
  });
  const client = {
    workflow: { getHandle: handleOf },
    withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
  } as unknown as Client;
  const found = {
    run: 'nightly',
    workflowId: 'nightly',
    handle: handleOf('nightly'),
    description: { status: { name: 'RUNNING' }, startTime: new Date(0) },
  };
  return readStatusOf(client, found as unknown as Parameters<typeof readStatusOf>[1]);
}

const built: Progress = {
  ...noQuestions,
  phase: 'improving',
  questions: 100,
  tally: tally(100, 500),
  children: ['nightly/improvement'],
};
const loop: Progress = {
  ...noQuestions,
  phase: 'improving',
  tally: { ...emptyTally, spending: { ...emptyTally.spending, new: 40 } },
  children: ['nightly/round/2'],
  improvement: { round: 2, maxRounds: 3, step: 'exploring', running: [] },
};
const round = (change: Partial<Progress['improvement']>, children: readonly string[] = []): Progress => ({
  ...noQuestions,
  phase: 'improving',
  children,
  improvement: { round: 2, step: 'exploring', running: [], ...change },
});

describe('the status of a run whose student goes on by itself', () => {
  it('counts the questions that a round explores apart from its own, and what they cost with it', async () => {
    const status = await statusOf({
      nightly: built,
      'nightly/improvement': loop,
      'nightly/round/2': round({}, ['nightly-r2/dataset']),
      'nightly-r2/dataset': {
        ...noQuestions,
        phase: 'building',
        questions: 60,
        tally: tally(20, 300),
        children: ['shard'],
      },
      shard: { ...noQuestions, phase: 'building', tally: tally(5, 60), questionsInFlight: 8 },
    });
    expect(status).toMatchObject({
      phase: 'improving',
      questions: 100,
      questionsInFlight: 0,
      tally: { accepted: 100 },
    });
    expect(status.tally.spending.new).toBe(500 + 40 + 300 + 60);
    expect(status.improvement).toEqual({
      ...{ round: 2, maxRounds: 3, step: 'exploring', running: [], notes: {} },
      exploring: { questions: 60, finished: 25, inFlight: 8 },
    });
  });

  it('names the task at work', async () => {
    const running = ['round/2/student'];
    const status = await statusOf({
      nightly: built,
      'nightly/improvement': loop,
      'nightly/round/2': round({ step: 'training', running }),
    });
    expect(status.improvement).toEqual({ round: 2, maxRounds: 3, step: 'training', running, notes: {} });
  });

  it('knows the loop while its round does not answer', async () => {
    const status = await statusOf({ nightly: built, 'nightly/improvement': loop });
    expect(status.improvement).toMatchObject({ round: 2, maxRounds: 3 });
  });
});
