import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { readRunStatus, startRun, type RunStatus } from '../../workers/run-client.js';
import { existingRun } from '../../workers/find-run.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { finished } from '../../workflows/tally.js';
import { pause, resume, setConcurrency } from '../../workflows/messages.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';

const QUESTIONS = 30;
/** A salt of its own for each run: nothing is found in the ledger, every question takes its time. */
const recipe = (salt: string, questionsInFlight = 4) =>
  fakeRecipe({ name: salt, salt, limits: { questionsInFlight, questionsPerShard: 10 } });

describe('an operator', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ questions: QUESTIONS });
    await system.serve();
  });
  afterAll(() => system.stop());
  afterEach(() => system.model.set({ latency: 0 }));

  const status = (run: string): Promise<RunStatus> => readRunStatus(system.client, run);
  async function until(run: string, reached: (status: RunStatus) => boolean, withinMs = 20_000): Promise<RunStatus> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const now = await status(run);
      if (reached(now)) return now;
      if (Date.now() > deadline) throw new Error(`run ${run} stayed at ${JSON.stringify(now)}`);
      await sleep(50);
    }
  }
  const start = (run: string, questionsInFlight?: number): Promise<WorkflowHandle> =>
    startRun(system.client, { run, recipe: recipe(run, questionsInFlight) });

  it('pauses a run: no new questions start, those in flight finish; resumed, it goes on to its end', async () => {
    system.model.set({ latency: 150 });
    const handle = await start('paused');
    await until('paused', ({ questionsInFlight }) => questionsInFlight === 4);
    expect(await handle.executeUpdate(pause)).toMatchObject({ paused: true });
    const still = await until('paused', ({ questionsInFlight }) => questionsInFlight === 0);
    expect(still).toMatchObject({ state: 'running', paused: true, questions: QUESTIONS });
    // At most the questions that were in flight have ended, and every one of them did.
    expect(finished(still.tally)).toBeGreaterThanOrEqual(4);
    expect(finished(still.tally)).toBeLessThan(QUESTIONS / 2);
    const asked = system.model.stats().total;
    await sleep(1500);
    expect(system.model.stats().total).toBe(asked);
    system.model.set({ latency: 0 });
    expect(await handle.executeUpdate(resume)).toMatchObject({ paused: false });
    const summary = (await handle.result()) as RunSummary;
    expect(summary.questions.total).toBe(QUESTIONS);
    expect(summary.questions.failed).toBe(0);
  });

  it('steers a data set that was started alone under the name of its run, as rounds of a self-improvement start theirs', async () => {
    const handle = await system.client.workflow.start('buildDataset', {
      workflowId: 'alone/dataset',
      taskQueue: WORKFLOW_QUEUE,
      args: [{ run: 'alone', recipe: recipe('alone') }],
    });
    const { handle: found } = await existingRun(system.client, 'alone');
    expect(await found.executeUpdate(pause)).toMatchObject({ paused: true });
    expect(await status('alone')).toMatchObject({ run: 'alone', paused: true });
    await found.executeUpdate(resume);
    await handle.result();
    expect(await status('alone')).toMatchObject({ state: 'completed', questions: QUESTIONS });
  });

  it('pauses a run before it has begun to ask', async () => {
    const handle = await start('paused-at-once');
    await handle.executeUpdate(pause);
    await until('paused-at-once', ({ phase }) => phase === 'building');
    await sleep(1000);
    expect(await status('paused-at-once')).toMatchObject({ paused: true, questionsInFlight: 0 });
    await handle.executeUpdate(resume);
    await handle.result();
  });

  it('changes how many questions are worked on, up and down, and reads sums that add up', async () => {
    system.model.set({ latency: 300 });
    const handle = await start('resized', 2);
    await until('resized', ({ questionsInFlight }) => questionsInFlight === 2);
    expect(await handle.executeUpdate(setConcurrency, { args: [8] })).toMatchObject({ concurrency: 8 });
    await until('resized', ({ questionsInFlight }) => questionsInFlight === 8);
    await handle.executeUpdate(setConcurrency, { args: [1] });
    await until('resized', ({ questionsInFlight }) => questionsInFlight === 1);
    system.model.set({ latency: 20 });
    let before = 0;
    for (let now = await status('resized'); now.state === 'running'; now = await status('resized')) {
      const done = finished(now.tally);
      expect(now.questionsInFlight).toBeLessThanOrEqual(1);
      expect(done + now.questionsInFlight).toBeLessThanOrEqual(QUESTIONS);
      expect(done).toBeGreaterThanOrEqual(before);
      before = done;
      if (done > QUESTIONS / 2) await handle.executeUpdate(setConcurrency, { args: [30] }).catch(() => undefined);
      if (done > QUESTIONS / 2) break;
      await sleep(50);
    }
    const summary = (await handle.result()) as RunSummary;
    const end = await status('resized');
    expect(end).toMatchObject({ state: 'completed', phase: 'done', questions: QUESTIONS });
    expect(finished(end.tally)).toBe(QUESTIONS);
    expect(end.tally.spending).toMatchObject({ new: summary.calls.new, reused: summary.calls.reused });
  });

  it('refuses a number of questions that makes no sense, saying what is expected', async () => {
    const handle = await start('refused');
    await handle.executeUpdate(pause);
    for (const value of [0, -1, 1.5, 100_001, Number.NaN, '8'] as number[]) {
      const update = handle.executeUpdate(setConcurrency, { args: [value] });
      const error: unknown = await update.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      expect((error as Error).cause).toMatchObject({
        message: expect.stringMatching(/^setConcurrency: expected an integer from 1 to/) as string,
      });
    }
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
  });

  it('cancels a run: requests in flight are aborted in seconds, nothing more is sent, and the run goes on later paying nothing twice', async () => {
    system.model.reset();
    system.model.set({ latency: 30 });
    const handle = await start('cancelled');
    await until('cancelled', ({ tally }) => finished(tally) >= 4);
    system.model.set({ latency: 20_000 });
    while (system.model.stats().inFlight < 8) await sleep(20);
    await sleep(300);
    const { inFlight } = system.model.stats();
    const cancelledAt = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    const tookMs = Date.now() - cancelledAt;
    expect(tookMs).toBeLessThan(15_000);
    expect(await status('cancelled')).toMatchObject({ state: 'cancelled' });
    const stopped = system.model.stats();
    expect(stopped.inFlight).toBe(0);
    expect(stopped.byStatus['aborted']).toBe(inFlight);
    await sleep(1500);
    expect(system.model.stats().total).toBe(stopped.total);
    console.log(`cancel: ${inFlight} requests in flight aborted, run ended after ${tookMs} ms`);

    system.model.set({ latency: 0 });
    const summary = (await (await start('cancelled')).result()) as RunSummary;
    expect(summary.questions.total).toBe(QUESTIONS);
    expect(summary.calls.reused).toBeGreaterThan(0);
    expect(system.model.stats().repeatedOk).toBe(0);
  });
});
