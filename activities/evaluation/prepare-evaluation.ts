import type { BenchmarkEvaluation } from '../../config/benchmark.js';
import { type Benchmark } from '../../config/benchmark.js';
import { trainingFaults } from '../../config/check-training.js';
import { ConfigError } from '../../config/config-error.js';
import type { Deployment } from '../../config/deployment.js';
import { EvaluatedModel, evaluatedName, Evaluation } from '../../config/evaluation.js';
import { check } from '../../config/load.js';
import { loadPrompts, type Prompt, type PromptUse } from '../../config/prompts.js';
import { findBenchmark } from '../cleaning/benchmarks.js';
import { SourceError } from '../sources/source-error.js';
import { benchmarkPlace, readBenchmarkRows, type BenchmarkReading, type ReadBenchmark } from './benchmark-rows.js';
import type { RowFault } from './collect-problems.js';
import type { EvaluationPlan, EvaluationPlans, EvaluationRef } from './evaluation-plan.js';
import { unansweredRanges, type PartStore } from './evaluation-parts.js';

/** What an evaluation of one model is made from, as it came. */
export interface EvaluationInput {
  readonly run: string;
  readonly evaluation: unknown;
  readonly model: unknown;
  /** The model's name in requests; for a pool of the deployment the pool says it. */
  readonly requestModel?: string;
  /** Server that serves it, where it is no pool; left out: that of the evaluation. */
  readonly server?: string;
}

/** What the workflow keeps of a checked evaluation: counts, no ids and no text. */
export interface PreparedEvaluation {
  readonly ref: EvaluationRef;
  readonly title: string;
  readonly redistributable: boolean;
  readonly problems: number;
  /** Of each problem. */
  readonly samples: number;
  /** Problems that one activity asks. */
  readonly perRange: number;
  /** Activities at the same time. */
  readonly rangesAtOnce: number;
  /** Ranges that are not answered yet, by their first problems. */
  readonly unanswered: readonly number[];
  readonly duplicates: number;
  readonly unreadable: number;
  readonly difficulty: { readonly pool: string } | null;
  readonly secondOpinion: { readonly launcher: string; readonly task: string } | null;
}

export interface PrepareDependencies {
  readonly deployment: Deployment;
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
  readonly reading: Omit<BenchmarkReading, 'signal' | 'onProgress'>;
  readonly plans: EvaluationPlans;
  readonly parts: PartStore;
}

/** Answers that one activity asks for: few enough to be repeated after a crash, many enough that a history stays small. [ours] */
const RANGE_SAMPLES = 64;
/** More ranges at work than the pool has places, so that one that waits for its last answer leaves none empty. */
const OVERLAP = 2;
const MAX_RANGES_AT_ONCE = 64;

/**
 * Checks an evaluation against the deployment, reads its benchmark and writes its plan. Throws ConfigError with all faults, SourceError when no
 * problem can be read, SourceUnavailable and StoreError.
 */
export function createEvaluationPreparer(dependencies: PrepareDependencies) {
  const { deployment, benchmarks, plans, parts } = dependencies;

  return async function prepare(
    input: EvaluationInput,
    { signal, progress }: { readonly signal: AbortSignal; readonly progress: (details: unknown) => void },
  ): Promise<PreparedEvaluation> {
    const { evaluation, model } = checkEvaluation(input, deployment);
    const { name, benchmark, how } = askedBenchmark(evaluation, benchmarks);
    const prompts = await promptsOf(evaluation, how, deployment.prompts);
    const form = { question: benchmark.question, evaluation: formOf(how) };
    const place = benchmarkPlace(evaluation, benchmark);
    let rows = 0;
    const onProgress = () => progress({ reading: benchmark.title, parts: (rows += 1) });
    const read = await readBenchmarkRows({ place, form }, { ...dependencies.reading, signal, onProgress }, () => false);
    const { ids, counts } = idsOf(read, evaluation, benchmark.title);
    const plan: EvaluationPlan = {
      schema: 1,
      run: input.run,
      evaluation: evaluation.name,
      model: evaluatedName(model),
      requestModel: input.requestModel ?? poolModel(deployment, model),
      benchmark: {
        ...{ name, title: benchmark.title, dataset: read.dataset, revision: read.revision },
        ...{ size: benchmark.size, redistributable: benchmark.redistributable },
      },
      form,
      place: { input: place.input, dataset: read.dataset, revision: read.revision, paths: [...place.paths] },
      prompt: prompts.solve,
      sampling: evaluation.sampling ?? how.sampling,
      samples: evaluation.samples ?? how.samples,
      optionSeed: evaluation.optionSeed,
      difficulty: difficultyOf(evaluation, prompts.difficulty, deployment),
      ids,
      counts,
    };
    const ref = await plans.write(plan);
    const perRange = Math.max(1, Math.floor(RANGE_SAMPLES / plan.samples));
    return {
      ref,
      ...{ title: benchmark.title, redistributable: benchmark.redistributable },
      ...{ problems: ids.length, samples: plan.samples, perRange, ...counts },
      rangesAtOnce: rangesAtOnce(
        concurrencyOf(deployment, input.server ?? evaluation.server, model),
        perRange * plan.samples,
      ),
      unanswered: await unansweredRanges(parts, { ref, problems: ids.length, perRange }),
      difficulty: evaluation.difficulty ? { pool: evaluation.difficulty.pool } : null,
      secondOpinion: evaluation.secondOpinion ?? null,
    };
  };
}

