import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RecipeInput } from '../../config/recipe.js';
import { followRun } from '../../workers/follow-run.js';
import { startRun } from '../../workers/run-client.js';
import { fakeRecipe } from '../support/system.js';
import { ledgerKeys, readBodyHashes } from './ledger-view.js';
import { readPublished, type Published } from './published.js';
import { answersByBody, answersIn, firstAnswer, markOf, type LogMark } from './request-log.js';
import { PARTS, startRig, type PartName, type Rig, type Servers } from './rig.js';

export const TARGETS = [...PARTS, 'all'] as const;
export type Target = (typeof TARGETS)[number];

export interface KillOptions {
  readonly servers: Servers;
  readonly client: Client;
  /** Below it every run gets a directory of its own. */
  readonly directory: string;
  readonly questions: number;
  readonly latencyMs: number;
  readonly maxConcurrency: number;
  /** Body hash of every call of this recipe, by ledger key: the same in all runs, so read once. */
  readonly bodies: Map<string, string>;
}

/** A run that nobody disturbed: what all others have to equal. */
export interface Reference {
  readonly published: Published;
  readonly keys: ReadonlySet<string>;
  readonly answers: number;
  readonly seconds: number;
}

export interface Round {
  readonly target: Target;
  /** Share of the reference's answers that had been given at the kill. */
  readonly killedAt: number;
  readonly lost: number;
  readonly failed: number;
  readonly duplicates: number;
  /**
   * Answers with status 200 to a call whose record was seen in the ledger before, counted from the moment when it was seen: by a listing
   * just before the kill, or by one when the target was back.
   */
  readonly paidAgain: number;
  /** Records that a listing showed and that are gone at the end. */
  readonly recordsLost: number;
  /** At the model server, or answered and not yet in the ledger, just before the kill. */
  readonly inFlight: number;
  /** Answers beyond one for each record: what the kill cost. */
  readonly paidTwice: number;
  readonly backAfterSeconds: number;
  /** From the kill to the first answer of the target (or behind it) once it is back. */
  readonly firstAnswerSeconds: number;
  /** From the start of the run to its end. */
  readonly seconds: number;
  /** Tables, by their bytes, and the ledger's keys are those of the reference. */
  readonly sameOutputs: boolean;
}

const FIRST_ANSWER_TIMEOUT_MS = 180_000;
const RUN_TIMEOUT_MS = 600_000;

/** Every role, about ten calls a question; four shards, so that some are committed at the kill; no failed question ends the run. */
const recipe = (): RecipeInput =>
  fakeRecipe({
    name: 'faults',
    version: 'v1',
    teachers: [{ name: 'teacher', pool: 'fake', chains: 2, sampling: { temperature: 0.8, maxTokens: 2048 } }],
    validation: { judge: { pool: 'fake' }, maxChains: 3, minVerified: 1 },
    alignment: { critic: { pool: 'fake' }, rewriter: { pool: 'fake' }, maxRounds: 1 },
    limits: { questionsPerShard: 50, maxFailedShare: 1 },
  });

/** Builds once without a fault. */
export async function undisturbed(options: KillOptions): Promise<Reference> {
  return withRig(options, 'undisturbed', async (rig, directory) => {
    const startedAt = performance.now();
    await startRun(options.client, { run: 'undisturbed', recipe: recipe() });
    await finish(options.client, 'undisturbed');
    const seconds = (performance.now() - startedAt) / 1000;
    const keys = await ledgerKeys(rig.store);
    await readBodyHashes(rig.store, keys, options.bodies);
    const answers = answersIn(rig.requestLog);
    checkBodies(options.bodies, keys, answersByBody(rig.requestLog));
    return { published: await readPublished(rig.store, dataset, directory), keys, answers, seconds };
  });
}

const dataset = { name: 'faults', version: 'v1' };

/** Without this, "paid again" would count nothing. */
function checkBodies(bodies: Map<string, string>, keys: Set<string>, answers: Map<string, number>): void {
  const hashes = [...keys].map((key) => bodies.get(key) ?? '');
  if (new Set(hashes).size !== keys.size) throw new Error('two records of the ledger have one request body');
  const unknown = hashes.filter((hash) => !answers.has(hash));
  if (unknown.length > 0) throw new Error(`${unknown.length} records have no answer in the request log`);
}

