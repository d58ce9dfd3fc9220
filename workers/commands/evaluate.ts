import { basename, dirname, extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Command } from 'commander';
import { evaluationText, groupText, type EvaluationVerdict } from '../../activities/evaluation/evaluation-text.js';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { EvaluationSummary } from '../../activities/evaluation/evaluation-summary.js';
import { comparePaired, comparisonWords } from '../../activities/evaluation/paired.js';
import { readEvaluationSummary, readProblemResults } from '../../activities/evaluation/read-evaluation.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { evaluatedName } from '../../config/evaluation.js';
import { loadRecipe } from '../../config/load.js';
import { COT_RUN } from '../../workflows/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { connectClient } from '../connection.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { failureMessage } from '../run-client.js';
import { readTaskNotes } from '../task-progress.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';
import {
  evaluateOptions,
  tasksOfFlags,
  tasksOfRecipe,
  type EvaluateFlags,
  type EvaluationTask,
} from './evaluate-options.js';

interface EvaluateCommandOptions extends EvaluateFlags {
  readonly deployment?: string;
  readonly run?: string;
  readonly json?: boolean;
}

/** `cotmill evaluate RECIPE|BENCHMARK`: asks models a benchmark, and shows the table. The same again pays nothing. */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('ask models a benchmark: the evaluations of a recipe, or a benchmark by its name')
    .argument('<recipe-or-benchmark>', 'recipe file (.yaml, .json, .js, .ts), or a benchmark such as gsm8k-test');
  for (const option of evaluateOptions()) command.addOption(option);
  return command
    .option('-r, --run <name>', 'name of the run in paths; default: that of the recipe file or benchmark')
    .option('--json', 'print results and summaries as JSON')
    .addOption(deploymentOption())
    .action(evaluate);
}

const RECIPES = ['.yaml', '.yml', '.json', '.js', '.mjs', '.ts', '.mts'];

async function evaluate(target: string, options: EvaluateCommandOptions): Promise<void> {
  const deployment = await chosenDeployment(options);
  const isRecipe = RECIPES.includes(extname(target));
  const tasks = isRecipe ? tasksOfRecipe(await loadRecipe(target), options) : tasksOfFlags(target, options);
  const run = options.run ?? basename(target, isRecipe ? extname(target) : '');
  const store = await storeOf(deployment);
  const client = await connectClient(deployment.temporal);
  try {
    const handles = await Promise.all(tasks.map((task) => start(client, run, task)));
    const results = await follow(client, { run, tasks, handles });
    console.log(await resultText(store, results, { run, isJson: options.json ?? false }));
    const unheard = results.filter(
      (result, at) => result.secondOpinion === null && tasks[at]?.evaluation.secondOpinion,
    );
    for (const { model } of unheard)
      console.error(`lm_eval gave no second opinion of ${model}: the workflow's details in the web UI say why.`);
  } finally {
    await client.connection.close();
  }
}

const taskPath = ({ evaluation, model }: EvaluationTask): string =>
  `evaluation/${evaluation.name}/${evaluatedName(model)}`;

