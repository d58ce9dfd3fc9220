import { ConfigError } from '../../config/config-error.js';
import { readEvaluationSummary, readProblemResults } from '../evaluation/read-evaluation.js';
import type { EvaluationSummary } from '../evaluation/evaluation-summary.js';
import type { ProblemResult } from '../evaluation/results.js';
import type { ObjectStore } from '../store/object-store.js';

/** An evaluation of one model in one run. */
export interface StoredEvaluation {
  readonly run: string;
  readonly model: string;
  readonly evaluation: string;
  readonly summaryKey: string;
  readonly summary: EvaluationSummary;
}

export type ListedEvaluation = Omit<StoredEvaluation, 'summary'>;

/** Whom to look for: a model in any run, or in one. */
export interface WantedModel {
  readonly run?: string;
  readonly model: string;
}

const WANTED = /^(?:([a-z0-9][a-z0-9._-]*)\/)?([a-z0-9][a-z0-9._-]*)$/;

/** Reads `MODEL` or `RUN/MODEL`. Throws ConfigError. */
export function parseWantedModel(text: string): WantedModel {
  const [, run, model] = WANTED.exec(text) ?? [];
  if (model === undefined) throw fault(`expected the name of a run, MODEL or RUN/MODEL, found "${text}"`);
  return { ...(run !== undefined && { run }), model };
}

/** Every evaluation of the wanted models, in their order. Throws ConfigError that lists what there is for a model that has none. */
export async function findEvaluations(
  store: ObjectStore,
  wanted: readonly WantedModel[],
): Promise<readonly StoredEvaluation[]> {
  const there = await listEvaluations(store);
  const found: StoredEvaluation[] = [];
  for (const want of wanted) {
    const own = there.filter(({ run, model }) => model === want.model && (want.run ?? run) === run);
    if (own.length === 0) throw fault(unknownModel(want, there));
    for (const one of own) found.push(await withSummary(store, one));
  }
  return found;
}

/** Every evaluation of a store that has ended, as the store lists them. */
export async function listEvaluations(store: ObjectStore): Promise<ListedEvaluation[]> {
  const found: ListedEvaluation[] = [];
  for await (const { key } of store.list('evaluations/')) {
    const [, run = '', model = '', evaluation = '', file, ...rest] = key.split('/');
    if (file === 'summary.json' && rest.length === 0) found.push({ run, model, evaluation, summaryKey: key });
  }
  return found;
}

/** Reads the summary of a listed evaluation. Throws as {@link readEvaluationSummary}. */
export const withSummary = async (store: ObjectStore, listed: ListedEvaluation): Promise<StoredEvaluation> => ({
  ...listed,
  summary: await readEvaluationSummary(store, listed.summaryKey),
});

/** Evaluations that can be set beside each other: of one benchmark, whatever the run calls them. */
export interface BenchmarkGroup {
  readonly benchmark: string;
  readonly evaluations: readonly StoredEvaluation[];
}

/** Groups by benchmark; of several evaluations of a model in a run on one benchmark, each counts. Pure. */
export function byBenchmark(evaluations: readonly StoredEvaluation[]): readonly BenchmarkGroup[] {
  const names = [...new Set(evaluations.map(({ summary }) => summary.benchmark.name))];
  return names.map((benchmark) => ({
    benchmark,
    evaluations: evaluations.filter(({ summary }) => summary.benchmark.name === benchmark),
  }));
}

/** Graded answers of an evaluation. */
export const answersOf = (store: ObjectStore, { summaryKey }: StoredEvaluation): Promise<ProblemResult[]> =>
  readProblemResults(store, summaryKey);

function unknownModel({ run, model }: WantedModel, there: readonly ListedEvaluation[]): string {
  const known = [...new Set(there.map((one) => `${one.run}/${one.model}`))].sort().join(', ');
  const name = run === undefined ? model : `${run}/${model}`;
  return `expected a run with an experiment, or a model that was evaluated (${known || 'there is none'}), found "${name}"`;
}

const fault = (message: string): ConfigError => new ConfigError('the command', [{ path: '', message }]);
