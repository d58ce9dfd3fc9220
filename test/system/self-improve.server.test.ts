import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoundResult } from '../../activities/improve/round-result.js';
import {
  CONCURRENCY,
  HARD_QUESTIONS,
  HELD_OUT,
  startImprovingRig,
  type ImprovingRig,
} from '../faults/improving-rig.js';
import {
  answered,
  approve,
  endedEarly,
  endOf,
  killEverything,
  midTraining,
  outcomeOf,
  paidTwice,
  resumedFrom,
  runLoop,
  untilItWaits,
  type Outcome,
} from '../faults/improving-story.js';
import { answersIn } from '../faults/request-log.js';

const TIMEOUT_MS = 900_000;

/** What is real in it and what is not: {@link ImprovingRig}. */
describe('a recipe that improves its student, by the command line', { timeout: TIMEOUT_MS }, () => {
  const rigs: ImprovingRig[] = [];
  let calm: ImprovingRig;
  let oneRound: Outcome;
  const open = async (): Promise<ImprovingRig> => {
    const rig = await startImprovingRig();
    rigs.push(rig);
    await rig.start();
    return rig;
  };
  const counts = (rig: ImprovingRig) => ({
    answers: answersIn(rig.requestLog),
    trainings: rig.jobs('train').length,
    measurings: rig.jobs('perplexity').length,
  });
  beforeAll(async () => {
    calm = await open();
  }, TIMEOUT_MS);
  afterAll(() => Promise.all(rigs.map((rig) => rig.stop())));

  it('goes from questions to the table of a round', async () => {
    const { summary } = endOf(await runLoop(calm, { loop: { maxRounds: 1 } }));
    expect(summary?.experiment?.students.map(({ name }) => name)).toEqual(['small']);
    const { rounds = [], stop } = summary?.improvement ?? {};
    expect(stop?.reason).toBe('round-limit');
    expect(rounds[0]).toMatchObject({ explored: { questions: HARD_QUESTIONS }, student: { name: 'small-r1' } });
    expect(rounds[0]?.chosen.found).toBeGreaterThan(0);
    oneRound = await outcomeOf(calm);
    expect(oneRound.table).toContain('| round 1: small-r1 |');
  });

  it('keeps all of a round under another rule for the end, and only the next one is new', async () => {
    const before = counts(calm);
    const running = runLoop(calm, { loop: { maxRounds: 2, approval: true } });
    await untilItWaits(calm, running);
    const { out: status } = await calm.shell.cotmill('status', 'loop');
    expect(status).toMatch(/phase: improving[^]*round 1 of at most 2: waiting for approval\n {2}cotmill approve loop/);
    expect(await calm.shell.cotmill('pause', 'loop')).toMatchObject({
      code: 2,
      err: expect.stringContaining('loop-r1') as string,
    });
    expect(await approve(calm, running)).toMatch(/\| round 1: small-r1 \|[^]*run loop: round 2 begins/);
    const [one, two] = endOf(await running).summary?.improvement?.rounds ?? [];
    expect(newIn(one)).toEqual({ rollouts: 0, answers: 0, student: 'unchanged' });
    expect((await outcomeOf(calm)).rounds[0]).toEqual(oneRound.rounds[0]);
    const paid = newIn(two);
    expect(paid).toEqual({ rollouts: expect.any(Number) as number, answers: HELD_OUT, student: 'new' });
    expect(counts(calm)).toEqual({
      answers: before.answers + paid.rollouts + paid.answers,
      trainings: before.trainings + 1,
      measurings: before.measurings + 1,
    });
  });

  it('ends earlier by another rule, to which what was paid before counts, and nothing at all is new', async () => {
    const before = counts(calm);
    const { summary } = endOf(await runLoop(calm, { loop: { maxRounds: 3, budget: { outputTokens: 1 } } }));
    expect(summary?.improvement?.stop.reason).toBe('budget');
    expect(summary?.improvement?.rounds.map(newIn)).toEqual([{ rollouts: 0, answers: 0, student: 'unchanged' }]);
    expect(counts(calm)).toEqual(before);
  });

  it('learns otherwise in one round, of which everything that was paid before is known', async () => {
    const before = counts(calm);
    const rounds = [{ round: 2, improve: { settings: { learningRate: 1e-4 } } }];
    const { summary } = endOf(await runLoop(calm, { loop: { maxRounds: 2 }, rounds }));
    expect(summary?.improvement?.rounds.map(newIn)).toEqual([
      { rollouts: 0, answers: 0, student: 'unchanged' },
      { rollouts: 0, answers: HELD_OUT, student: 'new' },
    ]);
    const { answers, trainings, measurings } = before;
    expect(counts(calm)).toEqual({ answers: answers + HELD_OUT, trainings: trainings + 1, measurings });
  });

  it('comes to the same when everything is killed while it explores, and again, with Temporal lost, while it trains', async () => {
    const rig = await open();
    const begun = runLoop(rig, { loop: { maxRounds: 1 } });
    await Promise.race([answered(rig, 45), begun.then(endedEarly)]);
    const exploring = await killEverything(rig);
    expect((await begun).code).toBeNaN();
    expect(exploring.unrecorded).toBeLessThanOrEqual(CONCURRENCY);

    await rig.start();
    const resumed = runLoop(rig, { loop: { maxRounds: 1 } });
    await Promise.race([midTraining(rig, 'small-r1', 3), resumed.then(endedEarly)]);
    const training = await killEverything(rig);
    expect((await resumed).code).toBeNaN();
    rig.loseTemporal();

    await rig.start();
    endOf(await runLoop(rig, { loop: { maxRounds: 1 } }));
    expect(await outcomeOf(rig)).toEqual(oneRound);
    expect(resumedFrom(rig, 'small-r1')).toBeGreaterThanOrEqual(3);
    expect(await paidTwice(rig, [exploring, training])).toEqual({ answers: exploring.unrecorded, recorded: 0 });
  });
});

/** What a round paid for in this execution. */
function newIn(round: RoundResult | undefined) {
  const { explored, student, scores = [] } = round ?? {};
  return {
    rollouts: explored?.calls.new ?? NaN,
    answers: scores.reduce((sum, { calls }) => sum + calls.new, 0),
    student: student?.published,
  };
}
