import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImprovementSummary } from '../../../activities/improve/round-result.js';
import { rootFailure } from '../../../workflows/failures.js';
import { startFakeLoop, type FakeLoop } from './fake-loop.js';
import { getProgress } from '../../../workflows/messages.js';
import { loopRules, scoreOf } from './fake-rounds.js';

type Handle = WorkflowHandle<() => Promise<ImprovementSummary>>;

describe('the loop of self-improvement', () => {
  let loop: FakeLoop;
  beforeAll(async () => {
    loop = await startFakeLoop();
  });
  afterAll(() => loop.stop());

  const ended = async (script: Parameters<FakeLoop['start']>[0]): Promise<ImprovementSummary> =>
    (await loop.start(script)).result();
  const phase = async (handle: Handle): Promise<unknown> => (await handle.describe()).searchAttributes['CotPhase']?.[0];
  const say = (handle: Handle, next: unknown): Promise<string> =>
    handle.executeUpdate<string, [unknown]>('approveRound', { args: [{ next }] });

  it('explores with the student of the round before, and hands on what was learnt', async () => {
    const summary = await ended({ scores: [0.5, 0.6, 0.55], rules: { maxRounds: 3 } });
    expect(loop.rounds.map(({ round, current }) => [round, current.name])).toEqual([
      [1, 'small'],
      [2, 'small-r1'],
      [3, 'small-r2'],
    ]);
    expect(loop.rounds.map(({ earlier }) => earlier.map(({ name }) => name))).toEqual([
      ['seed'],
      ['seed', 'seed-r1'],
      ['seed', 'seed-r1', 'seed-r2'],
    ]);
    expect(summary.stop.reason).toBe('round-limit');
    expect(summary.best.name).toBe('small-r2');
    expect(summary.comparisons).toHaveLength(1 + 2 + 3);
    expect(loop.tables.at(-1)).toContain('| round 3: small-r3 | 55.0 |');
  });

  it('asks the imitation first, unless its score is known', async () => {
    await ended({ scores: [0.5], rules: { maxRounds: 1 } });
    expect(loop.asked).toEqual(['small of [{"student":"small"}]']);
    await ended({ scores: [0.5], rules: { maxRounds: 1 }, imitationScores: [scoreOf('small', 0.3)] });
    expect(loop.asked).toEqual([]);
  });

  it('ends with the round that found too little, which has no student', async () => {
    const summary = await ended({ scores: [0.5, null] });
    expect(summary.rounds.map(({ student }) => student?.name)).toEqual(['small-r1', undefined]);
    expect(summary.stop).toMatchObject({ reason: 'too-little-new' });
    expect(summary.best.name).toBe('small-r1');
  });

  it('ends when scores get no better', async () => {
    const summary = await ended({ scores: [0.5, 0.5, 0.5, 0.9], rules: { patience: 2 } });
    expect(summary.stop.reason).toBe('no-better-score');
    expect(summary.rounds).toHaveLength(3);
  });

  it('waits for approval between rounds, with the table written, and goes on or ends as it is told', async () => {
    const handle = await loop.start({ scores: [0.5, 0.6, 0.7], rules: { approval: true } });
    await expect.poll(() => phase(handle), { timeout: 20_000 }).toBe('waiting for approval');
    expect(loop.rounds).toHaveLength(1);
    expect(loop.tables).toHaveLength(1);
    const { phase: at, improvement, children, tally } = await handle.query(getProgress);
    expect({ at, improvement, children }).toEqual({
      ...{ at: 'improving', children: [] },
      improvement: { round: 1, maxRounds: loopRules().maxRounds, step: 'waiting for approval', running: [] },
    });
    expect(tally.spending.outputTokens).toBeGreaterThan(0);
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('| round 1: small-r1 | 50.0 |');
    expect(currentDetails).toMatch(/report: `runs\/run-\d+\/improvement\/report\.html`$/);
    await expect(say(handle, 'maybe')).rejects.toThrow();
    expect(await say(handle, 'continue')).toBe('round 2 begins');
    await expect.poll(() => loop.tables.length, { timeout: 20_000 }).toBe(2);
    await expect.poll(() => phase(handle), { timeout: 20_000 }).toBe('waiting for approval');
    expect(await say(handle, 'end')).toBe('it ends after round 2');
    const summary = await handle.result();
    expect(summary.stop).toEqual({ reason: 'ended-by-hand', words: 'somebody ended it after round 2' });
    expect(loop.rounds).toHaveLength(2);
  });

  it('fails with the round that failed', async () => {
    const handle = await loop.start({ scores: [0.5], failing: 2 });
    const error: unknown = await handle.result().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(rootFailure((error as WorkflowFailedError).cause)?.message).toContain('round 2 is meant to fail');
  });
});
