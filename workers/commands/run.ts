import { basename, extname } from 'node:path';
import { Command } from 'commander';
import { loadRecipe } from '../../config/load.js';
import type { RecipeInput } from '../../config/recipe.js';
import { startOrAttach } from '../attach-run.js';
import { connectClient } from '../connection.js';
import { runName } from '../run-name.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';
import { wantsEndFiles, withEndFiles } from './end-files.js';
import { followToEnd, type WaitOptions } from './follow-to-end.js';
import { timeOf } from './time-argument.js';

interface RunOptions extends WaitOptions {
  readonly deployment?: string;
  readonly run?: string;
  readonly watch?: boolean;
  readonly wait?: boolean;
}

/** `cotmill run RECIPE`: starts a run, or attaches to the one of its name; after a crash or a cancel it goes on from the ledger. */
export function runCommand(): Command {
  return withEndFiles(new Command('run'))
    .description('start a run of a recipe, or continue the one of the same name')
    .argument('<recipe>', 'recipe file (.yaml, .json, .js, .ts)')
    .option('-r, --run <name>', 'name of the run; default: the name of the recipe file')
    .option('--watch', 'show its progress until it ends')
    .option('--wait', 'wait until it ends')
    .option('--timeout <time>', 'with --wait or --watch: wait at most so long, such as "90m"; the run goes on', timeOf)
    .option('--json', 'print the end as JSON')
    .addOption(deploymentOption())
    .action(run);
}

async function run(file: string, options: RunOptions): Promise<void> {
  const deployment = await chosenDeployment(options);
  const recipe: RecipeInput = await loadRecipe(file);
  const name = runName(options.run ?? basename(file, extname(file)), 'run name');
  const client = await connectClient(deployment.temporal);
  const { wasAtWork, workflowId } = await startOrAttach(client, { run: name, recipe });
  const begun = `run ${name} ${wasAtWork ? 'is at work already' : 'started'}`;
  if (!waits(options)) {
    console.log(options.json ? JSON.stringify({ run: name, wasAtWork }, null, 2) : `${begun}: cotmill watch ${name}`);
    return;
  }
  console.error(begun);
  const following = { output: process.stderr, show: options.watch ?? false, workflowId };
  await followToEnd(client, { run: name, store: deployment.store, ...following }, options);
}

/** Whoever wants to know the end waits for it. */
const waits = (options: RunOptions): boolean =>
  Boolean(options.watch) || Boolean(options.wait) || options.timeout !== undefined || wantsEndFiles(options);
