import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Spending } from '../../workflows/question/spending.js';
import { openLineFile } from '../dataset/assemble-table.js';
import { createParquetWriter, rowGroupRows } from '../dataset/parquet.js';
import { toLine } from '../dataset/rows.js';
import { spendingOf, type PaidUsage } from '../question/paid-usage.js';
import { writeJsonDocument } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { difficultySummary } from './difficulty-summary.js';
import { rangeStarts, type AnsweredPart, type Cut, type PartStore, type ScoredPart } from './evaluation-parts.js';
import { decodingOf, type EvaluationPlan, type EvaluationPlans } from './evaluation-plan.js';
import { evaluationFolder, type EvaluationResult } from './evaluation-result.js';
import { EvaluationSummary } from './evaluation-summary.js';
import { summarise } from './summarise.js';

export interface FinishDependencies {
  readonly store: ObjectStore;
  readonly plans: EvaluationPlans;
  readonly parts: PartStore;
  /** @default that of the operating system */
  readonly temporaryDirectory?: string;
}

/** A finished evaluation, where it stands, and what it cost the execution that asks. */
export interface FinishedEvaluation {
  readonly summary: EvaluationSummary;
  readonly summaryKey: string;
  readonly spending: Spending;
}

const MAX_ROW_GROUP = 65_536;
/** DuckDB types of answers.parquet. */
const COLUMNS = {
  problem_id: 'VARCHAR',
  sample: 'INTEGER',
  call_key: 'VARCHAR',
  outcome: 'VARCHAR',
  vote: 'VARCHAR',
  output_tokens: 'INTEGER',
  cd: 'INTEGER',
} as const;

/**
 * Writes `answers.parquet` and then `summary.json` of an evaluation whose ranges are all answered. The same answers give the same bytes of both,
 * whatever was interrupted on the way. Throws when a range has no answers.
 */
export function createFinishEvaluation(dependencies: FinishDependencies) {
  const { store, plans, parts } = dependencies;

  return async function finishEvaluation(
    cut: Cut,
    { signal, execution }: { readonly signal: AbortSignal; readonly execution: string },
  ): Promise<FinishedEvaluation> {
    const plan = await plans.read(cut.ref);
    const answered: AnsweredPart[] = [];
    const scored: ScoredPart[] = [];
    for (const from of rangeStarts(cut)) {
      signal.throwIfAborted();
      answered.push((await parts.answered({ ...cut.ref, from })) ?? missing(cut, from));
      if (plan.difficulty) scored.push((await parts.scored({ ...cut.ref, from })) ?? missing(cut, from));
    }
    const summary = summaryOf(plan, answered, scored);
    const folder = evaluationFolder(plan.run, plan);
    await writeAnswers({ answered, scored, signal, key: `${folder}/answers.parquet` }, dependencies);
    const summaryKey = `${folder}/summary.json`;
    await writeJsonDocument(store, summaryKey, summary);
    return { summary, summaryKey, spending: spendingOf(callsOf(answered, scored), execution) };
  };
}

/** What a workflow keeps of an evaluation. Pure. */
export function evaluationResult(
  evaluation: string,
  { summary, summaryKey, spending }: FinishedEvaluation,
  secondOpinion: EvaluationResult['secondOpinion'],
): EvaluationResult {
  const { benchmark, model, scores, counts, tokens, difficulty } = summary;
  const { problems, samples, scored, outcomes } = counts;
  const passAt1 = scores.passAt1 && {
    value: scores.passAt1.value,
    low: scores.passAt1.interval.low,
    high: scores.passAt1.interval.high,
  };
  return {
    ...{ evaluation, benchmark: benchmark.name, model, summaryKey, passAt1, problems, samples, scored, outcomes },
    meanTokens: tokens?.mean ?? null,
    meanDifficulty: difficulty?.mean ?? null,
    calls: { new: spending.new, reused: spending.reused, repeated: spending.repeated },
    cost: spending.cost,
    secondOpinion,
  };
}

function missing({ ref }: Cut, from: number): never {
  throw new Error(`problem ${from} of ${ref.evaluation} and those after it have no answers in the store: run it again`);
}

const callsOf = (answered: readonly AnsweredPart[], scored: readonly ScoredPart[]): PaidUsage[] => [
  ...answered.flatMap(({ problems }) => problems.flatMap(({ samples }) => samples.flatMap(({ calls }) => calls))),
  ...scored.flatMap(({ answers }) => answers.flatMap(({ calls }) => calls)),
];

/** Everything that the scores depend on, from the plan and the parts. Pure. */
function summaryOf(
  plan: EvaluationPlan,
  answered: readonly AnsweredPart[],
  scored: readonly ScoredPart[],
): EvaluationSummary {
  const { model, benchmark, counts } = plan;
  const problems = answered.flatMap((part) => part.problems);
  const summary = summarise(problems, {
    ...{ model, benchmark, counts, harness: 'cotmill' },
    decoding: decodingOf(plan),
    difficulty: plan.difficulty && difficultySummary(scored.flatMap(({ answers }) => answers)),
  });
  return EvaluationSummary.parse({ ...summary, requestModel: plan.requestModel });
}

interface Answers {
  readonly answered: readonly AnsweredPart[];
  readonly scored: readonly ScoredPart[];
  readonly signal: AbortSignal;
  readonly key: string;
}

async function writeAnswers({ answered, scored, signal, key }: Answers, dependencies: FinishDependencies) {
  const { store, temporaryDirectory = tmpdir() } = dependencies;
  await withTemporaryDirectory(temporaryDirectory, 'cotmill-evaluation-', async (directory) => {
    const lines = await openLineFile(join(directory, 'answers.jsonl'));
    try {
      for (const row of answerRows(answered, scored)) await lines.write(toLine(row));
    } finally {
      await lines.close();
    }
    const output = join(directory, 'answers.parquet');
    await toParquet({ input: lines.path, output, lineBytes: lines.lineBytes, directory, signal });
    await store.putFile(key, output);
  });
}

function* answerRows(answered: readonly AnsweredPart[], scored: readonly ScoredPart[]): Generator<object> {
  const difficulties = new Map(
    scored.flatMap(({ answers }) => answers).map(({ id, sample, cd }) => [`${id}/${sample}`, cd]),
  );
  for (const { id, samples } of answered.flatMap(({ problems }) => problems))
    for (const { sample, callKey, outcome, vote, outputTokens } of samples)
      yield {
        ...{ problem_id: id, sample, call_key: callKey, outcome, vote, output_tokens: outputTokens },
        cd: difficulties.get(`${id}/${sample}`) ?? null,
      };
}

interface Conversion {
  readonly input: string;
  readonly output: string;
  readonly lineBytes: readonly number[];
  readonly directory: string;
  readonly signal: AbortSignal;
}

async function toParquet({ input, output, lineBytes, directory, signal }: Conversion): Promise<void> {
  await createParquetWriter({ temporaryDirectory: directory }).write({
    ...{ input, output, columns: COLUMNS, signal },
    rowGroupRows: rowGroupRows(lineBytes, MAX_ROW_GROUP),
    longestLine: lineBytes.reduce((longest, bytes) => Math.max(longest, bytes), 0),
  });
}
