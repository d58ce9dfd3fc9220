import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import type { DeploymentInput } from '../../config/deployment.js';
import { loadRecipe, parseDeployment } from '../../config/load.js';
import { packageRoot } from '../../config/package-root.js';
import type { Recipe } from '../../config/recipe.js';
import { connectClient } from '../connection.js';
import { exitCodeOfRun, followRun } from '../follow-run.js';
import { startRun, type RunStatus } from '../run-client.js';
import { installRuntime, serve } from '../serve.js';
import { openEmbeddedStack } from '../stack/embedded-stack.js';
import { cotmillHome } from '../stack/home.js';
import { runSetUp } from '../stack/set-up.js';
import { summaryText } from '../status-text.js';
import { leaveDeployment } from './deployment-option.js';

interface QuickstartOptions {
  readonly endpoint?: string;
  readonly model?: string;
  readonly judgeModel?: string;
  readonly apiKeyEnv?: string;
  readonly questions?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** `cotmill quickstart`: one whole build on this machine, with the demonstration model or the user's own. A second one pays for nothing. */
export function quickstartCommand(): Command {
  return new Command('quickstart')
    .description('build a small data set on this machine, for real')
    .option(
      '--endpoint <url>',
      'your own OpenAI-compatible endpoint, up to and including /v1 (Ollama, llama-server, vLLM, a hosted API)',
    )
    .option('--model <name>', 'model at that endpoint: teacher, and judge unless --judge-model is given')
    .option('--judge-model <name>', 'model that judges, scores, criticises and rewrites')
    .option('--api-key-env <NAME>', "environment variable with the endpoint's API key")
    .option('--questions <file>', 'questions of your own: JSON Lines with "question" and "answer"')
    .option('--limit <count>', 'questions at most')
    .option('--json', 'print the end as JSON')
    .action(quickstart);
}

async function quickstart(options: QuickstartOptions, command: Command): Promise<void> {
  if ((options.endpoint === undefined) !== (options.model === undefined))
    command.error('--endpoint and --model belong together', { exitCode: 2 });
  await runSetUp('quickstart');
  const recipe = await quickstartRecipe(options);
  const stack = await openEmbeddedStack({
    databaseFile: join(cotmillHome(), 'temporal', 'dev.db'),
    ...(options.endpoint !== undefined && { pools: ownPools(options) }),
    ...(options.questions !== undefined && { questionsDirectory: dirname(resolve(options.questions)) }),
  });
  try {
    const deployment = parseDeployment(stack.deployment, 'the quickstart');
    const client = await connectClient(deployment.temporal);
    const run = `quickstart${variantOf(options)}`;
    await leaveDeployment(stack.deployment);
    // What stops a run is in its status; the workers' own log would say it twice.
    installRuntime('ERROR');
    const serving = await serve(deployment, { environment: process.env });
    console.error(`Temporal ${stack.temporal.address}, web UI ${stack.temporal.uiUrl ?? '-'} (while this runs)`);
    await startRun(client, { run, recipe });
    const end = await followRun(client, run, { output: process.stderr, show: true });
    await client.connection.close();
    await serving.stop();
    console.log(options.json ? JSON.stringify(end, null, 2) : endText(end));
    process.exitCode = exitCodeOfRun(end);
  } finally {
    await stack.stop();
  }
}

/** The shipped recipe, with the user's questions and limit in it. */
async function quickstartRecipe(options: QuickstartOptions): Promise<Recipe> {
  const { endpoint, questions, limit } = options;
  const file = endpoint === undefined ? 'quickstart.yaml' : 'quickstart-own-model.yaml';
  const recipe = await loadRecipe(join(packageRoot(), 'config', 'recipes', file));
  return {
    ...recipe,
    version: `${recipe.version}${variantOf(options)}`,
    sources: recipe.sources.map((source) => ({
      ...source,
      ...(questions !== undefined && { path: basename(questions) }),
    })),
    limits: { ...recipe.limits, ...(limit !== undefined && { maxQuestions: Number(limit) }) },
  };
}

/** Other models, questions or limits are another run and another version of the data set; '' for the plain quickstart. */
function variantOf({ endpoint, model, judgeModel, questions, limit }: QuickstartOptions): string {
  const said = [endpoint, model, judgeModel, questions, limit];
  if (said.every((word) => word === undefined)) return '';
  return `-${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 8)}`;
}

function ownPools({
  endpoint = '',
  model = '',
  judgeModel = model,
  apiKeyEnv,
}: QuickstartOptions): DeploymentInput['pools'] {
  const endpoints = [{ url: endpoint, maxConcurrency: 16, ...(apiKeyEnv !== undefined && { apiKeyEnv }) }];
  return { teacher: { model, endpoints }, judge: { model: judgeModel, endpoints } };
}

function endText({ run, state, note, summary }: RunStatus): string {
  if (!summary) return `run ${run} ${state}: ${note ?? ''}`;
  return [
    summaryText(summary),
    '',
    `files     ${join(cotmillHome(), 'store', dirname(summary.dataset.manifestKey))}`,
    `look at   npm run cotmill -- inspect ${run}          every question; add an id to see its calls, verdicts and rewrites`,
    'web UI    npm run cotmill -- dev                      the same Temporal server again, with the runs in it',
  ].join('\n');
}
