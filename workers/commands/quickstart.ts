import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Deployment, DeploymentInput } from '../../config/deployment.js';
import { experimentTableKey, type ExperimentRecord } from '../../activities/experiment/experiment-record.js';
import { readExperimentRecord } from '../../activities/experiment/read-experiment.js';
import { experimentText } from '../../activities/experiment/experiment-table.js';
import { loadRecipe, parseDeployment } from '../../config/load.js';
import { packageRoot } from '../../config/package-root.js';
import type { Recipe } from '../../config/recipe.js';
import { connectClient } from '../connection.js';
import { exitCodeOfRun, followRun } from '../follow-run.js';
import { createPoolReader } from '../pool-status.js';
import { startRun, type RunStatus } from '../run-client.js';
import { installRuntime, serve } from '../serve.js';
import { openEmbeddedStack } from '../stack/embedded-stack.js';
import { readQuestionKinds, type QuestionKind } from '../question-kinds.js';
import { cotmillHome, isCheckout } from '../stack/home.js';
import { runSetUp } from '../stack/set-up.js';
import { summaryText } from '../status-text.js';
import { countUpTo } from './count-argument.js';
import { leaveDeployment } from './deployment-option.js';

interface QuickstartOptions {
  readonly endpoint?: string;
  readonly model?: string;
  readonly judgeModel?: string;
  readonly apiKeyEnv?: string;
  readonly questions?: string;
  readonly limit?: number;
  readonly full?: boolean;
  readonly json?: boolean;
}

/**
 * `cotmill quickstart`: one whole build on this machine, with the demonstration model or the user's own; `--full`: with students that are trained and
 * scored. A second one pays for nothing and trains nothing.
 */
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
    .option('--limit <count>', 'questions at most', countUpTo(1_000_000))
    .option(
      '--full',
      'and train students of the demonstration model on what was built, and score them on other questions: about 10 minutes on two cores, after a set-up of 1.3 GB',
    )
    .option('--json', 'print the end as JSON')
    .action(quickstart);
}

async function quickstart(options: QuickstartOptions, command: Command): Promise<void> {
  if ((options.endpoint === undefined) !== (options.model === undefined))
    command.error('--endpoint and --model belong together', { exitCode: 2 });
  if (options.full && (options.endpoint !== undefined || options.questions !== undefined))
    command.error('--full trains students of the demonstration model: leave out --endpoint and --questions', {
      exitCode: 2,
    });
  await runSetUp(options.full ? 'training' : 'quickstart');
  const recipe = await quickstartRecipe(options);
  const stack = await openEmbeddedStack({
    databaseFile: join(cotmillHome(), 'temporal', 'dev.db'),
    ...(options.endpoint !== undefined && { pools: ownPools(options) }),
    ...(options.questions !== undefined && { questionsDirectory: dirname(resolve(options.questions)) }),
  });
  try {
    await leaveDeployment(stack.deployment);
    console.error(`Temporal ${stack.temporal.address}, web UI ${stack.temporal.uiUrl ?? '-'} (while this runs)`);
    const run = `quickstart${variantOf(options)}`;
    const deployment = parseDeployment(stack.deployment, 'the quickstart');
    const built = await build(deployment, { run, recipe });
    const { end } = built;
    console.log(options.json ? JSON.stringify({ ...end, kinds: built.kinds }, null, 2) : endText(built));
    process.exitCode = exitCodeOfRun(end);
  } finally {
    await stack.stop();
  }
}

/** A run that has ended, with what its end is told with. */
interface BuiltRun {
  readonly end: RunStatus;
  readonly kinds: readonly QuestionKind[];
  readonly experiment: ExperimentRecord | undefined;
}

/** Serves the deployment for as long as the run takes. */
async function build(
  deployment: Deployment,
  { run, recipe }: { readonly run: string; readonly recipe: Recipe },
): Promise<BuiltRun> {
  // What stops a run is in its status; the workers' own log would say it twice.
  installRuntime('ERROR');
  const client = await connectClient(deployment.temporal);
  const serving = await serve(deployment, { environment: process.env });
  try {
    await startRun(client, { run, recipe });
    const readPools = createPoolReader(deployment.store, process.env);
    const end = await followRun(client, run, { output: process.stderr, show: true, readPools });
    const { store } = serving.dependencies;
    const { summary } = end;
    return {
      end,
      kinds: summary ? await readQuestionKinds(store, summary) : [],
      experiment: summary?.experiment ? await readExperimentRecord(store, run) : undefined,
    };
  } finally {
    await client.connection.close();
    await serving.stop();
  }
}

