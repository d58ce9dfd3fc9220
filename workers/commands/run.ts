import { basename, extname } from 'node:path';
import { Command } from 'commander';
import { loadRecipe } from '../../config/load.js';
import { Name } from '../../config/names.js';
import type { RecipeInput } from '../../config/recipe.js';
import { connectClient } from '../connection.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { exitCodeOfRun, followRun } from '../follow-run.js';
import { createPoolReader } from '../pool-status.js';
import { startRun } from '../run-client.js';
import { summaryText } from '../status-text.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';

interface RunOptions {
  readonly deployment?: string;
  readonly run?: string;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** `cotmill run RECIPE`: starts a run, or attaches to the one of its name; after a crash or a cancel it goes on from the ledger. */
export function runCommand(): Command {
  return new Command('run')
    .description('start a run of a recipe, or continue the one of the same name')
    .argument('<recipe>', 'recipe file (.yaml, .json, .js, .ts)')
    .option('-r, --run <name>', 'name of the run; default: the name of the recipe file')
    .option('--watch', 'show its progress until it ends')
    .option('--wait', 'wait until it ends')
    .option('--json', 'print the end as JSON')
    .addOption(deploymentOption())
    .action(run);
}

async function run(file: string, options: RunOptions): Promise<void> {
  const deployment = await chosenDeployment(options);
  const recipe: RecipeInput = await loadRecipe(file);
  const name = runName(options.run ?? basename(file, extname(file)));
  const client = await connectClient(deployment.temporal);
  await startRun(client, { run: name, recipe });
  if (!options.watch && !options.wait) return say(options, { run: name }, `run ${name} started: cotmill watch ${name}`);
  const readPools = createPoolReader(deployment.store, process.env);
  const end = await followRun(client, name, { output: process.stderr, show: options.watch ?? false, readPools });
  say(options, end, end.summary ? summaryText(end.summary) : `run ${name} ${end.state}: ${end.note ?? ''}`);
  process.exitCode = exitCodeOfRun(end);
}

function runName(name: string): string {
  const parsed = Name.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `run name ${JSON.stringify(name)}: ${parsed.error.issues[0]?.message ?? 'is no name'}; give one with --run`,
    EXIT.badInput,
  );
}

const say = ({ json }: RunOptions, value: object, text: string): void =>
  console.log(json ? JSON.stringify(value, null, 2) : text);
