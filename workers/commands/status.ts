import { Command } from 'commander';
import { connectClient } from '../connection.js';
import { exitCodeOfRun, followRun } from '../follow-run.js';
import { createPoolReader } from '../pool-status.js';
import { readRunStatus } from '../run-client.js';
import { ratesBetween, statusScreen, summaryText } from '../status-text.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';

interface StatusOptions {
  readonly deployment?: string;
  readonly json?: boolean;
}

/** `cotmill status RUN`: where a run stands, once. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show where a run stands')
    .argument('<run>', 'name of the run')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (run: string, options: StatusOptions) => {
      const { temporal, store } = await chosenDeployment(options);
      const status = await readRunStatus(await connectClient(temporal), run, createPoolReader(store, process.env));
      const text = [
        statusScreen(status, ratesBetween(undefined, status, 0), Infinity),
        ...(status.summary ? [summaryText(status.summary)] : []),
      ];
      console.log(options.json ? JSON.stringify(status, null, 2) : text.join('\n'));
    });
}

/** `cotmill watch RUN`: a run's progress until it ends; the exit code is the run's. */
export function watchCommand(): Command {
  return new Command('watch')
    .description('follow a run until it ends')
    .argument('<run>', 'name of the run')
    .addOption(deploymentOption())
    .action(async (run: string, options: StatusOptions) => {
      const { temporal, store } = await chosenDeployment(options);
      const readPools = createPoolReader(store, process.env);
      const end = await followRun(await connectClient(temporal), run, {
        output: process.stdout,
        show: true,
        readPools,
      });
      console.log(end.summary ? summaryText(end.summary) : `run ${run} ${end.state}: ${end.note ?? ''}`);
      process.exitCode = exitCodeOfRun(end);
    });
}
