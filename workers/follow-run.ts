import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, EXIT } from './exit-codes.js';
import { readRunStatus, type RunStatus } from './run-client.js';
import { ratesBetween, statusLine, statusScreen } from './status-text.js';

const SCREEN_INTERVAL_MS = 1_000;
const LINE_INTERVAL_MS = 5_000;

export interface FollowOptions {
  /** Where lines or the screen go. */
  readonly output: NodeJS.WriteStream;
  /** false: say nothing, only wait. */
  readonly show: boolean;
}

/** Shows a run until it ends: a live screen on a terminal, a line now and then elsewhere. A server or worker that is away is waited for. */
export async function followRun(client: Client, run: string, { output, show }: FollowOptions): Promise<RunStatus> {
  const live = show && output.isTTY;
  let earlier: { status: RunStatus; at: number } | undefined;
  let drawn = 0;
  for (;;) {
    const status = await readWhenReachable(client, run);
    const at = Date.now();
    const rates = ratesBetween(earlier?.status, status, earlier ? (at - earlier.at) / 1000 : 0);
    if (live) drawn = redraw(output, statusScreen(status, rates, output.columns), drawn);
    else if (show) output.write(`${statusLine(status, rates)}\n`);
    if (status.state !== 'running') return status;
    earlier = { status, at };
    await Promise.race([sleep(live ? SCREEN_INTERVAL_MS : LINE_INTERVAL_MS), ended(client, run)]);
  }
}

/** Resolves when the run ends, so that a short run is not waited for a whole interval. */
async function ended(client: Client, run: string): Promise<void> {
  await client.workflow
    .getHandle(run)
    .result()
    .catch(() => sleep(LINE_INTERVAL_MS, undefined, { ref: false }));
}

async function readWhenReachable(client: Client, run: string): Promise<RunStatus> {
  for (;;) {
    try {
      return await readRunStatus(client, run);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      await sleep(SCREEN_INTERVAL_MS);
    }
  }
}

function redraw(output: NodeJS.WriteStream, screen: string, drawnLines: number): number {
  if (drawnLines > 0) output.write(`\u001B[${drawnLines}A\u001B[J`);
  output.write(`${screen}\n`);
  return screen.split('\n').length;
}

/** Exit code of a run by how it ended. */
export function exitCodeOfRun({ state }: RunStatus): number {
  if (state === 'completed') return EXIT.ok;
  return state === 'cancelled' ? EXIT.cancelled : EXIT.runFailed;
}
