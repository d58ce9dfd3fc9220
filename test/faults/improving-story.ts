import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEnd } from '../../workers/run-end.js';
import type { RoundResult } from '../../activities/improve/round-result.js';
import type { Ended } from '../support/command-line.js';
import { improvingRecipe, readJson, RUN, until, type ImprovingRig } from './improving-rig.js';
import { ledgerKeys, readBodyHashes } from './ledger-view.js';
import { answersByBody, answersIn, markOf, type LogMark } from './request-log.js';

/** What a self-improvement came to, without what differs between executions: times, and what was paid in which of them. */
export interface Outcome {
  readonly table: string;
  readonly rounds: readonly object[];
  /** Bytes of choice.json, round by round. */
  readonly choices: readonly string[];
  /** Keys of the ledger. */
  readonly keys: ReadonlySet<string>;
}

/** `cotmill run`, to the end of the run. */
export const runLoop = (rig: ImprovingRig, changes: Parameters<typeof improvingRecipe>[0]): Promise<Ended> =>
  rig.shell.cotmill(
    'run',
    rig.shell.written(`${RUN}.yaml`, improvingRecipe(changes)),
    '--run',
    RUN,
    '--wait',
    '--json',
  );

/** The end of a run that was waited for. Throws Error with what the command said when it was no good one. */
export function endOf({ code, out, err }: Ended): RunEnd {
  if (code !== 0) throw new Error(`cotmill run ended with ${code}: ${err}\n${out}`);
  return JSON.parse(out) as RunEnd;
}

/** `cotmill approve`, once the loop waits for it. Throws Error when the run ends before. */
export async function approve(rig: ImprovingRig, running: Promise<Ended>): Promise<string> {
  await untilItWaits(rig, running);
  const { code, out, err } = await rig.shell.cotmill('approve', RUN);
  if (code !== 0) throw new Error(`cotmill approve ended with ${code}: ${err}`);
  return out;
}

/** The loop waits for approval. Fails at once when the run ends before. */
export async function untilItWaits(rig: ImprovingRig, running: Promise<Ended>): Promise<void> {
  const loop = rig.client.workflow.getHandle(`${RUN}/improvement`);
  const phase = async (): Promise<unknown> =>
    (await loop.describe().catch(() => undefined))?.searchAttributes['CotPhase']?.[0];
  const waiting = until('the loop waits for approval', async () => (await phase()) === 'waiting for approval');
  await Promise.race([waiting, running.then(endedEarly)]);
}

/** To be raced against what should come before the end of a run. */
export const endedEarly = ({ code, err }: Ended): never => {
  throw new Error(`the run ended with ${code} too early: ${err}`);
};

export async function outcomeOf(rig: ImprovingRig): Promise<Outcome> {
  const folder = join(rig.directory, 'store', 'runs', RUN, 'improvement');
  const stored = async (key: string): Promise<string> => {
    const body = await rig.store.get(key);
    if (!body) throw new Error(`${key} is not there`);
    return Buffer.from(body).toString('utf8');
  };
  const { rounds } = readJson(join(folder, 'rounds.json')) as { readonly rounds: readonly RoundResult[] };
  return {
    table: (await stored(`runs/${RUN}/improvement/table.md`)).replace(/^In this execution .*$/m, ''),
    rounds: rounds.map(lasting),
    choices: await Promise.all(rounds.map(({ chosen }) => stored(chosen.choiceKey))),
    keys: await ledgerKeys(rig.store),
  };
}

function lasting({ round, explored, chosen, student, scores }: RoundResult): object {
  const { dataset, questions, calls, took } = explored;
  return {
    ...{ round, dataset, questions, took, chosen },
    calls: calls.new + calls.reused,
    student: student && { version: student.version, weights: student.weightsSha256, loss: student.result.loss },
    scores: scores.map(({ passAt1, problems, outcomes, meanTokens, calls: { new: paid, reused } }) => ({
      ...{ passAt1, problems, outcomes, meanTokens },
      calls: paid + reused,
    })),
  };
}

/** What is known right behind a kill. */
export interface Killed {
  /** Records of the ledger. */
  readonly keys: ReadonlySet<string>;
  readonly mark: LogMark;
  /** Answers that nobody wrote down. */
  readonly unrecorded: number;
}

export async function killEverything(rig: ImprovingRig): Promise<Killed> {
  await rig.killEverything();
  const keys = await ledgerKeys(rig.store);
  return { keys, mark: markOf(rig.requestLog), unrecorded: answersIn(rig.requestLog) - keys.size };
}

/** Waits until students have been asked so often. */
export const answered = (rig: ImprovingRig, count: number): Promise<void> =>
  until(`${count} answers`, () => answersIn(rig.requestLog) >= count);

/** Waits until the student of a round is served to explore. */
export const roundExplores = (rig: ImprovingRig, round: number): Promise<void> =>
  until(`round ${round} explores`, () => rig.jobs(`serve-explore-r${round}`).length > 0);

/** Waits until a training has written a checkpoint of some steps. Throws Error when it ended meanwhile: that would be no kill in the middle. */
export async function midTraining(rig: ImprovingRig, student: string, steps: number): Promise<void> {
  await until(`step ${steps} of ${student}`, () => stepsSaved(rig, student) >= steps);
  if (existsSync(join(rig.training(student) ?? '', 'output', 'result.json')))
    throw new Error(`the training of ${student} was over before anything was killed`);
}

function stepsSaved(rig: ImprovingRig, student: string): number {
  const folder = rig.training(student);
  const checkpoints = folder === undefined ? '' : join(folder, 'output', 'checkpoints');
  if (!existsSync(checkpoints)) return 0;
  const whole = readdirSync(checkpoints).filter((name) => existsSync(join(checkpoints, name, 'trainer_state.json')));
  return Math.max(0, ...whole.map((name) => Number(/^checkpoint-(\d+)$/.exec(name)?.[1] ?? 0)));
}

/** Step from which a training went on. */
export const resumedFrom = (rig: ImprovingRig, student: string): unknown =>
  (readJson(join(rig.training(student) ?? '', 'output', 'result.json')) as { readonly resumedFrom?: unknown })
    .resumedFrom;

/** Answers beyond one for each record, and answers to calls whose record was there at a kill. */
export async function paidTwice(
  rig: ImprovingRig,
  kills: readonly Killed[],
): Promise<{ readonly answers: number; readonly recorded: number }> {
  const keys = await ledgerKeys(rig.store);
  const bodies = new Map<string, string>();
  await readBodyHashes(rig.store, keys, bodies);
  if (new Set(bodies.values()).size !== keys.size) throw new Error('two records of the ledger have one request body');
  const known = answersByBody(rig.requestLog);
  const unknown = [...bodies.values()].filter((body) => !known.has(body));
  if (unknown.length > 0) throw new Error(`${unknown.length} records have no answer in the request log`);
  const recorded = kills.flatMap(({ keys: before, mark }) => {
    const later = answersByBody(rig.requestLog, mark);
    return [...before].map((key) => later.get(bodies.get(key) ?? '') ?? 0);
  });
  return { answers: answersIn(rig.requestLog) - keys.size, recorded: recorded.reduce((sum, count) => sum + count, 0) };
}