/** Starts an evaluation, or attaches to the one of its name that is at work. */
const start = (client: Client, run: string, task: EvaluationTask): Promise<WorkflowHandle> =>
  client.workflow.start('evaluateModel', {
    workflowId: `${run}/${taskPath(task)}`,
    taskQueue: WORKFLOW_QUEUE,
    args: [{ run, ...task }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `${evaluatedName(task.model)} on ${task.evaluation.benchmark}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });

interface Followed {
  readonly run: string;
  readonly tasks: readonly EvaluationTask[];
  readonly handles: readonly WorkflowHandle[];
}

const NOTE_MS = 2_000;

/** Waits for all, and says how far they are where a person looks. One that fails does not end the others. */
async function follow(client: Client, { run, tasks, handles }: Followed): Promise<EvaluationResult[]> {
  const end = new AbortController();
  const running = new Set(tasks.map(taskPath));
  const notes = process.stderr.isTTY ? showNotes(client, { run, running, signal: end.signal }) : Promise.resolve();
  const settled = await Promise.allSettled(
    handles.map(async (handle, at) => {
      const task = tasks[at];
      return (handle.result() as Promise<EvaluationResult>).finally(() => task && running.delete(taskPath(task)));
    }),
  );
  end.abort();
  await notes;
  const faults = settled.flatMap((result, at) =>
    result.status === 'rejected' ? [`${handles[at]?.workflowId ?? ''}: ${failureMessage(result.reason)}`] : [],
  );
  if (faults.length > 0) throw new CommandError(faults.join('\n'), EXIT.runFailed);
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function showNotes(
  client: Client,
  {
    run,
    running,
    signal,
  }: { readonly run: string; readonly running: ReadonlySet<string>; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await delay(NOTE_MS, undefined, { signal }).catch(() => undefined);
    const notes = signal.aborted ? {} : await readTaskNotes(client, run, [...running]);
    for (const [task, note] of Object.entries(notes)) process.stderr.write(`${task}: ${note}\n`);
  }
}

async function resultText(
  store: ObjectStore,
  results: readonly EvaluationResult[],
  { run, isJson }: { readonly run: string; readonly isJson: boolean },
): Promise<string> {
  const summaries = await Promise.all(results.map(({ summaryKey }) => readEvaluationSummary(store, summaryKey)));
  const opinions = await opinionsOf(store, results);
  if (isJson)
    return JSON.stringify(
      { run, evaluations: results.map((each, at) => ({ ...each, summary: summaries[at] })) },
      null,
      2,
    );
  const verdicts = await verdictsOf(store, results);
  const [only] = summaries;
  const groups = summaries.length === 1 && only ? groupText(only) : '';
  return [
    evaluationText([...summaries, ...opinions], verdicts),
    ...(groups === '' ? [] : [groups]),
    [...results.map(opinionLine), ...results.map(costLine)].filter((line) => line !== '').join('\n'),
    results.map(({ summaryKey }) => `files     ${dirname(summaryKey)} in ${store.description}`).join('\n'),
  ].join('\n\n');
}

/** lm_eval's summaries of the same problems, where it gave its answers one by one. */
async function opinionsOf(store: ObjectStore, results: readonly EvaluationResult[]): Promise<EvaluationSummary[]> {
  const heard = results.filter(({ secondOpinion }) => secondOpinion !== null);
  const keys = heard.map(({ summaryKey }) => `${dirname(summaryKey)}/second-opinion.json`);
  const there = await Promise.all(keys.map(async (key) => ((await store.stat(key)) ? [key] : [])));
  return Promise.all(there.flat().map((key) => readEvaluationSummary(store, key)));
}

/** Every further model with the first one, on the problems of one evaluation. */
async function verdictsOf(store: ObjectStore, results: readonly EvaluationResult[]): Promise<EvaluationVerdict[]> {
  const verdicts: EvaluationVerdict[] = [];
  for (const evaluation of new Set(results.map((result) => result.evaluation))) {
    const [baseline, ...others] = results.filter((result) => result.evaluation === evaluation);
    if (!baseline || others.length === 0) continue;
    const before = await readProblemResults(store, baseline.summaryKey);
    for (const other of others) {
      const paired = comparePaired(before, await readProblemResults(store, other.summaryKey), evaluation);
      const words = comparisonWords(paired, { first: baseline.model, second: other.model });
      verdicts.push({ benchmark: other.benchmark, words });
    }
  }
  return verdicts;
}

const opinionLine = ({ model, secondOpinion }: EvaluationResult): string =>
  secondOpinion === null
    ? ''
    : `${secondOpinion.harness.padEnd(10)}${model}: ${(100 * secondOpinion.value).toFixed(1)} on ${secondOpinion.problems} problems`;

const costLine = ({ model, calls }: EvaluationResult): string =>
  `calls     ${model}: ${calls.new} new, ${calls.reused} reused${calls.repeated > 0 ? `, ${calls.repeated} repeated` : ''}`;
