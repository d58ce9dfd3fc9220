/**
 * Kills a self-improvement: everything by SIGKILL, in the middle of exploring, of measuring and of training, in every round; behind the last of
 * these Temporal and its disk are gone too. The same command is given again each time. What comes out is set beside a run that nobody disturbed. What is
 * real in it, and what is not: improving-rig.ts. Ends with 1 when a number that must be 0 is not, or something differs.
 *
 *   node dist/test/faults/improvement.js [--rounds 2]
 */
import { parseArgs } from 'node:util';
import { startImprovingRig, until, type ImprovingRig } from './improving-rig.js';
import {
  answered,
  endedEarly,
  endOf,
  killEverything,
  midTraining,
  outcomeOf,
  paidTwice,
  resumedFrom,
  roundExplores,
  runLoop,
  type Killed,
  type Outcome,
} from './improving-story.js';
import { answersIn } from './request-log.js';
import { table } from './table.js';

/** Rollouts of a round that are answered at the kill, of fifty or so. */
const ROLLOUTS = 20;
const STEPS = 3;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2' } } });
const maxRounds = Number(values.rounds);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function withRig<Result>(work: (rig: ImprovingRig) => Promise<Result>): Promise<Result> {
  const rig = await startImprovingRig();
  try {
    await rig.start();
    return await work(rig);
  } finally {
    await rig.stop();
  }
}

/** Begins, or goes on, until something holds; then everything is killed. */
async function disturbed(rig: ImprovingRig, midway: () => Promise<void>): Promise<Killed> {
  const running = runLoop(rig, { loop: { maxRounds } });
  await Promise.race([midway(), running.then(endedEarly)]);
  const killed = await killEverything(rig);
  await running;
  return killed;
}

async function killedEverywhere(rig: ImprovingRig) {
  const kills: Killed[] = [];
  for (let round = 1; round <= maxRounds; round += 1) {
    const exploring = await disturbed(rig, async () => {
      await roundExplores(rig, round);
      await answered(rig, answersIn(rig.requestLog) + ROLLOUTS);
    });
    await rig.start();
    const before = rig.jobs('perplexity').length;
    const measuring = await disturbed(rig, () => until('a measuring', () => rig.jobs('perplexity').length > before));
    await rig.start();
    const training = await disturbed(rig, () => midTraining(rig, `small-r${round}`, STEPS));
    rig.loseTemporal();
    await rig.start();
    kills.push(exploring, measuring, training);
    say(
      `round ${round}: killed while it explored, with ${exploring.unrecorded} answers in flight, while it measured, and while it trained`,
    );
  }
  endOf(await runLoop(rig, { loop: { maxRounds } }));
  const rounds = Array.from({ length: maxRounds }, (_, index) => index + 1);
  return {
    outcome: await outcomeOf(rig),
    kills,
    paid: await paidTwice(rig, kills),
    resumed: rounds.map((round) => Number(resumedFrom(rig, `small-r${round}`))),
  };
}

const calm = await withRig(async (rig): Promise<Outcome> => {
  endOf(await runLoop(rig, { loop: { maxRounds } }));
  return outcomeOf(rig);
});
say(`undisturbed: ${calm.keys.size} calls\n${calm.table}`);
const { outcome, kills, paid, resumed } = await withRig(killedEverywhere);
const inFlight = kills.reduce((sum, { unrecorded }) => sum + unrecorded, 0);
const equal = (pick: (found: Outcome) => unknown): boolean =>
  JSON.stringify(pick(outcome)) === JSON.stringify(pick(calm));
const checks = {
  'table equal': equal(({ table: text }) => text),
  'weights and scores equal': equal(({ rounds }) => rounds),
  'choices equal': equal(({ choices }) => choices),
  'ledgers equal': equal(({ keys }) => [...keys].sort()),
  'recorded calls paid again': paid.recorded,
  'in flight at the kills': inFlight,
  'answers paid twice': paid.answers,
  'trainings went on from step': resumed.join(', '),
};
console.log(table([Object.fromEntries(Object.entries(checks).map(([name, found]) => [name, String(found)]))]));
const good =
  !Object.values(checks).includes(false) &&
  paid.recorded === 0 &&
  paid.answers === inFlight &&
  resumed.every((step) => step >= STEPS);
if (!good) say('not as it must be');
process.exitCode = good ? 0 : 1;
