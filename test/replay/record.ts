/**
 * Records the histories in test/histories anew: `npm run record-histories`, or some of them: `-- --only experiment`. To be run when a workflow was
 * changed on purpose in a way that old histories can't follow, and only while no released version runs such workflows.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { readCurrentPlan } from '../../activities/dataset/current-plan.js';
import { policyOf } from '../../activities/dataset/prepare-run.js';
import { questionId } from '../../activities/sources/question-id.js';
import { Recipe, type RecipeInput } from '../../config/recipe.js';
import { readRunStatus, startRun } from '../../workers/run-client.js';
import type { ShardRange } from '../../workflows/dataset/shard-children.js';
import { pause, resume, setConcurrency } from '../../workflows/messages.js';
import { COT_RUN } from '../../workflows/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { startSystem, type System } from '../support/system.js';
import {
  CASES,
  GOING_ON_CASES,
  QUOTA_CASES,
  questionOf,
  recipeOf,
  rowOf,
  scriptedAnswer,
  SECOND_CALL_CASES,
  SHORT_CASES,
  SOURCE_CASES,
} from './cases.js';
import { historiesDirectory, recordHistory } from './histories.js';
import { smallTraining } from '../support/small-experiment.js';
import { recordExperiment } from './record-experiment.js';
import { recordImprovement } from './record-improvement.js';
import { recordSelection } from './record-selection.js';

const directory = historiesDirectory();

const record = (system: System, workflowId: string, name: string): Promise<void> =>
  recordHandle(system.client.workflow.getHandle(workflowId), name);

async function recordHandle(handle: WorkflowHandle, name: string): Promise<void> {
  const bytes = await recordHistory(handle, join(directory, `${name}.json`));
  console.log(`${name}.json: ${(bytes / 1024).toFixed(1)} KB`);
}

async function build(system: System, recipe: RecipeInput, cases: readonly string[]): Promise<void> {
  const rows = cases.map((name) => JSON.stringify(rowOf(name)));
  writeFileSync(join(system.directory, `${recipe.name}.jsonl`), rows.join('\n'));
  const handle = await startRun(system.client, { run: recipe.name, recipe });
  if (recipe.name === 'shortened') await steer(system, handle);
  await handle.result();
}

async function run(system: System, recipe: RecipeInput, cases: readonly string[]): Promise<void> {
  await build(system, recipe, cases);
  for (const name of cases)
    await record(
      system,
      `${recipe.name}/q/${questionId(questionOf(name))}`,
      `distill-question-${name.replace(' ', '-')}`,
    );
}

/** What operators say, while a question is at work, so that it is passed on to the shard. */
async function steer({ client, model }: System, handle: WorkflowHandle): Promise<void> {
  model.set({ latency: 300 });
  while ((await readRunStatus(client, handle.workflowId)).questionsInFlight === 0) await sleep(20);
  for (const message of [pause, resume]) await handle.executeUpdate(message);
  await handle.executeUpdate(setConcurrency, { args: [3] });
  model.set({ latency: 0 });
}

/** A partition over the plan of a run that has ended: its shards find themselves committed. */
async function runPartition(system: System, recipe: RecipeInput): Promise<string> {
  const { store } = (await system.serve({})).dependencies;
  const current = await readCurrentPlan(store, recipe.name);
  if (!current) throw new Error(`run ${recipe.name} has no plan`);
  const range: ShardRange = {
    plan: { ...current, execution: 'recorded' },
    first: 0,
    count: 2,
    questions: CASES.length,
    policy: policyOf(Recipe.parse(recipe)),
    control: { paused: false, concurrency: 2 },
  };
  const workflowId = `${recipe.name}/partition/000`;
  await system.client.workflow.execute('buildPartition', {
    workflowId,
    taskQueue: WORKFLOW_QUEUE,
    args: [range],
    typedSearchAttributes: [{ key: COT_RUN, value: recipe.name }],
  });
  return workflowId;
}

async function recordInvalid(system: System): Promise<void> {
  const handle = await system.client.workflow.start('distill', {
    workflowId: 'invalid',
    taskQueue: WORKFLOW_QUEUE,
    args: [{ run: 'invalid' }],
  });
  await handle.result().catch(() => undefined);
  await record(system, 'invalid', 'distill-invalid');
}

async function recordBuilds(system: System): Promise<void> {
  const plain = recipeOf('plain');
  await run(system, plain, CASES);
  await record(system, 'plain', 'distill');
  await record(system, 'plain/dataset', 'build-dataset');
  await record(system, 'plain/shard/0000', 'build-shard');
  await record(system, await runPartition(system, plain), 'build-partition');

  const chains = { form: 'think' as const, fields: ['chain'] };
  const fields = { question: 'question', answer: 'answer', chains };
  await run(system, recipeOf('sourced', { sources: [{ name: 'cases', path: 'sourced.jsonl', fields }] }), SOURCE_CASES);

  const pool = 'fake';
  const alignment = { critic: { pool }, rewriter: { pool }, shorten: { pool }, maxRounds: 2 };
  await run(system, recipeOf('shortened', { alignment }), SHORT_CASES);
  await record(system, 'shortened', 'distill-steered');
  await record(system, 'shortened/dataset', 'build-dataset-steered');
  await record(system, 'shortened/shard/0000', 'build-shard-steered');
  await recordInvalid(system);

  const bins = [{ name: 'fours', rv: [4, 4] as [number, number], chains: 3 }];
  const scoring = { pool, lengthWeight: 0 };
  await build(system, recipeOf('quotas', { scoring, quotas: { bins, shardsAtOnce: 1 } }), QUOTA_CASES);
  await record(system, 'quotas/dataset', 'build-dataset-quotas');
  await record(system, 'quotas/shard/0000', 'build-shard-quotas');
  await record(system, `quotas/q/${questionId(questionOf('quota-kept'))}`, 'distill-question-quotas');
}

async function recordSecondCall(system: System): Promise<void> {
  const teachers = [{ name: 'teacher', pool: 'fake', chains: 2, solution: {} }];
  await run(system, recipeOf('second-call', { teachers }), SECOND_CALL_CASES);
}

const only = process.argv[2] === '--only' ? process.argv[3] : undefined;
mkdirSync(directory, { recursive: true });
if (only === undefined)
  for (const name of readdirSync(directory)) if (name.endsWith('.json')) rmSync(join(directory, name));
const system = await startSystem({ questions: 1, model: { answer: scriptedAnswer }, training: smallTraining });
const under = (workflowId: string, name: string): Promise<void> => record(system, workflowId, name);
/** Parts that `--only NAME` records alone, beside what is there. */
const parts: Readonly<Record<string, () => Promise<void>>> = {
  builds: () => recordBuilds(system),
  'second-call': () => recordSecondCall(system),
  'going-on': () => run(system, recipeOf('going-on'), GOING_ON_CASES),
  selection: () => recordSelection(system, under),
  experiment: () => recordExperiment(system, under),
  improvement: () => recordImprovement(recordHandle),
};
try {
  await system.serve();
  for (const [name, part] of Object.entries(parts)) if (only === undefined || only === name) await part();
} finally {
  await system.stop();
}
