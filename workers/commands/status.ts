import { Command } from 'commander';
import { connectClient } from '../connection.js';
import { createPoolReader } from '../pool-status.js';
import { readRunStatus } from '../run-client.js';
import { ratesBetween, statusScreen, summaryText } from '../status-text.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';
import { withEndFiles, writeEndFiles } from './end-files.js';
import { followToEnd, type WaitOptions } from './follow-to-end.js';
import { timeOf } from './time-argument.js';

interface StatusOptions extends WaitOptions {
  readonly deployment?: string;
}

/** `cotmill status RUN`: where a run stands, once. */
export function statusCommand(): Command {
  return withEndFiles(new Command('status'))
    .description('show where a run stands')
    .argument('<run>', 'name of the run')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (run: string, options: StatusOptions) => {
      const { temporal, store } = await chosenDeployment(options);
      const status = await readRunStatus(await connectClient(temporal), run, createPoolReader(store, process.env));
      await writeEndFiles(status, options, store);
      const text = [
        statusScreen(status, ratesBetween(undefined, status, 0), Infinity),
        ...(status.summary ? [summaryText(status.summary)] : []),
      ];
      console.log(options.json ? JSON.stringify(status, null, 2) : text.join('\n'));
    });
}

/** `cotmill watch RUN`: a run's progress until it ends; the exit code is the run's. */
export const watchCommand = (): Command => following('watch', 'follow a run until it ends', true);

/** `cotmill wait RUN`: says nothing until the run ends; the exit code is the run's. Started again, it goes on waiting: the run does not care. */
export const waitCommand = (): Command =>
  following('wait', 'wait until a run ends; the exit code is its own, however often this is started', false);

function following(name: string, description: string, show: boolean): Command {
  return withEndFiles(new Command(name))
    .description(description)
    .argument('<run>', 'name of the run')
    .option('--timeout <time>', 'wait at most so long, such as "90m"; the run goes on', timeOf)
    .option('--json', 'print the end as JSON')
    .addOption(deploymentOption())
    .action(async (run: string, options: StatusOptions) => {
      const { temporal, store } = await chosenDeployment(options);
      const client = await connectClient(temporal);
      const output = options.json ? process.stderr : process.stdout;
      await followToEnd(client, { run, store, output, show }, options);
    });
}
