import { Command, Option } from 'commander';
import { readCurrentPlan, type CurrentPlan } from '../../activities/dataset/current-plan.js';
import { readShardSummary, type FailedQuestion } from '../../activities/dataset/commit-shard-summary.js';
import { planShardKey, readPlanManifest, readShard } from '../../activities/dataset/plan-manifest.js';
import { quotasOf, shardPolicy } from '../../activities/dataset/prepare-run.js';
import { openReader } from '../../activities/dataset/quota-shards.js';
import { createResolvedRecipes } from '../../activities/dataset/resolved-recipes.js';
import { createStoreLedger } from '../../activities/ledger/store-ledger.js';
import { readText } from '../../activities/question/ask.js';
import type { ChainText } from '../../activities/question/chain-text.js';
import { readQuestionHistory, type QuestionHistory } from '../../activities/question/history.js';
import { createJournalStore } from '../../activities/question/journal-store.js';
import type { QuestionRow } from '../../activities/sources/question-row.js';
import { loadSourcePresets } from '../../activities/sources/source-presets.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import type { Deployment } from '../../config/deployment.js';
import type { ResolvedRecipe } from '../../config/resolve.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { questionStanding, reportText, type QuestionReport } from '../question-report.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';

interface InspectOptions {
  readonly deployment?: string;
  readonly outcome?: string;
  readonly json?: boolean;
}

/** What is needed to look into a run. Everything comes from the store: no worker and no Temporal. */
interface OpenRun {
  readonly store: ObjectStore;
  readonly plan: CurrentPlan;
  readonly resolved: ResolvedRecipe;
}

interface Found {
  readonly shard: number;
  readonly row: QuestionRow;
  /** Why its workflow failed, as its committed shard says. */
  readonly failure?: FailedQuestion;
  /** What its shard was told of the quotas; undefined without any. */
  readonly open: string | undefined;
}

/** `cotmill inspect RUN [QUESTION]`: the questions of a run, or every call, verdict, rating and rewrite of one with its texts. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('list the questions of a run, or show one with every call, verdict and rewrite')
    .argument('<run>', 'name of the run')
    .argument('[question]', 'id of a question, or the beginning of one')
    .addOption(new Option('--outcome <outcome>', 'list only those').choices(['accepted', 'rejected', 'failed', 'open']))
    .option('--json', 'print JSON; of a list, one object a line')
    .addOption(deploymentOption())
    .action(async (run: string, question: string | undefined, options: InspectOptions) => {
      const opened = await openRun(await chosenDeployment(options), run);
      if (question === undefined) return list(opened, options);
      const report = await readReport(opened, await findQuestion(opened, question));
      console.log(options.json ? JSON.stringify(report, null, 2) : reportText(report));
    });
}

async function openRun(deployment: Deployment, run: string): Promise<OpenRun> {
  const store = await storeOf(deployment);
  const plan = await readCurrentPlan(store, run);
  if (!plan) throw new CommandError(`There is no run "${run}" with a plan in ${store.description}.`, EXIT.badInput);
  const recipes = createResolvedRecipes({ store, deployment, presets: await loadSourcePresets() });
  return { store, plan, resolved: await recipes.ofPlan({ ...plan, execution: '' }) };
}

/** Questions of a run, shard after shard. */
async function* questions({ store, plan, resolved }: OpenRun): AsyncGenerator<Found> {
  const { shards } = await readPlanManifest(store, plan.run, plan.planId);
  const openOf = openReader(store, plan, quotasOf(resolved.recipe));
  for (const shard of shards.keys()) {
    const open = await openOf(shard);
    const failures = (await readShardSummary(store, plan, shard))?.failures ?? [];
    for (const row of await readShard(store, { key: planShardKey(plan.run, plan.planId, shard) })) {
      const failure = failures.find(({ questionId }) => questionId === row.id);
      yield { shard, row, open, ...(failure && { failure }) };
    }
  }
}

async function findQuestion(opened: OpenRun, start: string): Promise<Found> {
  for await (const found of questions(opened)) if (found.row.id.startsWith(start)) return found;
  throw new CommandError(
    `No question of run "${opened.plan.run}" has an id that starts with "${start}". "cotmill inspect ${opened.plan.run}" lists them.`,
    EXIT.badInput,
  );
}

function historyOf({ store, resolved, plan }: OpenRun, { shard, row, open }: Found): Promise<QuestionHistory> {
  const place = { plan: { ...plan, execution: '' }, shard };
  return readQuestionHistory(createJournalStore(store), {
    shard: place,
    row,
    policy: shardPolicy(resolved.recipe, open),
  });
}

async function readReport(opened: OpenRun, found: Found): Promise<QuestionReport> {
  const ledger = createStoreLedger(opened.store);
  const history = await historyOf(opened, found);
  const texts: Record<string, ChainText> = {};
  for (const revision of history.state.chains.flatMap(({ revisions }) => revisions))
    texts[revision.key] = await readText(ledger, found.row, revision);
  return {
    row: found.row,
    history,
    failure: found.failure ?? null,
    texts,
    teachers: opened.resolved.recipe.teachers.map(({ name }) => name),
  };
}

async function list(opened: OpenRun, { outcome, json }: InspectOptions): Promise<void> {
  for await (const found of questions(opened)) {
    const line = lineOf(found, await historyOf(opened, found));
    if (outcome !== undefined && outcome !== line.outcome) continue;
    console.log(json ? JSON.stringify(line) : lineText(line, found.row));
  }
}

function lineOf({ row, failure }: Found, history: QuestionHistory) {
  const { chains } = history.state;
  const { outcome, reason } = questionStanding(history, failure);
  const kept = chains.filter(({ stage }) => stage === 'kept').length;
  const rounds = Math.max(0, ...chains.map((chain) => chain.rounds));
  return { id: row.id, outcome, reason: reason ?? '', chains: chains.length, kept, rounds };
}

const lineText = ({ id, outcome, reason, kept, chains, rounds }: ReturnType<typeof lineOf>, row: QuestionRow): string =>
  `${id}  ${outcome.padEnd(8)} ${reason.padEnd(18)} ${kept} of ${chains} chains kept, at most ${rounds} rounds  ${row.question.replace(/\s+/g, ' ').slice(0, 60)}`;
