import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { readRunStatus, startRun } from '../../workers/run-client.js';
import { countTroubles, measureHistories, type HistorySize, type Troubles } from './build-histories.js';
import { benchRecipe, startBuildSystem, type BuildSystem } from './build-system.js';
import { peakMegabytesOf, watchCpu } from './build-usage.js';

/** A whole build without model latency, plan and assembly included. */
export interface BuildMeasurement {
  readonly questions: number;
  readonly seconds: number;
  readonly accepted: number;
  readonly failed: number;
  readonly calls: number;
  /** Of the worker with all that it started, and of the Temporal server. */
  readonly cpuSeconds: { readonly worker: number; readonly server: number };
  readonly history: HistorySize;
  readonly peakMegabytes: number;
}

/** A build with many questions waiting for slow calls. */
export interface FlightMeasurement extends Troubles {
  readonly questions: number;
  readonly latencyMs: number;
  readonly seconds: number;
  readonly failed: number;
  readonly calls: number;
  /** Requests that the model server did not answer with 200, or answered twice. */
  readonly callTroubles: number;
  readonly mostQuestionsInFlight: number;
  readonly mostCallsInFlight: number;
  readonly cpuSeconds: { readonly worker: number; readonly server: number };
  readonly peakMegabytes: number;
}

const RUN = 'bench';
const QUESTIONS_IN_FLIGHT = 100;
const SAMPLED_QUESTIONS = 200;
const STATUS_EVERY_MS = 1_000;

export async function measureBuild(questions: number, profileDirectory?: string): Promise<BuildMeasurement> {
  const system = await startBuildSystem({ questions, latencyMs: 0, ...(profileDirectory && { profileDirectory }) });
  try {
    const { summary, seconds, cpuSeconds } = await timedRun(system, QUESTIONS_IN_FLIGHT);
    return {
      questions,
      seconds,
      cpuSeconds,
      accepted: summary.questions.accepted,
      failed: summary.questions.failed,
      calls: summary.calls.new,
      peakMegabytes: peakMegabytesOf(system.worker.pid),
      history: await measureHistories(system.client, { run: RUN, questions, sample: SAMPLED_QUESTIONS }),
    };
  } finally {
    await system.stop();
  }
}

export async function measureFlight(options: {
  questions: number;
  inFlight: number;
  latencyMs: number;
}): Promise<FlightMeasurement> {
  const { questions, inFlight, latencyMs } = options;
  const system = await startBuildSystem({ questions, latencyMs });
  try {
    const ended = new AbortController();
    const watching = watchQuestionsInFlight(system, ended.signal);
    const { summary, seconds, cpuSeconds } = await timedRun(system, inFlight).finally(() => ended.abort());
    const { total, byStatus, repeatedOk, maxInFlight } = await system.model.stats();
    return {
      questions,
      latencyMs,
      seconds,
      cpuSeconds,
      failed: summary.questions.failed,
      calls: summary.calls.new,
      callTroubles: total - (byStatus['200'] ?? 0) + repeatedOk,
      mostQuestionsInFlight: await watching,
      mostCallsInFlight: maxInFlight,
      peakMegabytes: peakMegabytesOf(system.worker.pid),
      ...(await countTroubles(system.client, { run: RUN, questions })),
    };
  } finally {
    await system.stop();
  }
}

async function timedRun({ client, worker, temporal }: BuildSystem, questionsInFlight: number) {
  const cpu = watchCpu({ worker: worker.pid, server: temporal.pid });
  const startedAt = performance.now();
  const handle = await startRun(client, { run: RUN, recipe: benchRecipe(questionsInFlight) });
  const summary = (await handle.result()) as RunSummary;
  return { summary, seconds: (performance.now() - startedAt) / 1_000, cpuSeconds: cpu() };
}

async function watchQuestionsInFlight({ client }: BuildSystem, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    // Before the run has started and while its parts come and go there is nothing to read.
    const status = await readRunStatus(client, RUN).catch(() => undefined);
    most = Math.max(most, status?.questionsInFlight ?? 0);
    await delay(STATUS_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return most;
}
