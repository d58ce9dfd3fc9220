import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client';
import { EXIT } from './exit-codes.js';
import { existingExecution, existingRun } from './find-run.js';
import { createLiveScreen } from './live-screen.js';
import type { PoolReader } from './pool-status.js';
import { readStatusOf, type RunStatus } from './run-client.js';
import { ratesBetween, statusLine, statusScreen, type Rates } from './status-text.js';

const SCREEN_INTERVAL_MS = 1_000;
const LINE_INTERVAL_MS = 5_000;

export interface FollowOptions {
  /** Where lines or the screen go. */
  readonly output: NodeJS.WriteStream;
  /** false: say nothing, only wait. */
  readonly show: boolean;
  readonly readPools?: PoolReader;
  /** The execution to follow. Left out: the newest of the run. */
  readonly workflowId?: string | undefined;
  /** Longest time to follow it. Left out: to its end. */
  readonly timeoutMs?: number | undefined;
}

/** Where a run is shown. */
interface Display {
  readonly intervalMs: number;
  show(status: RunStatus, rates: Rates): void;
  /** Temporal does not answer. */
  away(reason: string): void;
}

/**
 * Shows a run until it ends, or until the time is over: a live screen on a terminal, a line now and then elsewhere. A server or worker that is away is
 * waited for.
 */
export async function followRun(client: Client, run: string, options: FollowOptions): Promise<RunStatus> {
  const display = displayOf(options);
  const lastAt = Date.now() + (options.timeoutMs ?? Infinity);
  const waiting = { display, lastAt };
  const workflowId = options.workflowId ?? (await whenReachable(() => existingRun(client, run), waiting)).workflowId;
  const end = endOf(client, workflowId);
  const read = async (): Promise<RunStatus> =>
    readStatusOf(client, { run, ...(await existingExecution(client, workflowId)) }, options.readPools);
  let earlier: { status: RunStatus; at: number } | undefined;
  for (;;) {
    const status = await whenReachable(read, waiting);
    const at = Date.now();
    display.show(status, ratesBetween(earlier?.status, status, earlier ? (at - earlier.at) / 1000 : 0));
    if (status.state !== 'running' || at >= lastAt) return status;
    earlier = { status, at };
    await Promise.race([sleep(Math.min(display.intervalMs, lastAt - at)), end]);
  }
}

/** Resolves when the run ends, so that a short run is not waited for a whole interval. One long poll for the whole time of watching. */
async function endOf(client: Client, workflowId: string): Promise<void> {
  const { runId } = (await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined)) ?? { runId: undefined };
  for (;;) {
    try {
      await client.workflow.getHandle(workflowId, runId).result();
      return;
    } catch (error) {
      if (!isAway(error)) return;
      await sleep(LINE_INTERVAL_MS, undefined, { ref: false });
    }
  }
}

async function whenReachable<Value>(
  read: () => Promise<Value>,
  { display, lastAt }: { readonly display: Display; readonly lastAt: number },
): Promise<Value> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!isAway(error) || Date.now() >= lastAt) throw error;
      display.away(error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error));
      await sleep(display.intervalMs);
    }
  }
}

/** gRPC codes of a server that is starting, overloaded or gone: cancelled, unknown, deadline exceeded, exhausted, aborted, internal, unavailable. */
const AWAY = new Set([1, 2, 4, 8, 10, 13, 14]);

function isAway(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && AWAY.has(cause.code);
}

function displayOf({ output, show }: FollowOptions): Display {
  if (!show) return { intervalMs: LINE_INTERVAL_MS, show: () => undefined, away: () => undefined };
  return output.isTTY ? screenOn(output) : linesTo(output);
}

function screenOn(output: NodeJS.WriteStream): Display {
  const screen = createLiveScreen(output);
  let last: string[] = [];
  return {
    intervalMs: SCREEN_INTERVAL_MS,
    show: (status, rates) => screen.draw((last = statusScreen(status, rates, screen.width()).split('\n'))),
    away: (reason) => screen.draw([...last, awayText(reason)]),
  };
}

function linesTo(output: NodeJS.WriteStream): Display {
  let said = false;
  return {
    intervalMs: LINE_INTERVAL_MS,
    show(status, rates) {
      said = false;
      output.write(`${statusLine(status, rates)}\n`);
    },
    away(reason) {
      if (!said) output.write(`${awayText(reason)}\n`);
      said = true;
    },
  };
}

const awayText = (reason: string): string => `Temporal does not answer; waiting for it (${reason.split('\n')[0]})`;

/** Exit code of a run by how it ended. */
export function exitCodeOfRun({ state, summary }: Pick<RunStatus, 'state' | 'summary'>): number {
  if (state === 'completed') return summary?.gates?.some(({ passed }) => !passed) ? EXIT.gateMissed : EXIT.ok;
  if (state === 'running') return EXIT.stillRunning;
  return state === 'cancelled' ? EXIT.cancelled : EXIT.runFailed;
}
