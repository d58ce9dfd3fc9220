import type { Benchmark } from '../../config/benchmark.js';
import type { Evaluation } from '../../config/evaluation.js';
import { openFiles, type FilesPlace } from '../sources/open-files.js';
import type { OpenInput } from '../sources/source-input.js';
import { fileForm, readFile, type ReadFileOptions } from '../sources/read-file.js';
import { SourceError } from '../sources/source-error.js';
import { createProblemCollector, type ProblemCollector } from './collect-problems.js';
import type { ProblemForm } from './read-problem.js';

export interface BenchmarkReading extends ReadFileOptions {
  readonly openInput: OpenInput;
}

/** Where the rows of an evaluation's benchmark stand: as the evaluation says, else as the benchmark does. Throws SourceError. */
export function benchmarkPlace(evaluation: Evaluation, benchmark: Benchmark): FilesPlace {
  const { input, dataset, path, revision } = evaluation;
  const isOwn = dataset === undefined || dataset === benchmark.hub?.dataset;
  const paths = path === undefined ? (isOwn ? benchmark.hub?.files : undefined) : [path].flat();
  if (paths === undefined)
    throw new SourceError(`Evaluation "${evaluation.name}" names no file of ${benchmark.title}: give it a path.`);
  paths.forEach(fileForm);
  return {
    input,
    paths,
    dataset: dataset ?? benchmark.hub?.dataset,
    revision: revision ?? (isOwn ? benchmark.hub?.revision : undefined),
  };
}

/** A benchmark as it was read, and what of the Hub it was. */
export interface ReadBenchmark {
  readonly collector: ProblemCollector;
  readonly dataset: string | null;
  readonly revision: string | null;
}

/**
 * Reads a benchmark row by row and keeps the problems that are wanted. A row that can't be read is counted, and no row is quoted. Throws SourceError,
 * SourceUnavailable and StoreError.
 */
export async function readBenchmarkRows(
  { place, form }: { readonly place: FilesPlace; readonly form: ProblemForm },
  reading: BenchmarkReading,
  isWanted?: (id: string) => boolean,
): Promise<ReadBenchmark> {
  const { files, dataset, revision } = await openFiles(place, reading.openInput);
  const collector = createProblemCollector(form, isWanted);
  for (const file of files) {
    const path = files.length > 1 ? { path: file.path } : {};
    for await (const item of readFile(file, reading).items) {
      reading.signal?.throwIfAborted();
      if ('fault' in item) collector.addFault({ ...path, row: item.number, fault: item.fault });
      else collector.add(item.row, { ...path, row: item.number });
    }
  }
  return { collector, dataset, revision };
}
