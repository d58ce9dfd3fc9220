import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readParquet } from '../sources/read-parquet.js';
import { readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { EvaluationSummary } from './evaluation-summary.js';
import { Outcome, type ProblemResult, type SampleResult } from './results.js';

/** Graded answers lie beside the summary. */
const answersKey = (summaryKey: string): string => `${dirname(summaryKey)}/answers.parquet`;

/** The summary of an evaluation that has ended. Throws StoreError, or Error when it is missing or is none. */
export async function readEvaluationSummary(store: ObjectStore, summaryKey: string): Promise<EvaluationSummary> {
  const summary = await readJson(store, summaryKey, EvaluationSummary);
  if (!summary) throw new Error(`${summaryKey} is missing in ${store.description}: was it deleted? Evaluate again.`);
  return summary;
}

/** What comparisons need of the graded answers of an evaluation: no subjects, no levels. Throws as {@link readEvaluationSummary}. */
export async function readProblemResults(store: ObjectStore, summaryKey: string): Promise<ProblemResult[]> {
  const key = answersKey(summaryKey);
  const bytes = await store.get(key);
  if (!bytes) throw new Error(`${key} is missing in ${store.description}: was it deleted? Evaluate again.`);
  return withTemporaryDirectory(tmpdir(), 'cotmill-answers-', async (directory) => {
    const file = join(directory, 'answers.parquet');
    await writeFile(file, bytes);
    return await collect(file, key);
  });
}

async function collect(file: string, key: string): Promise<ProblemResult[]> {
  const problems = new Map<string, SampleResult[]>();
  for await (const item of readParquet(file, key)) {
    if (!('row' in item)) continue;
    const { id, result } = readRow(item.row);
    problems.set(id, [...(problems.get(id) ?? []), result]);
  }
  return [...problems].map(([id, samples]) => ({ id, subject: null, level: null, samples }));
}

function readRow(row: Readonly<Record<string, unknown>>): { readonly id: string; readonly result: SampleResult } {
  const tokens = row['output_tokens'];
  return {
    id: String(row['problem_id']),
    result: {
      sample: Number(row['sample']),
      outcome: Outcome.parse(row['outcome']),
      vote: typeof row['vote'] === 'string' ? row['vote'] : null,
      outputTokens: tokens === null || tokens === undefined ? null : Number(tokens),
    },
  };
}
