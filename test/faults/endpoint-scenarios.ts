/** What endpoints do to a build, each scenario small in the tests and large in the script. All return what was measured. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { createFileStore } from '../../activities/store/file-store.js';
import { readRunStatus, startRun } from '../../workers/run-client.js';
import type { FakeStats, FaultShares } from '../fakes/model-server.js';
import { fakeRecipe, startSystem, type System, type SystemOptions } from '../support/system.js';
import { readPublished, type Published } from './published.js';
import { checkRows, type RowCheck } from './check-rows.js';
import { verifyAnswers, type AnswerCheck } from './verify-answers.js';

/** A model server on a bad day. */
export const NOISE: FaultShares = {
  refuse: 0.3,
  fail: 0.05,
  drop: 0.02,
  garbageBody: 0.02,
  truncate: 0.02,
  garbageAnswer: 0.02,
};

export interface Scale {
  readonly questions: number;
}

const RECIPE = { name: 'faults', version: 'v1' };

async function withSystem<Result>(options: SystemOptions, work: (system: System) => Promise<Result>): Promise<Result> {
  const system = await startSystem(options);
  try {
    return await work(system);
  } finally {
    await system.stop();
  }
}

const runNames = { count: 0 };
const runName = (scenario: string): string => `${scenario}-${process.pid}-${(runNames.count += 1)}`;

async function build(system: System, run: string): Promise<RunSummary> {
  const handle = await startRun(system.client, {
    run,
    recipe: fakeRecipe({ ...RECIPE, limits: { questionsPerShard: 100, questionsInFlight: 300 } }),
  });
  return (await handle.result()) as RunSummary;
}

const publishedOf = (system: System): Promise<Published> =>
  readPublished(storeOf(system), RECIPE, join(system.directory, 'published'));

const storeOf = (system: System) => createFileStore(join(system.directory, 'store'));

export interface Noisy {
  readonly summary: RunSummary;
  readonly published: Published;
  readonly stats: FakeStats;
  readonly answers: AnswerCheck;
  readonly rows: RowCheck;
  readonly seconds: number;
}

/** (i) Refusals, faults, resets, truncated and garbage answers, all at once. */
export function noisyEndpoint({
  questions,
  faults = NOISE,
}: Scale & { readonly faults?: Partial<FaultShares> }): Promise<Noisy> {
  const model = { seed: 'noise', faults, latency: 20, retryAfterMs: 50 };
  return withSystem({ questions, model }, async (system) => {
    await system.serve();
    const run = runName('noisy');
    const startedAt = performance.now();
    const summary = await build(system, run);
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      summary,
      seconds,
      stats: system.model.stats(),
      published: await publishedOf(system),
      rows: await checkRows(join(system.directory, 'published')),
      answers: await verifyAnswers(storeOf(system), run),
    };
  });
}

export interface Ceiling {
  readonly summary: RunSummary;
  readonly calls: number;
  readonly refusals: number;
  /** Of the capacity, from the first accepted call to the last answer. */
  readonly usedShare: number;
  /** The same between a tenth and nine tenths of the answers: without the first and the last questions' lonely steps. */
  readonly usedShareInTheMiddle: number;
  readonly seconds: number;
}

/** (ii) An endpoint that refuses above 32 calls in flight, while the deployment allows 256. */
export function endpointWithCeiling(scale: Scale & { readonly latencyMs: number; readonly expectedCalls: number }) {
  const { questions, latencyMs, expectedCalls } = scale;
  const capacity = 32;
  const model = { capacity, latency: latencyMs };
  return withSystem({ questions, model, endpoint: { maxConcurrency: 256 } }, async (system): Promise<Ceiling> => {
    await system.serve();
    const samples: FakeStats[] = [];
    const timer = setInterval(() => samples.push(system.model.stats()), 100);
    const startedAt = performance.now();
    const summary = await build(system, runName('ceiling')).finally(() => clearInterval(timer));
    const stats = system.model.stats();
    const ok = (sample: FakeStats): number => sample.byStatus['200'] ?? 0;
    const total = Math.max(ok(stats), expectedCalls);
    const first = samples.find((sample) => ok(sample) >= total * 0.1) ?? stats;
    const last = samples.findLast((sample) => ok(sample) <= total * 0.9) ?? stats;
    return {
      summary,
      calls: ok(stats),
      refusals: stats.byStatus['429'] ?? 0,
      usedShare: stats.usedShare ?? 0,
      usedShareInTheMiddle: (last.busyMs - first.busyMs) / ((last.elapsedMs - first.elapsedMs) * capacity),
      seconds: (performance.now() - startedAt) / 1000,
    };
  });
}

const SETTLING_MS = 500;

export interface Outage {
  readonly summary: RunSummary;
  readonly published: Published;
  readonly answersBefore: number;
  /** Answers while it was down: must be 0. */
  readonly answersDuring: number;
  /** From the moment the endpoint is back to its first answer. */
  readonly firstAnswerSeconds: number;
  readonly seconds: number;
}

/** (iii) An endpoint whose port nobody listens on for a while. */
export function endpointDown({ questions, downMs }: Scale & { readonly downMs: number }): Promise<Outage> {
  return withSystem({ questions, model: { latency: 100 } }, async (system) => {
    await system.serve();
    const answered = (): number => system.model.stats().byStatus['200'] ?? 0;
    const startedAt = performance.now();
    const ending = build(system, runName('down'));
    while (answered() < questions * 5) await sleep(20);
    await system.model.goDown('refused');
    // Answers that were on their way into cut connections are still counted for a moment.
    await sleep(SETTLING_MS);
    const answersBefore = answered();
    await sleep(downMs - SETTLING_MS);
    const answersDuring = answered() - answersBefore;
    await system.model.comeUp();
    const upAt = performance.now();
    while (answered() === answersBefore + answersDuring) await sleep(20);
    const firstAnswerSeconds = (performance.now() - upAt) / 1000;
    const summary = await ending;
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      summary,
      published: await publishedOf(system),
      answersBefore,
      answersDuring,
      firstAnswerSeconds,
      seconds,
    };
  });
}

export interface WrongKey {
  readonly message: string;
  readonly url: string;
  readonly secondsToStop: number;
  readonly burnt: number;
  readonly answersWithWrongKey: number;
  readonly refusedRequests: number;
  readonly mended: RunSummary;
}

export const KEY_VARIABLE = 'FAULTS_MODEL_KEY';

/** (iv) A wrong key: the run stops; with the right one the same name goes on. */
export function wrongKey({ questions }: Scale): Promise<WrongKey> {
  const options = { questions, model: { apiKey: 'right-key' }, endpoint: { apiKeyEnv: KEY_VARIABLE } };
  return withSystem({ ...options }, async (system) => {
    const run = runName('key');
    const wrong = await system.serve({ [KEY_VARIABLE]: 'wrong-key' });
    const startedAt = performance.now();
    await build(system, run).catch(() => undefined);
    const secondsToStop = (performance.now() - startedAt) / 1000;
    const status = await readRunStatus(system.client, run);
    const { byStatus } = system.model.stats();
    await wrong.stop();
    await system.serve({ [KEY_VARIABLE]: 'right-key' });
    return {
      message: `${status.state}: ${status.note ?? ''}`,
      url: system.model.url,
      secondsToStop,
      burnt: status.tally.failed + status.tally.rejected,
      answersWithWrongKey: byStatus['200'] ?? 0,
      refusedRequests: byStatus['401'] ?? 0,
      mended: await build(system, run),
    };
  });
}
