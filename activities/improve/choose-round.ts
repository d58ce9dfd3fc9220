import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainFilters } from '../../config/cleaning.js';
import { TrainingView, viewName } from '../../config/training-view.js';
import type { WorkOptions } from '../dataset/commit-shard.js';
import type { DatasetManifest } from '../dataset/manifest.js';
import { download } from '../dataset/published-file.js';
import { openDatabase } from '../duckdb/open-database.js';
import { parquetRows } from '../duckdb/sql.js';
import { trainingPrefix, type TrainingRef } from '../selection/training-set.js';
import { writeJson, writeJsonDocument } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { viewTables } from '../training/view-files.js';
import { choiceReport } from './choice-report.js';
import { chooseForDpo, chooseForSft, type DpoChoice, type SftChoice } from './choose-chains.js';
import type { OpenRound } from './open-round.js';
import type { PerplexityStore } from './perplexity.js';
import { readExplored } from './read-explored.js';
import { exploredManifest, rolloutRows } from './rollout-rows.js';
import { roundExamples } from './round-examples.js';
import {
  exploreRunName,
  hashOf,
  roundChoiceKey,
  roundExamplesKey,
  roundReportKey,
  roundStudent,
  roundTraining,
} from './round-names.js';
import type { ExploredRound, RoundTraining } from './round-plan.js';
import type { RoundChoice } from './round-result.js';
import { dpoRows, sftRows } from './round-rows.js';
import { publishedTraining, writeRoundTraining } from './write-round-training.js';

const MEMORY_MIB = 256;

export interface ChooseDependencies {
  readonly store: ObjectStore;
  readonly perplexities: PerplexityStore;
}

export interface ChosenRound {
  readonly chosen: RoundChoice;
  /** null: too little was found. */
  readonly training: RoundTraining | null;
}

/**
 * Chooses what a round learns from, keeps the choice with its reasons, and publishes the training set. Follows from what was explored, from the figures
 * in the store and from the recipe: the same again changes nothing. Throws StoreError, TrainingSetExists; the signal's reason when aborted.
 */
export async function chooseRound(
  dependencies: ChooseDependencies,
  { round, open }: { readonly round: ExploredRound; readonly open: OpenRound },
  options: WorkOptions,
): Promise<ChosenRound> {
  const { store } = dependencies;
  const manifest = await exploredManifest(store, round.dataset);
  const learnt = await learntQuestions(store, { round, open }, options);
  const questions = await explored(dependencies, { manifest, open }, options);
  const choice = choose(questions, { open, learnt });
  const keys = await keepChoice(store, { round, choice });
  await keepExamples(store, { round, open, choice, manifest }, questions);
  const found = choice.variant === 'sft' ? choice.chains.length : choice.pairs.length;
  const { rollouts, right, passRate, hardLeft, variant } = choice;
  const counts = { variant, rollouts, right, passRate, hardLeft, found, ...keys };
  if (found < fewest(open)) return { chosen: { ...counts, training: null }, training: null };
  const made = await publish(store, { round, open, choice, manifest }, options);
  return { chosen: { ...counts, training: made.set }, training: made.training };
}

const explored = (
  { store, perplexities }: ChooseDependencies,
  { manifest, open }: { readonly manifest: DatasetManifest; readonly open: OpenRound },
  options: WorkOptions,
) =>
  readExplored(rolloutRows(store, manifest, options), {
    ...open.measuring,
    perplexities,
    filters: open.selfImprove.explore.chainFilters ?? ChainFilters.parse({}),
  });

type Explored = Awaited<ReturnType<typeof readExplored>>;

function choose(
  questions: Explored,
  { open, learnt }: { readonly open: OpenRound; readonly learnt: ReadonlySet<string> },
): SftChoice | DpoChoice {
  const { improve, explore } = open.selfImprove;
  const hard = { passRate: { low: explore.passRate[0], high: explore.passRate[1] }, learnt };
  if (improve.variant === 'dpo') return chooseForDpo(questions, { ...hard, ...improve });
  const [low, high] = improve.perplexityQuantiles;
  return chooseForSft(questions, { ...hard, ...improve, perplexityQuantiles: { low, high } });
}

/** New chains or pairs without which nothing is trained. */
const fewest = ({ selfImprove: { improve, loop } }: OpenRound): number =>
  Math.max(loop.minNewChains, improve.variant === 'dpo' ? improve.minPairs : 1);