/** The shipped recipe, with the user's questions and limit in it. */
async function quickstartRecipe(options: QuickstartOptions): Promise<Recipe> {
  const { endpoint, questions, limit, full } = options;
  const demonstration = full ? 'quickstart-full.yaml' : 'quickstart.yaml';
  const file = endpoint === undefined ? demonstration : 'quickstart-own-model.yaml';
  const recipe = await loadRecipe(join(packageRoot(), 'config', 'recipes', file));
  return {
    ...recipe,
    // Users of the quickstart never chose a version: whoever changes a question, prompt or model gets another one instead of a refusal.
    versions: 'from-content',
    sources: recipe.sources.map((source) => ({
      ...source,
      ...(questions !== undefined && { path: basename(questions) }),
    })),
    limits: { ...recipe.limits, ...(limit !== undefined && { maxQuestions: limit }) },
  };
}

/** Other models, questions or limits are another run; '' for the plain quickstart. */
function variantOf({ endpoint, model, judgeModel, questions, limit, full }: QuickstartOptions): string {
  const said = [endpoint, model, judgeModel, questions, limit];
  const kind = full ? '-full' : '';
  if (said.every((word) => word === undefined)) return kind;
  return `${kind}-${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 8)}`;
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

/** Commands as they are typed here: through npm in a checkout, which sets up and builds first. */
const cotmill = (): string => (isCheckout() ? 'npm run cotmill --' : 'npx cotmill');

function endText({ end: { run, state, note, summary }, kinds, experiment }: BuiltRun): string {
  if (!summary) return `run ${run} ${state}: ${note ?? ''}`;
  const { dataset, trainingSets = [] } = summary;
  const folder = (manifestKey: string): string => join(cotmillHome(), 'store', dirname(manifestKey));
  return [
    summaryText(summary),
    `outcomes  ${kinds.map(({ kind, questions }) => `${kind} ${questions}`).join(', ')}`,
    '',
    ...(experiment ? [experimentText(experiment), '', ...experimentHints(experiment)] : []),
    `files     ${folder(dataset.manifestKey)}`,
    ...trainingSets.map(({ manifestKey }) => `student   ${folder(manifestKey)}`),
    `report    ${join(folder(dataset.manifestKey), 'report.html')}`,
    `          with every question: ${cotmill()} report ${dataset.name}@${dataset.version} --serve`,
    'look at   every call, verdict and rewrite of a question:',
    ...examplesOf(kinds).map(
      ({ kind, example }) => `            ${cotmill()} inspect ${run} ${example.slice(0, SHOWN_ID_CHARS)}    # ${kind}`,
    ),
    `          all questions: ${cotmill()} inspect ${run}`,
    `web UI    ${cotmill()} dev    starts the same Temporal server again, with the runs in it`,
  ].join('\n');
}

/** Where the results of an experiment lie, and what to look at next. */
function experimentHints({ run, students, evaluations }: ExperimentRecord): string[] {
  const folder = (key: string): string => join(cotmillHome(), 'store', dirname(key));
  const { name = '', version = '' } = students[0] ?? {};
  const models = [...new Set(evaluations.map(({ result }) => result.model))];
  return [
    `table     ${join(cotmillHome(), 'store', experimentTableKey(run))}`,
    ...students.map((student) => `model     ${student.name} ${student.version}: ${folder(student.manifestKey)}`),
    `compare   ${cotmill()} compare ${run}    or any models: ${cotmill()} compare ${models.slice(-2).join(' ')}`,
    `lineage   ${cotmill()} lineage model ${name}@${version}    what a model was made of, back to the calls`,
  ];
}

/** `inspect` takes the beginning of an id; so much of it is unique in any quickstart. */
const SHOWN_ID_CHARS = 10;

/** The most telling ends of questions first. */
const TELLING = [
  /^accepted after extension$/,
  /^accepted after .*simplification$/,
  /^rejected/,
  /^failed/,
  /^accepted/,
];

/** One question of each of three kinds. */
function examplesOf(kinds: readonly QuestionKind[]): readonly QuestionKind[] {
  const found = TELLING.flatMap((pattern) => kinds.find(({ kind }) => pattern.test(kind)) ?? []);
  return [...new Set(found)].slice(0, 3);
}