/** One run in which the target is killed when `share` of the work is done. */
export async function killRound(
  options: KillOptions,
  reference: Reference,
  plan: { readonly target: Target; readonly name: string; readonly share: number },
): Promise<Round> {
  return withRig(options, plan.name, async (rig, directory) => {
    const startedAt = performance.now();
    await startRun(options.client, { run: plan.name, recipe: recipe() });
    const ending = finish(options.client, plan.name);
    await Promise.race([reached(rig, reference.answers * plan.share), ending]);
    const killedAt = answersIn(rig.requestLog) / reference.answers;
    const kill = await killAndRestart(rig, plan.target);
    await ending;
    const seconds = (performance.now() - startedAt) / 1000;
    const published = await readPublished(rig.store, dataset, directory);
    const keys = await ledgerKeys(rig.store);
    await readBodyHashes(rig.store, keys, options.bodies);
    return {
      target: plan.target,
      killedAt,
      lost: options.questions - published.questions,
      failed: published.failed,
      duplicates: published.duplicates,
      paidAgain: paidAgain(rig.requestLog, kill.seen, options.bodies),
      recordsLost: kill.seen.flatMap((seen) => [...seen.keys]).filter((key) => !keys.has(key)).length,
      inFlight: kill.inFlight,
      paidTwice: answersIn(rig.requestLog) - keys.size,
      backAfterSeconds: kill.backAfterSeconds,
      firstAnswerSeconds: kill.firstAnswerSeconds,
      seconds,
      sameOutputs: sameTables(published, reference.published) && sameSet(keys, reference.keys),
    };
  });
}

/** Records that a listing showed, and a place of the request log from which on they were known. */
interface Seen {
  readonly keys: ReadonlySet<string>;
  readonly mark: LogMark;
}

async function look(rig: Rig): Promise<Seen> {
  const keys = await ledgerKeys(rig.store);
  return { keys, mark: markOf(rig.requestLog) };
}

async function killAndRestart(rig: Rig, target: Target) {
  const before = await look(rig);
  const { inFlight: asked } = await rig.modelStats();
  const inFlight = asked + Math.max(0, answersIn(rig.requestLog) - before.keys.size);
  const parts = (target === 'all' ? PARTS : [target]).map((name: PartName) => rig.parts[name]);
  const killedAt = performance.now();
  await Promise.all(parts.map((part) => part.kill()));
  const gone = markOf(rig.requestLog);
  // A model or worker that is gone answers nothing; behind the others answers go on, so the first one counts once they are back.
  const answersGoOn = target === 'temporal' || target === 'seaweedfs';
  const first = answersGoOn ? undefined : firstAnswer(rig.requestLog, gone, FIRST_ANSWER_TIMEOUT_MS);
  first?.catch(() => undefined);
  await Promise.all(parts.map((part) => part.start()));
  const backAt = performance.now();
  const firstAt = await (first ?? firstAnswer(rig.requestLog, markOf(rig.requestLog), FIRST_ANSWER_TIMEOUT_MS));
  return {
    inFlight,
    seen: [before, await look(rig)],
    backAfterSeconds: (backAt - killedAt) / 1000,
    firstAnswerSeconds: (firstAt - killedAt) / 1000,
  };
}

/** Counts each call from the first listing that showed its record. */
function paidAgain(log: string, seen: readonly Seen[], bodies: ReadonlyMap<string, string>): number {
  const counted = new Set<string>();
  let count = 0;
  for (const { keys, mark } of seen) {
    const later = answersByBody(log, mark);
    for (const key of keys) {
      if (!counted.has(key)) count += later.get(bodies.get(key) ?? '') ?? 0;
      counted.add(key);
    }
  }
  return count;
}

async function reached(rig: Rig, answers: number): Promise<void> {
  while (answersIn(rig.requestLog) < answers) await sleep(50);
}

/** Waits as `cotmill run --wait` does, through every outage. */
async function finish(client: Client, run: string): Promise<void> {
  const ended = followRun(client, run, { output: process.stderr, show: false });
  const timeout = sleep(RUN_TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`run ${run} did not end within ${RUN_TIMEOUT_MS / 1000} s`);
  });
  const { state, note } = await Promise.race([ended, timeout]);
  if (state !== 'completed') throw new Error(`run ${run} ${state}: ${note ?? ''}`);
}

async function withRig<Result>(
  options: KillOptions,
  name: string,
  work: (rig: Rig, directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = join(options.directory, name);
  mkdirSync(directory);
  const rig = await startRig(options.servers, {
    directory,
    prefix: name,
    questions: options.questions,
    model: { latency: options.latencyMs },
    maxConcurrency: options.maxConcurrency,
  });
  try {
    return await work(rig, directory);
  } finally {
    await rig.stop();
  }
}

const sameTables = (one: Published, other: Published): boolean =>
  JSON.stringify(Object.entries(one.tables).sort()) === JSON.stringify(Object.entries(other.tables).sort());

const sameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((item) => other.has(item));
