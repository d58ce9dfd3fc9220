import type { Benchmark } from '../../../config/benchmark.js';
import { Cleaning, type BenchmarkFile, type Decontamination } from '../../../config/cleaning.js';
import type { Evaluation } from '../../../config/evaluation.js';
import type { Contamination } from '../../cleaning/benchmark-index.js';
import { findBenchmark } from '../../cleaning/benchmarks.js';
import { questionTokens } from '../../cleaning/question-tokens.js';
import { readBenchmarks, type ReadBenchmarks } from '../../cleaning/read-benchmarks.js';
import type { OpenInput } from '../../sources/source-input.js';
import { questionId } from '../../sources/question-id.js';
import type { ReadFileOptions } from '../../sources/read-file.js';
import type { ContaminationReport } from './preflight-report.js';

/** Found rows that the report names. */
const LISTED = 100;

export interface ContaminationOptions extends ReadFileOptions {
  readonly openInput: OpenInput;
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
}

/**
 * Compares the questions of training rows with what evaluations ask, by the rules that drop questions of benchmarks from a plan, at their
 * defaults. Benchmarks are read now and stay in memory; what is returned has ids and numbers of rows alone. Throws as readBenchmarks does.
 */
export async function checkContamination(
  evaluations: readonly Evaluation[],
  questions: AsyncIterable<string>,
  options: ContaminationOptions,
): Promise<ContaminationReport> {
  const named = benchmarksOf(evaluations, options.benchmarks);
  const files = [...named.values()].map(({ file }) => file);
  const known = await readBenchmarks(decontamination(files), options);
  const found = await findRows(questions, known);
  return {
    benchmarks: known.reports.map(({ name, questions: count }) => ({
      evaluations: named.get(name)?.evaluations ?? [],
      benchmark: name,
      questions: count,
    })),
    ...found,
  };
}

/** With the defaults of a recipe. */
function decontamination(benchmarks: readonly BenchmarkFile[]): Decontamination {
  const filled = Cleaning.parse({ decontamination: { benchmarks } }).decontamination;
  if (filled) return filled;
  throw new Error('Cleaning lost its decontamination.');
}

interface NamedBenchmark {
  readonly evaluations: string[];
  readonly file: BenchmarkFile;
}

/** Each benchmark once, under its own name. */
function benchmarksOf(
  evaluations: readonly Evaluation[],
  benchmarks: Readonly<Record<string, Benchmark>>,
): Map<string, NamedBenchmark> {
  const named = new Map<string, NamedBenchmark>();
  for (const { name: evaluation, benchmark, input, dataset, path, revision } of evaluations) {
    const { name } = findBenchmark(benchmarks, benchmark);
    const known = named.get(name);
    if (known) known.evaluations.push(evaluation);
    else
      named.set(name, {
        evaluations: [evaluation],
        file: { name, input, ...(dataset && { dataset }), ...(path && { path }), ...(revision && { revision }) },
      });
  }
  return named;
}

type FoundRows = Omit<ContaminationReport, 'benchmarks'>;

async function findRows(questions: AsyncIterable<string>, { index, rows }: ReadBenchmarks): Promise<FoundRows> {
  // A question stands in many rows: it is compared once.
  const looked = new Map<string, Contamination | undefined>();
  const methods = { exact: 0, ngram: 0, indel: 0 };
  const found: FoundRows['found'][number][] = [];
  for await (const question of questions) {
    const id = questionId(question);
    const isNew = !looked.has(id);
    if (isNew) looked.set(id, index.find(questionTokens(question)));
    const contamination = looked.get(id);
    const place = contamination && rows[contamination.row];
    if (!contamination || !place) continue;
    const { method, value } = contamination;
    methods[method] += 1;
    if (isNew && found.length < LISTED)
      found.push({ question: id, benchmark: place.benchmark, row: place.row, method, value: rounded(value) });
  }
  return { rows: methods.exact + methods.ngram + methods.indel, methods, found };
}

const rounded = (share: number): number => Math.round(share * 10_000) / 10_000;
