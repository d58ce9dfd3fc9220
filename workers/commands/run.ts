import { basename, extname } from 'node:path';
import { Command } from 'commander';
import { loadRecipe } from '../../config/load.js';
import type { RecipeInput } from '../../config/recipe.js';
import { startOrAttach } from '../attach-run.js';
import { connectClient } from '../connection.js';
import { exitCodeOfRun, followRun } from '../follow-run.js';
import { createPoolReader } from '../pool-status.js';
import { runName } from '../run-name.js';
import { endText } from '../status-text.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';
import { wantsEndFiles, withEndFiles, writeEndFiles, type EndFileOptions } from './end-files.js';
import { timeOf } from './time-argument.js';

interface RunOptions extends EndFileOptions {
  readonly deployment?: string;
  readonly run?: string;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
  readonly timeout?: number;
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
  if (!waits(options)) return say(options, { run: name, wasAtWork }, `${begun}: cotmill watch ${name}`);
  console.error(begun);
  const readPools = createPoolReader(deployment.store, process.env);
  const show = options.watch ?? false;
  const following = { output: process.stderr, show, readPools, workflowId, timeoutMs: options.timeout };
  const end = await followRun(client, name, following);
  // After a timeout a long poll is still open, and would keep this process alive.
  await client.connection.close();
  await writeEndFiles(end, options, deployment.store);
  say(options, end, endText(end));
  process.exitCode = exitCodeOfRun(end);
}

/** Whoever wants to know the end waits for it. */
const waits = (options: RunOptions): boolean =>
  Boolean(options.watch) || Boolean(options.wait) || options.timeout !== undefined || wantsEndFiles(options);

const say = ({ json }: RunOptions, value: object, text: string): void =>
  console.log(json ? JSON.stringify(value, null, 2) : text);
