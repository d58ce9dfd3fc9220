/**
 * Kills each part of a running cotmill with SIGKILL, starts it again at once, and counts what that cost. Real Temporal (file database),
 * SeaweedFS, `cotmill worker`; the model server is a slow deterministic fake. Ends with 1 when a number that must be 0 is not.
 *
 *   node dist/test/faults/kill.js [--rounds 5] [--questions 200] [--targets worker,temporal,model,seaweedfs,all] [--latency 300] [--json] [--keep]
 */
import { parseArgs } from 'node:util';
import { connectClient } from '../../workers/connection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { killRound, TARGETS, undisturbed, type KillOptions, type Round, type Target } from './kill-round.js';
import { startServers } from './rig.js';
import { table } from './table.js';

/** The target is killed between these shares of the work, evenly over the rounds. */
const FIRST_SHARE = 0.3;
const LAST_SHARE = 0.6;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    questions: { type: 'string', default: '200' },
    targets: { type: 'string', default: TARGETS.join(',') },
    latency: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function chosenTargets(): Target[] {
  return values.targets.split(',').map((name) => {
    const target = TARGETS.find((candidate) => candidate === name);
    if (target) return target;
    throw new Error(`--targets: expected some of ${TARGETS.join(',')}, got "${name}"`);
  });
}

async function play(options: KillOptions, targets: readonly Target[], rounds: number): Promise<Round[]> {
  const reference = await undisturbed(options);
  const { published, answers, seconds } = reference;
  say(
    `undisturbed: ${published.questions} questions, ${answers} calls, ${seconds.toFixed(1)} s, content ${published.manifest.contentSha256.slice(0, 12)}`,
  );
  const played: Round[] = [];
  for (const target of targets) {
    for (let round = 0; round < rounds; round += 1) {
      const share = rounds === 1 ? FIRST_SHARE : FIRST_SHARE + ((LAST_SHARE - FIRST_SHARE) * round) / (rounds - 1);
      const done = await killRound(options, reference, { target, name: `${target}-${round + 1}`, share });
      say(`${target} ${round + 1}: ${JSON.stringify(done)}`);
      played.push(done);
    }
  }
  return played;
}

/** What must be zero, or as it would have been. */
const faultless = (round: Round): boolean =>
  round.lost + round.failed + round.duplicates + round.paidAgain + round.recordsLost === 0 && round.sameOutputs;

const range = (numbers: readonly number[], digits = 0): string => {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)].map((number) => number.toFixed(digits));
  return low === high ? String(low) : `${low}-${high}`;
};
const sum = (numbers: readonly number[]): string => String(numbers.reduce((total, number) => total + number, 0));

function report(rounds: readonly Round[], targets: readonly Target[]): string {
  const rows = targets.map((target) => {
    const of = rounds.filter((round) => round.target === target);
    const each = (pick: (round: Round) => number): number[] => of.map(pick);
    return {
      'killed (SIGKILL)': target,
      rounds: String(of.length),
      'lost questions': sum(each((round) => round.lost)),
      'failed questions': sum(each((round) => round.failed)),
      'duplicated rows': sum(each((round) => round.duplicates)),
      'acknowledged calls paid again': sum(each((round) => round.paidAgain)),
      'records lost': sum(each((round) => round.recordsLost)),
      'in flight at the kill': range(each((round) => round.inFlight)),
      'answers paid twice': range(each((round) => round.paidTwice)),
      'back after s': range(
        each((round) => round.backAfterSeconds),
        1,
      ),
      'first new answer after s': range(
        each((round) => round.firstAnswerSeconds),
        1,
      ),
      'whole run s': range(
        each((round) => round.seconds),
        0,
      ),
      'outputs equal': `${of.filter((round) => round.sameOutputs).length}/${of.length}`,
    };
  });
  return table(rows);
}

async function main(): Promise<void> {
  const targets = chosenTargets();
  const folder = temporaryDirectory('kill');
  const servers = await startServers(folder.path);
  const client = await connectClient({ address: servers.temporalAddress, namespace: 'default' });
  try {
    const rounds = await play(
      {
        servers,
        client,
        directory: folder.path,
        questions: Number(values.questions),
        latencyMs: Number(values.latency),
        maxConcurrency: 64,
        bodies: new Map(),
      },
      targets,
      Number(values.rounds),
    );
    console.log(values.json ? JSON.stringify(rounds, null, 2) : report(rounds, targets));
    const bad = rounds.filter((round) => !faultless(round));
    if (bad.length > 0) say(`not as it must be: ${bad.map(({ target }) => target).join(', ')}`);
    process.exitCode = bad.length > 0 ? 1 : 0;
  } finally {
    await client.connection.close();
    await servers.stop();
    if (values.keep) say(`kept: ${folder.path}`);
    else folder.remove();
  }
}

await main();