/** Throws ConfigError with all faults. */
export function checkEvaluation(
  input: Pick<EvaluationInput, 'evaluation' | 'model'>,
  deployment: Deployment,
): { readonly evaluation: Evaluation; readonly model: EvaluatedModel } {
  const evaluation = check(Evaluation, input.evaluation, { where: 'the evaluation', locate: () => undefined });
  const model = check(EvaluatedModel, input.model, { where: 'the model to evaluate', locate: () => undefined });
  const faults = trainingFaults({ evaluations: [{ ...evaluation, models: [model] }] }, deployment).map((fault) => ({
    ...fault,
    path: fault.path.replace('evaluations[0].', ''),
  }));
  if (faults.length > 0) throw new ConfigError(`evaluation "${evaluation.name}"`, faults);
  return { evaluation, model };
}

function askedBenchmark(evaluation: Evaluation, benchmarks: Readonly<Record<string, Benchmark>>) {
  const fault = (path: string, message: string) =>
    new ConfigError(`evaluation "${evaluation.name}"`, [{ path, message }]);
  const found = findOrFault(evaluation.benchmark, benchmarks);
  if ('fault' in found) throw fault('benchmark', found.fault);
  const { evaluation: how, redistributable, title } = found.benchmark;
  if (!how) throw fault('benchmark', `expected a benchmark that says how it is asked; "${found.name}" does not`);
  if (!redistributable && isOwnTask(evaluation.secondOpinion?.task))
    throw fault(
      'secondOpinion.task',
      `expected a task of lm_eval itself: the rows of ${title} may not be written, and cotmill's tasks read them from a file`,
    );
  return { ...found, how };
}

function findOrFault(name: string, benchmarks: Readonly<Record<string, Benchmark>>) {
  try {
    return findBenchmark(benchmarks, name);
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Tasks that come with cotmill read the rows of the evaluation itself. */
export const isOwnTask = (task: string | undefined): boolean => task?.startsWith('cotmill') ?? false;

const formOf = ({ grader, id, subject, level }: BenchmarkEvaluation): EvaluationPlan['form']['evaluation'] => ({
  grader,
  ...(id !== undefined && { id }),
  ...(subject !== undefined && { subject }),
  ...(level !== undefined && { level }),
});

async function promptsOf(
  evaluation: Evaluation,
  how: BenchmarkEvaluation,
  directory: string | undefined,
): Promise<{ readonly solve: Prompt; readonly difficulty: Prompt | undefined }> {
  const name = evaluation.prompt ?? how.prompt;
  const { difficulty } = evaluation;
  const prompts = await loadPrompts([name, ...(difficulty ? [difficulty.prompt] : [])], directory);
  const ofUse = (wanted: string, use: PromptUse, path: string): Prompt => {
    const prompt = prompts[wanted];
    if (prompt?.use === use) return prompt;
    const message = `expected a prompt for "${use}", found "${wanted}", which is for "${prompt?.use ?? 'nothing'}"`;
    throw new ConfigError(`evaluation "${evaluation.name}"`, [{ path, message }]);
  };
  return {
    solve: ofUse(name, 'solve', 'prompt'),
    difficulty: difficulty && ofUse(difficulty.prompt, 'difficulty', 'difficulty.prompt'),
  };
}

function difficultyOf(
  { difficulty }: Evaluation,
  prompt: Prompt | undefined,
  deployment: Deployment,
): EvaluationPlan['difficulty'] {
  if (!difficulty || !prompt) return null;
  const { pool, sampling } = difficulty;
  return { pool, requestModel: poolModel(deployment, { pool }), prompt, sampling };
}

function poolModel({ pools }: Deployment, model: EvaluatedModel): string {
  const pool = 'pool' in model ? pools[model.pool] : undefined;
  if (pool) return pool.model;
  throw new Error(`${evaluatedName(model)} is no pool: the evaluation needs the name under which it is served`);
}

const FAULTS_SHOWN = 3;

/** Ids of the problems to ask, ascending, so that nothing depends on the order of the rows. */
function idsOf({ collector }: ReadBenchmark, { name, maxProblems }: Evaluation, title: string) {
  const { duplicates, faults } = collector.collected();
  const ids = collector.ids().sort().slice(0, maxProblems);
  const counts = { duplicates, unreadable: faults.length };
  if (ids.length > 0) return { ids, counts };
  const shown = faults.slice(0, FAULTS_SHOWN).map(faultText).join('; ') || 'it is empty';
  throw new SourceError(`Evaluation "${name}": ${title} has no row that can be asked: ${shown}.`);
}

const faultText = ({ path, row, fault }: RowFault): string =>
  `${path === undefined ? '' : `${path}, `}row ${row}: ${fault}`;

function concurrencyOf({ pools, servers }: Deployment, server: string, model: EvaluatedModel): number {
  const endpoints =
    'pool' in model ? (pools[model.pool]?.endpoints ?? []) : [servers[server] ?? { maxConcurrency: 64 }];
  return endpoints.reduce((sum, { maxConcurrency }) => sum + maxConcurrency, 0);
}

const rangesAtOnce = (concurrency: number, samplesEach: number): number =>
  Math.min(MAX_RANGES_AT_ONCE, OVERLAP * Math.ceil(concurrency / samplesEach));
