import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../../config/canonical-json.js';
import type { Sampling } from '../../../config/sampling.js';
import { createParquetWriter } from '../../dataset/parquet.js';
import { download } from '../../dataset/published-file.js';
import { openDatabase, type Database } from '../../duckdb/open-database.js';
import { parquetRows } from '../../duckdb/sql.js';
import type { CallRequest } from '../../ledger/record.js';
import { readJsonFile, writeJsonFile } from '../../local-files.js';
import type { PaidCall, Payer } from '../../question/paid-call.js';
import { allOrWorst } from '../../question/worst-error.js';
import { trainingPrefix } from '../../selection/training-set.js';
import type { Answerers } from '../../serving/answerers.js';
import type { Answerer } from '../../serving/served-model.js';
import { copyToDisk, createAtomicFiles } from '../../store/atomic-file.js';
import type { ObjectStore } from '../../store/object-store.js';
import { withTemporaryDirectory } from '../../temporary-directory.js';
import { TrainingRefused } from '../jobs/judge-training.js';
import { findStudentView, readTrainingData, writeTrainingData, type StudentView } from '../jobs/training-data.js';
import type { TrainingPlan } from '../jobs/training-plan.js';
import { fileName, splitFiles, splitRows } from '../view-files.js';
import { viewColumns, type ViewRow } from '../view-rows.js';
import { createViewTable, type ViewTable } from '../view-table.js';
import { answerBytes, answeredRow, promptOf, type AskedView } from './asked-row.js';
import { ownAnswer, type MissingReason, type OwnAnswer } from './own-answer.js';

const ROWS_PER_FILE = 10_000;
const DUCKDB_MEMORY_MIB = 512;
/** How students are sampled where nobody says otherwise. [ours] */
const TEMPERATURE = 0.8;
/** Tokens that stand for so many bytes are short; with them no answer as long as the longest of the rows is cut. [ours] */
const BYTES_PER_TOKEN = 2;
const MIN_MAX_TOKENS = 64;

const Count = z.int().min(0);
const Report = z.strictObject({
  schema: z.literal(1),
  /** Name of the base in requests. */
  model: z.string(),
  maxTokens: Count,
  /** Of the view. */
  rows: Count,
  written: Count,
  leftOut: z.strictObject({ truncated: Count, refused: Count, unwritable: Count }),
  calls: z.strictObject({ new: Count, reused: Count, repeated: Count }),
});
/** `data/own-answers.json` of a training's folder: what the control learns in place of the chains. */
export type OwnAnswersReport = z.infer<typeof Report>;

export interface OwnAnswersDependencies {
  readonly store: ObjectStore;
  readonly answerers: Answerers;
}

export interface OwnAnswersInput {
  readonly plan: TrainingPlan;
  /** The base, served. */
  readonly answerer: Answerer;
  /** Of the training's rows. */
  readonly directory: string;
  readonly payer: Omit<Payer, 'asker'>;
}

export interface OwnAnswersOptions {
  readonly signal: AbortSignal;
  readonly progress: (details: unknown) => void;
}

const atomic = createAtomicFiles();
const reportPath = (directory: string): string => join(directory, 'own-answers.json');

/** What was written before, or undefined while it is not all there. */
export const readOwnAnswers = async (directory: string): Promise<OwnAnswersReport | undefined> =>
  (await readTrainingData(directory)) && (await readJsonFile(reportPath(directory), Report));

/**
 * The rows of a control: those of the view, in the same order and form, with the base's own answers to the same prompts, right or wrong. A cut answer
 * is asked again a few times and then left out, and counted. Rows for validation stay those of the view. Safe to run twice: answers are in the
 * ledger. Throws ConfigError, TrainingRefused when no answer came to an end, what asking throws, or the signal's reason.
 */
export function createOwnAnswers(dependencies: OwnAnswersDependencies) {
  return async function writeOwnAnswers(input: OwnAnswersInput, options: OwnAnswersOptions): Promise<OwnAnswersReport> {
    const known = await readOwnAnswers(input.directory);
    if (known) return known;
    const view = await viewOf(dependencies.store, input.plan);
    await mkdir(input.directory, { recursive: true });
    return withTemporaryDirectory(tmpdir(), 'cotmill-own-answers-', (temporary) =>
      writeAll({ ...dependencies, ...input, ...view, options, temporary }),
    );
  };
}

interface Work extends OwnAnswersDependencies, OwnAnswersInput {
  readonly view: StudentView;
  readonly spec: AskedView;
  readonly options: OwnAnswersOptions;
  readonly temporary: string;
}

async function viewOf(store: ObjectStore, { method, training }: TrainingPlan): Promise<Pick<Work, 'view' | 'spec'>> {
  const { name, version, set, view } = training;
  const found = await findStudentView(store, { trainingSet: name, set, view, method }, { name, version });
  const { spec } = found.report;
  if (spec.form === 'messages' || spec.form === 'prompt-completion') return { view: found, spec };
  throw new TrainingRefused(
    `Own answers take the place of rows that SFT reads; view ${view} has the form ${spec.form}.`,
  );
}