/** Ids of the questions that the seed or an earlier round has rows of. */
async function learntQuestions(
  store: ObjectStore,
  { round, open }: { readonly round: ExploredRound; readonly open: OpenRound },
  options: WorkOptions,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  await withTemporaryDirectory(tmpdir(), 'cotmill-learnt-', async (directory) => {
    const { connection, close } = await openDatabase({ directory, memoryLimitMiB: MEMORY_MIB, signal: options.signal });
    try {
      for (const [index, ref] of round.earlier.entries()) {
        const view = index === 0 ? viewName(open.view) : viewName(roundView(open));
        for (const { path, sha256 } of viewTables(await publishedTraining(store, ref), view)) {
          const local = join(directory, 'rows.parquet');
          await download(store, { key: `${trainingPrefix(ref)}/${path}`, sha256 }, { path: local, ...options });
          const rows = await connection.runAndReadAll(`SELECT DISTINCT question_id FROM ${parquetRows([local])}`);
          for (const [id] of rows.getRowsJS()) if (typeof id === 'string') ids.add(id);
        }
      }
    } finally {
      close();
    }
  });
  return ids;
}

/** The view that a round is trained on: that of the imitation, or pairs asked in the same way. */
export function roundView({ view, selfImprove: { improve } }: OpenRound): TrainingView {
  if (improve.variant === 'sft') return view;
  const { thought, system } = view;
  return TrainingView.parse({ form: 'dpo', files: ['parquet'], thought, ...(system !== undefined && { system }) });
}

interface Choosing {
  readonly round: ExploredRound;
  readonly open: OpenRound;
  readonly choice: SftChoice | DpoChoice;
  readonly manifest: DatasetManifest;
}

async function publish(store: ObjectStore, choosing: Choosing, options: WorkOptions) {
  const { round, open, choice, manifest } = choosing;
  const { student, selfImprove } = open;
  const view = roundView(open);
  const base = earlierRows(choosing);
  const chosen = choice.variant === 'sft' ? choice.chains : choice.pairs;
  const answer = selfImprove.improve.variant === 'dpo' ? selfImprove.improve.answer : null;
  const specSha256 = hashOf({ view, base, chosen, answer, explored: manifest.contentSha256 });
  const training = roundTraining(student.trainingSet, round.round, specSha256);
  const batches = rolloutRows(store, manifest, options);
  const rows = choice.variant === 'sft' ? sftRows(batches, choice, view) : dpoRows(batches, choice, { view, open });
  const { name, version, contentSha256 } = manifest;
  const dataset = { name, version, contentSha256 };
  const counts = await writeRoundTraining(store, { training, specSha256, dataset, view, base, rows }, options);
  const made = roundStudent({ round, student, improve: selfImprove.improve, training, manifest: open.imitation });
  return { set: { ...training, rows: counts.train }, training: made };
}

/** What the new rows stand behind. Pairs are no rows of an SFT: the seed is never before them. */
function earlierRows({ round, open }: Choosing): TrainingRef | null {
  const { improve } = open.selfImprove;
  if (improve.rows === 'new') return null;
  const last = round.earlier.at(-1) ?? null;
  return improve.variant === 'dpo' && round.earlier.length < 2 ? null : last;
}

async function keepChoice(
  store: ObjectStore,
  { round, choice }: Pick<Choosing, 'round' | 'choice'>,
): Promise<Pick<RoundChoice, 'choiceKey' | 'reportKey'>> {
  const { run, round: number } = round;
  const keys = { choiceKey: roundChoiceKey(run, number), reportKey: roundReportKey(run, number) };
  // Of hundreds of thousands of rollouts: counted by reason, with examples, they say the same.
  const { reasons: _reasons, ...counted } = choice;
  const report = choiceReport(round, choice, exploreRunName(run, number));
  await writeJsonDocument(store, keys.choiceKey, { schema: 1, ...counted });
  await store.put(keys.reportKey, Buffer.from(report));
  return keys;
}

async function keepExamples(
  store: ObjectStore,
  { round: { run, round, current }, open, choice, manifest }: Choosing,
  questions: Explored,
): Promise<void> {
  const { explore, loop } = open.selfImprove;
  const [low, high] = explore.passRate;
  const student = `${current.name} ${current.version}`;
  const told = { round, student, run: exploreRunName(run, round), hard: { low, high } };
  const of = { explored: questions, choice, manifest, told, maxRounds: loop.maxRounds };
  await writeJson(store, roundExamplesKey(run, round), await roundExamples(store, of));
}
