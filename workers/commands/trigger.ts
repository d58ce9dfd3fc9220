import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { connectClient } from '../connection.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { atSchedule, runOf } from '../schedules.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';
import { wantsEndFiles, withEndFiles } from './end-files.js';
import { followToEnd, type WaitOptions } from './follow-to-end.js';
import { timeOf } from './time-argument.js';

interface TriggerOptions extends WaitOptions {
  readonly deployment?: string;
  readonly wait?: boolean;
}

/** The scheduler of Temporal takes a moment; on a busy cluster some seconds. */
const TAKEN_WITHIN_MS = 60_000;
const POLL_MS = 200;

/** `cotmill schedule trigger NAME`: a run of a schedule now, under its policy for overlaps. */
export function triggerCommand(): Command {
  return withEndFiles(new Command('trigger'))
    .description('start a run of a schedule now; when one is at work, its policy for overlaps counts')
    .argument('<name>', 'name of the schedule')
    .option('--wait', 'wait until that run ends; the exit code is its own')
    .option('--timeout <time>', 'with --wait: wait at most so long, such as "90m"; the run goes on', timeOf)
    .option('--json', 'print the end as JSON')
    .addOption(deploymentOption())
    .action(trigger);
}

async function trigger(name: string, options: TriggerOptions): Promise<void> {
  const { temporal, store } = await chosenDeployment(options);
  const client = await connectClient(temporal);
  const { run, workflowId } = await triggered(client, name);
  if (!options.wait && !wantsEndFiles(options)) {
    console.log(
      options.json ? JSON.stringify({ run, workflowId }) : `run ${run} started as ${workflowId}: cotmill watch ${run}`,
    );
    return;
  }
  console.error(`run ${run} started as ${workflowId}`);
  await followToEnd(client, { run, store, output: process.stderr, show: false, workflowId }, options);
}

/** Triggers and finds the run that came of it. Throws CommandError when the policy for overlaps let none start. */
async function triggered(client: Client, name: string): Promise<{ readonly run: string; readonly workflowId: string }> {
  return atSchedule(client, name, async (handle) => {
    const before = await handle.describe();
    const run = runOf(before);
    if (run === undefined) throw new CommandError(`Schedule "${name}" starts no run of cotmill.`, EXIT.badInput);
    await handle.trigger();
    const lastAt = Date.now() + TAKEN_WITHIN_MS;
    for (;;) {
      const { info, policies } = await handle.describe();
      const newest = info.recentActions.at(-1);
      if (info.numActionsTaken > before.info.numActionsTaken && newest)
        return { run, workflowId: newest.action.workflow.workflowId };
      if (info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap)
        throw new CommandError(
          `Schedule ${name} started none: run ${run} is at work, and the policy for overlaps is "skip". Wait with "cotmill wait ${run}".`,
          EXIT.runFailed,
        );
      if (Date.now() >= lastAt)
        throw new CommandError(
          policies.overlap === 'BUFFER_ONE'
            ? `Schedule ${name} starts its run once that at work has ended: cotmill schedule show ${name}`
            : `Schedule ${name} did not start a run within ${TAKEN_WITHIN_MS / 1000} s: cotmill schedule show ${name}`,
          EXIT.stillRunning,
        );
      await sleep(POLL_MS);
    }
  });
}
