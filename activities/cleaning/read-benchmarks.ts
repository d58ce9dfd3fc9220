import type { BenchmarkForm } from '../../config/benchmark.js';
import type { BenchmarkFile, Decontamination } from '../../config/cleaning.js';
import { Fields } from '../../config/source.js';
import { mapRow } from '../sources/map-row.js';
import { openFiles, type FilesPlace, type OpenFiles } from '../sources/open-files.js';
import type { OpenInput } from '../sources/source-input.js';
import { questionId } from '../sources/question-id.js';
import { fileForm, readFile, type ReadFileOptions } from '../sources/read-file.js';
import { SourceError } from '../sources/source-error.js';
import { createBenchmarkIndex, type BenchmarkIndex } from './benchmark-index.js';
import { questionTokens } from './question-tokens.js';

/** Where a benchmark question stands, without its text. */
export interface BenchmarkRow {
  readonly benchmark: string;
  readonly path: string;
  /** 1-based line or row of the file. */
  readonly row: number;
  /** Its id, were it one of ours: a hash of its text. */
  readonly id: string;
}

/** What was read of a benchmark: counts, files and hashes. */
export interface BenchmarkReport {
  readonly name: string;
  readonly questions: number;
  /** Questions that the benchmark has; null: unknown. Fewer read mean that it was given in part. */
  readonly size: number | null;
  readonly dataset?: string;
  readonly revision?: string;
  readonly files: { readonly path: string; readonly bytes: number; readonly sha256?: string }[];
}

/** The benchmarks of a recipe in memory. */
export interface ReadBenchmarks {
  readonly index: BenchmarkIndex;
  /** By number of the index. */
  readonly rows: readonly BenchmarkRow[];
  readonly reports: readonly BenchmarkReport[];
}

export interface BenchmarkOptions extends ReadFileOptions {
  readonly openInput: OpenInput;
  /** By name; at least those that the recipe names and does not describe itself. */
  readonly benchmarks: Readonly<Record<string, BenchmarkForm>>;
}

interface OpenBenchmark {
  readonly entry: BenchmarkFile;
  readonly form: BenchmarkForm | undefined;
  readonly fields: Fields;
  readonly open: OpenFiles;
}

/**
 * Reads the questions of all benchmarks of a recipe. A row that can't be read ends it: a benchmark in part would miss questions in silence.
 * Throws SourceError, which names file, row and field and never quotes a row; SourceUnavailable and StoreError.
 */
export async function readBenchmarks(settings: Decontamination, options: BenchmarkOptions): Promise<ReadBenchmarks> {
  const opened = await Promise.all(settings.benchmarks.map((entry) => openBenchmark(entry, options)));
  const index = createBenchmarkIndex(settings);
  const rows: BenchmarkRow[] = [];
  const reports: BenchmarkReport[] = [];
  for (const benchmark of opened) reports.push(await readBenchmark(benchmark, { index, rows, options }));
  return { index, rows, reports };
}

async function openBenchmark(entry: BenchmarkFile, options: BenchmarkOptions): Promise<OpenBenchmark> {
  const form = Object.hasOwn(options.benchmarks, entry.name) ? options.benchmarks[entry.name] : undefined;
  const question = entry.question ?? form?.question;
  if (question === undefined)
    throw new SourceError(`Benchmark "${entry.name}" is not known: give it a question field and a path.`);
  const place = placeOf(entry, form);
  place.paths.forEach(fileForm);
  const open = await openFiles(place, options.openInput);
  return { entry, form, fields: Fields.parse({ question }), open };
}

function placeOf({ name, input, dataset, path, revision }: BenchmarkFile, form: BenchmarkForm | undefined): FilesPlace {
  const isOwn = dataset === undefined || dataset === form?.hub?.dataset;
  const paths = path === undefined ? (isOwn ? form?.hub?.files : undefined) : [path].flat();
  if (paths === undefined) throw new SourceError(`Benchmark "${name}" names no file: give it a path.`);
  return {
    input,
    paths,
    dataset: dataset ?? form?.hub?.dataset,
    revision: revision ?? (isOwn ? form?.hub?.revision : undefined),
  };
}

interface Collection {
  readonly index: BenchmarkIndex;
  readonly rows: BenchmarkRow[];
  readonly options: BenchmarkOptions;
}

async function readBenchmark({ entry, form, fields, open }: OpenBenchmark, into: Collection): Promise<BenchmarkReport> {
  const { index, rows, options } = into;
  const files: BenchmarkReport['files'][number][] = [];
  const before = index.size;
  for (const file of open.files) {
    const reading = readFile(file, options);
    for await (const item of reading.items) {
      const mapped = 'fault' in item ? item : mapRow(item.row, { forms: [fields], domain: null, licence: null });
      if ('fault' in mapped)
        throw new SourceError(`Benchmark "${entry.name}", ${file.path}:${item.number}: ${mapped.fault}`);
      const { question } = mapped.candidate;
      rows.push({ benchmark: entry.name, path: file.path, row: item.number, id: questionId(question) });
      index.add(questionTokens(question));
    }
    const sha256 = file.sha256 ?? reading.sha256();
    files.push({ path: file.path, bytes: file.bytes, ...(sha256 !== undefined && { sha256 }) });
  }
  const questions = index.size - before;
  if (questions === 0) throw new SourceError(`Benchmark "${entry.name}" has no question in ${namesOf(open)}.`);
  const { dataset, revision } = open;
  const origin = dataset === null ? {} : { dataset, ...(revision !== null && { revision }) };
  return { name: entry.name, questions, size: form?.size ?? null, ...origin, files };
}

const namesOf = ({ files }: OpenFiles): string => files.map(({ path }) => path).join(', ');