async function writeAll(work: Work): Promise<OwnAnswersReport> {
  const { view, directory, temporary, options } = work;
  const copies: string[] = [];
  for (const { path, sha256 } of splitFiles(view.files, 'train'))
    copies.push(await fetchFile(work, { path, sha256 }, join(temporary, `view-${fileName(path)}`)));
  const validation = splitFiles(view.files, 'validation');
  for (const { path, sha256 } of validation)
    await atomic.replace(join(directory, fileName(path)), (partial) =>
      fetchFile(work, { path, sha256 }, partial).then(() => undefined),
    );
  const database = await openDatabase({
    ...{ directory: temporary, memoryLimitMiB: DUCKDB_MEMORY_MIB, threads: 1, signal: options.signal },
  });
  try {
    const { report, train } = await answerRows(work, database, parquetRows(copies));
    await writeJsonFile(reportPath(directory), report);
    await writeTrainingData(directory, {
      ...{ schema: 1, kind: 'own-answers', train },
      validation: validation.map(({ path }) => fileName(path)),
      rows: { train: report.written, validation: splitRows(validation).validation },
    });
    return report;
  } finally {
    database.close();
  }
}

async function fetchFile(
  { store, view, options }: Work,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  to: string,
): Promise<string> {
  const key = `${trainingPrefix(view.manifest)}/${path}`;
  await download(
    store,
    { key, sha256 },
    { path: to, signal: options.signal, heartbeat: () => options.progress('rows') },
  );
  return to;
}

/** Answers all rows, and puts the tables into the training's folder. */
async function answerRows(
  work: Work,
  database: Database,
  rows: string,
): Promise<{ readonly report: OwnAnswersReport; readonly train: readonly string[] }> {
  const { spec, directory, temporary, options, plan } = work;
  const maxTokens = await longestAnswer(database, rows, work);
  const parquet = createParquetWriter({
    temporaryDirectory: join(temporary, 'spill-writer'),
    memoryLimitMiB: DUCKDB_MEMORY_MIB,
  });
  const table = createViewTable({
    ...{ split: 'train', files: ['parquet'], columns: viewColumns(spec), incomplete: [] },
    ...{ rowsPerFile: ROWS_PER_FILE, directory: temporary, parquet, signal: options.signal },
  });
  try {
    const report = await fillTable(work, { database, rows, table, maxTokens });
    if (report.written === 0)
      throw new TrainingRefused(
        `Base ${plan.base.name} of student ${plan.student.name} ended none of its answers within ${maxTokens} tokens (${JSON.stringify(report.leftOut)}): there is nothing for the control to learn.`,
      );
    const files = await table.finish();
    for (const { name, localPath } of files) await atomic.replace(join(directory, name), copyToDisk(localPath));
    return { report, train: files.map(({ name }) => name) };
  } finally {
    await table.close();
  }
}

/** Token limit of an answer: that of the longest of the rows, and of the training. */
async function longestAnswer(database: Database, rows: string, { spec, plan }: Work): Promise<number> {
  const sql = `SELECT max(${answerBytes(spec)})::INTEGER AS bytes FROM ${rows}`;
  const [longest] = await database.during(async (connection) =>
    (await connection.runAndReadAll(sql)).getRowObjectsJS(),
  );
  const tokens = Math.ceil(Number(longest?.['bytes'] ?? 0) / BYTES_PER_TOKEN);
  return Math.min(plan.settings.maxLength ?? Infinity, Math.max(MIN_MAX_TOKENS, tokens));
}

interface Filling {
  readonly database: Database;
  readonly rows: string;
  readonly table: ViewTable;
  readonly maxTokens: number;
}

/** Reads the view some thousand rows at a time, asks for them at the same time, and writes them in their order. */
async function fillTable(work: Work, { database, rows, table, maxTokens }: Filling): Promise<OwnAnswersReport> {
  const { answerers, answerer, spec, options } = work;
  const model = answerers.modelOf(answerer);
  const asker = createAsker(work, { model, temperature: TEMPERATURE, maxTokens, seed: true });
  const leftOut: Record<MissingReason, number> = { truncated: 0, refused: 0, unwritable: 0 };
  let [read, written] = [0, 0];
  const result = await database.during((connection) => connection.stream(`SELECT * FROM ${rows}`));
  for await (const chunk of result.yieldRowObjectJs()) {
    const batch = chunk as ViewRow[];
    const answers = await allOrWorst(
      batch.map(async (row) => {
        const answer = await asker.answer(row);
        options.progress({ answered: (read += 1), leftOut });
        return answer;
      }),
    );
    for (const [index, answer] of answers.entries()) {
      if ('missing' in answer) leftOut[answer.missing] += 1;
      else await table.write(answeredRow(spec, batch[index] ?? {}, { ...answer, model }));
      if ('text' in answer) written += 1;
    }
  }
  return { schema: 1, model, maxTokens, rows: read, written, leftOut, calls: asker.calls };
}

interface Asker {
  answer(row: ViewRow): Promise<OwnAnswer>;
  readonly calls: OwnAnswersReport['calls'];
}

function createAsker(
  { answerers, answerer, spec, payer, plan, options }: Work,
  how: Sampling & { model: string },
): Asker {
  const { model, ...sampling } = how;
  const underway = new Map<string, Promise<PaidCall>>();
  const seen = new Map<string, number>();
  const calls = { new: 0, reused: 0, repeated: 0 };
  const whoPays = { payer: { ...payer, asker: `own-answers/${plan.job}` }, signal: options.signal, underway };

  async function ask(request: CallRequest) {
    const call = await answerers.ask(answerer, request, whoPays);
    calls[call.origin] += 1;
    // A training set may have a million rows: what is in the ledger need not be held here.
    underway.delete(call.record.key);
    return call.record;
  }

  return {
    calls,
    answer(row) {
      const messages = promptOf(spec, row);
      const prompt = createHash('sha256').update(canonicalJson(messages)).digest('base64');
      const index = seen.get(prompt) ?? 0;
      seen.set(prompt, index + 1);
      const request: CallRequest = { role: 'student', model, messages, sampling, sample: index, salt: '' };
      return ownAnswer(ask, { request, index, form: spec.thought });
    },
  };
}
