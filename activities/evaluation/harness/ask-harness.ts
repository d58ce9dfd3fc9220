import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Deployment } from '../../../config/deployment.js';
import { packageRoot } from '../../../config/package-root.js';
import { watching, type WatchingEffort } from '../../activity-context.js';
import { followJob } from '../../jobs/follow-job.js';
import type { Launchers, OpenLauncher } from '../../jobs/open-launchers.js';
import { copyLocalFile, writeTextFile } from '../../local-files.js';
import type { Answerer } from '../../serving/served-model.js';
import { readJson, writeJson, writeJsonDocument } from '../../store/json-objects.js';
import type { ObjectStore } from '../../store/object-store.js';
import {
  decodingOf,
  opinionKey,
  type EvaluationPlan,
  type EvaluationPlans,
  type EvaluationRef,
} from '../evaluation-plan.js';
import { evaluationFolder, type EvaluationResult } from '../evaluation-result.js';
import { isOwnTask } from '../prepare-evaluation.js';
import type { ProblemRanges } from '../problem-ranges.js';
import { summarise } from '../summarise.js';
import { HarnessFailed } from './harness-failed.js';
import { harnessAnswers, harnessScore, type HarnessScore } from './harness-results.js';
import { harnessArguments, OWN_TASKS, ownTaskRow } from './own-task.js';

export interface AskHarnessInput {
  readonly ref: EvaluationRef;
  readonly harness: { readonly launcher: string; readonly task: string };
  readonly answerer: Answerer;
}

export interface HarnessDependencies {
  readonly deployment: Pick<Deployment, 'pools' | 'servers' | 'launchers'>;
  readonly store: ObjectStore;
  readonly launchers: Launchers;
  readonly plans: EvaluationPlans;
  readonly problems: ProblemRanges;
  /** Python that has lm_eval, of this machine; throws when it is not set up. */
  readonly python: () => string;
}

const SecondOpinion = z.strictObject({
  harness: z.literal('lm-eval'),
  value: z.number(),
  problems: z.number(),
}) satisfies z.ZodType<NonNullable<EvaluationResult['secondOpinion']>>;
export type SecondOpinion = z.infer<typeof SecondOpinion>;

/** Where the job's files lie. */
interface HarnessFolder {
  readonly path: string;
  readonly tasks: string;
  readonly output: string;
  readonly config: string;
}

/**
 * Asks lm_eval about the same server, as a job: whatever its exit code says, its results count. A task of ours gets the rows of the evaluation, which
 * may be published, and its folder is deleted when it is done. Safe to run twice: the job is followed and not started again, and a score that is known is not asked for. Throws HarnessFailed with
 * the end of its output.
 */
export function createAskHarness(dependencies: HarnessDependencies) {
  const { store, launchers, plans } = dependencies;

  return async function askHarness(input: AskHarnessInput, effort: WatchingEffort): Promise<SecondOpinion> {
    const known = await readOpinion(store, input);
    if (known) return known;
    const plan = await plans.read(input.ref);
    const launcher = launchers.get(input.harness.launcher);
    const name = jobName(input, effort.execution);
    const folder = folderOf(launcher, name);
    const task = taskOf(plan, input.harness.task);
    const watch = watching(effort);
    await prepareFolder({ input, plan, task, folder, effort }, dependencies);
    const { ref, end } = await followJob(
      launcher.jobs,
      { name, ...jobOf(dependencies, input, folder) },
      { signal: effort.cancelled, onPoll: (_job, state) => watch({ state: `lm_eval ${state}` }) },
    );
    const found = await readResults(folder, task);
    if (!found) {
      const { text } = await launcher.jobs.logs(ref, 'tail');
      throw new HarnessFailed(
        `lm_eval (job ${ref.name}) ended as ${end.reason} without results of "${task}":\n${text}`,
      );
    }
    const { score, samples } = found;
    await keepSummary(store, { plan, samples });
    const opinion = { harness: 'lm-eval', value: score.value, problems: score.problems } as const;
    await writeJson(store, opinionKey(input.ref, input.harness.task), opinion);
    await rm(folder.path, { recursive: true, force: true });
    return opinion;
  };
}

/** Asked before, of the same model with the same settings. */
const readOpinion = (store: ObjectStore, { ref, harness }: AskHarnessInput): Promise<SecondOpinion | undefined> =>
  readJson(store, opinionKey(ref, harness.task), SecondOpinion);

const NAME_DIGITS = 24;

/** The same in every attempt of one execution; a job that has ended is not run again for another one. */
function jobName({ ref, harness, answerer }: AskHarnessInput, execution: string): string {
  const asked = answerer.kind === 'pool' ? answerer.pool : answerer.served.job;
  const identity = createHash('sha256')
    .update(JSON.stringify([ref, harness, asked, execution]))
    .digest('hex');
  return `lm-eval-${identity.slice(0, NAME_DIGITS)}`;
}

function folderOf({ workDirectory }: OpenLauncher, name: string): HarnessFolder {
  const path = join(workDirectory, 'harness', name);
  return { path, tasks: join(path, 'tasks'), output: join(path, 'output'), config: join(path, 'lm-eval.json') };
}

/** "cotmill" stands for the task of the evaluation's own rows. */
function taskOf({ form }: EvaluationPlan, task: string): string {
  if (!isOwnTask(task)) return task;
  const { kind } = form.evaluation.grader;
  if (kind === 'code') throw new HarnessFailed('lm_eval has no sandbox: programs are graded by cotmill alone.');
  return OWN_TASKS[kind];
}

interface Preparation {
  readonly input: AskHarnessInput;
  readonly plan: EvaluationPlan;
  readonly task: string;
  readonly folder: HarnessFolder;
  readonly effort: WatchingEffort;
}

/** The same bytes when it is done again, perhaps while the job is at work. */
async function prepareFolder(
  { input, plan, task, folder, effort }: Preparation,
  { deployment, problems }: HarnessDependencies,
): Promise<void> {
  await mkdir(folder.tasks, { recursive: true });
  await mkdir(folder.output, { recursive: true });
  const isOwn = isOwnTask(task);
  if (isOwn) await writeOwnTask({ input, plan, task, folder, effort }, problems);
  const { url, concurrency, keyVariable } = endpointOf(deployment, input.answerer);
  const call = { plan, task, isOwn, url, concurrency, tasksFolder: folder.tasks, outputFolder: folder.output };
  const config = { arguments: harnessArguments(call), key_variable: keyVariable };
  await writeTextFile(folder.config, JSON.stringify(config));
  await copyLocalFile(infra('run_lm_eval.py'), join(folder.path, 'run_lm_eval.py'));
}

const infra = (...path: string[]): string => join(packageRoot(), 'infra', 'evaluation', ...path);

async function writeOwnTask(
  { input, plan, task, folder, effort }: Preparation,
  problems: ProblemRanges,
): Promise<void> {
  const all = await problems.read(plan, { ...input.ref, from: 0, to: plan.ids.length }, effort.signal);
  const rows = join(folder.tasks, 'rows.jsonl');
  await writeTextFile(rows, all.map((problem) => `${JSON.stringify(ownTaskRow(plan, problem))}\n`).join(''));
  const template = await readFile(infra('tasks', `${task}.yaml`), 'utf8');
  await writeTextFile(join(folder.tasks, `${task}.yaml`), template.replace(/['"]\{rows\}['"]/, JSON.stringify(rows)));
}

function endpointOf({ pools, servers }: HarnessDependencies['deployment'], answerer: Answerer) {
  if (answerer.kind === 'served') {
    const { url, server } = answerer.served;
    return { url, concurrency: servers[server]?.maxConcurrency ?? 1, keyVariable: null };
  }
  const endpoint = pools[answerer.pool]?.endpoints[0];
  if (!endpoint) throw new HarnessFailed(`pool "${answerer.pool}" has no endpoint in the deployment`);
  const { url, maxConcurrency, apiKeyEnv } = endpoint;
  return { url: url.replace(/\/+$/, ''), concurrency: maxConcurrency, keyVariable: apiKeyEnv ?? null };
}

/** Tasks of ours read a local file and need no network; others are downloaded by lm_eval, to where it keeps them. */
function jobOf(
  { deployment, python }: HarnessDependencies,
  { harness }: AskHarnessInput,
  { path, config }: HarnessFolder,
) {
  const isHere = deployment.launchers[harness.launcher]?.kind === 'process';
  const offline = { HF_HOME: join(path, 'hub'), HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1' };
  return {
    command: [isHere ? python() : 'python3', join(path, 'run_lm_eval.py'), config],
    directory: path,
    variables: { PYTHONUNBUFFERED: '1', ...(isOwnTask(harness.task) && offline) },
  };
}

interface FoundResults {
  readonly score: HarnessScore;
  /** Lines of the samples, of a task of ours. */
  readonly samples: string | undefined;
}

/** lm_eval names its files by model and time; the last one counts. */
async function readResults({ output }: HarnessFolder, task: string): Promise<FoundResults | undefined> {
  const files = (await readdir(output, { recursive: true }).catch(() => [])).sort();
  const newest = (pattern: RegExp): string | undefined => files.filter((file) => pattern.test(file)).at(-1);
  const results = newest(/(?:^|\/)results_[^/]*\.json$/);
  if (results === undefined) return undefined;
  const samples = newest(/(?:^|\/)samples_[^/]*\.jsonl$/);
  return {
    score: scoreIn(await readFile(join(output, results), 'utf8'), task),
    samples: samples === undefined ? undefined : await readFile(join(output, samples), 'utf8'),
  };
}

function scoreIn(text: string, task: string): HarnessScore {
  try {
    return harnessScore(text, task);
  } catch (cause) {
    throw new HarnessFailed(`lm_eval's results can't be read: ${(cause as Error).message}`, { cause });
  }
}

/** Beside our own summary, in the same form, where the answers are known one by one. */
async function keepSummary(
  store: ObjectStore,
  { plan, samples }: { readonly plan: EvaluationPlan; readonly samples: string | undefined },
): Promise<void> {
  if (samples === undefined) return;
  const { model, benchmark } = plan;
  const summary = summarise(harnessAnswers(samples), {
    ...{ model, benchmark, harness: 'lm-eval' },
    decoding: { ...decodingOf(plan), samples: 1 },
  });
  const key = `${evaluationFolder(plan.run, plan)}/second-opinion.json`;
  await writeJsonDocument(store, key, summary);
}
