import {
  executeChild,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { RoundInput, RoundPlan, RoundTraining } from '../../activities/improve/round-plan.js';
import type { RoundChoice, RoundExploration, RoundResult } from '../../activities/improve/round-result.js';
import type { Activities } from '../../activities/index.js';
import type { TrainedStudent } from '../../activities/models/model-manifest.js';
import type { buildDataset } from '../dataset/build-dataset.js';
import type { trainStudent } from '../training/train-student.js';
import { bulk, following, storage } from '../activity-options.js';
import { checkFields } from '../input.js';
import { getProgress, noQuestions, type RoundPhase } from '../messages.js';
import { COT_PHASE, COT_RUN } from '../search-attributes.js';
import { withServedModel } from '../serving/with-served-model.js';
import { IO_QUEUE, JOBS_QUEUE } from '../task-queues.js';
import { evaluateStudent } from './evaluate-student.js';

const { planRound, announceStudent } = proxyActivities<Activities>({ ...storage, taskQueue: IO_QUEUE });
const { chooseChains } = proxyActivities<Activities>({ ...bulk, taskQueue: IO_QUEUE });
const { modelToServe } = proxyActivities<Activities>({ ...bulk, taskQueue: JOBS_QUEUE });
const { measureByEndpoint, measureByJob } = proxyActivities<Activities>({ ...following, taskQueue: JOBS_QUEUE });

export interface ImproveRoundInput extends RoundInput {
  readonly server: string;
  /** Places of the recipe's evaluations that every round is asked. */
  readonly evaluations: readonly { readonly index: number; readonly name: string }[];
}

/**
 * One round: explore with the current student, measure the thoughts, choose what is worth learning, train, evaluate. Everything is named by its content,
 * so the same round again, or after a change of what comes later, finds what is done.
 */
export async function improveRound(input: ImproveRoundInput): Promise<RoundResult> {
  checkFields(input, { run: 'string', recipe: 'object', round: 'number', current: 'object' });
  const { server, evaluations, ...round } = input;
  upsertSearchAttributes([{ key: COT_RUN, value: input.run }]);
  const enter = tellProgress(input);
  const plan = await planRound(round);

  enter('exploring', { children: [`${plan.exploreRun}/dataset`] });
  const built = await explore(plan, { ...round, server });
  const dataset = refOf(built);
  if (plan.perplexityBy === 'job') {
    enter('measuring', { running: [`round/${input.round}`] });
    await measureByJob({ ...round, dataset });
  }
  enter('choosing');
  const { chosen, training, took } = await chooseChains({ ...round, dataset });

  if (training) enter('training', { running: [`round/${input.round}/student`] });
  const student = training && (await train(input, training));
  if (student) enter('evaluating', { running: evaluations.map(({ name }) => `evaluation/${name}/${student.name}`) });
  const scores = student ? await evaluateAll({ input, student, server, evaluations }) : [];
  const result = { round: input.round, explored: { ...exploration(plan, built), took }, chosen, student, scores };
  enter('done', { chosen });
  return result;
}

/** The build that explores, while the student is served. Its questions, calls and journal are those of a run of their own. */
async function explore(
  { exploreRun: run, pool, recipe, perplexityBy }: RoundPlan,
  at: ServedRound,
): Promise<RunSummary> {
  const { server, ...round } = at;
  const { name, version } = round.current;
  const toServe = await modelToServe({
    model: { student: { name, version } },
    server,
    owner: `explore-r${round.round}`,
  });
  return withServedModel(toServe, async (served) => {
    await announceStudent({ run, pool, served });
    const built = await executeChild<typeof buildDataset>('buildDataset', {
      workflowId: `${run}/dataset`,
      args: [{ run, recipe, served: { pool, model: served.model } }],
      staticSummary: `round ${round.round}: rollouts of ${name} ${version}`,
      typedSearchAttributes: [{ key: COT_RUN, value: run }],
    });
    if (perplexityBy === 'endpoint') await measureByEndpoint({ ...round, dataset: refOf(built), served });
    return built;
  });
}

type ServedRound = RoundInput & { readonly server: string };
const refOf = ({ dataset: { name, version } }: RunSummary) => ({ name, version });

const train = ({ run, round }: RoundInput, training: RoundTraining): Promise<TrainedStudent> =>
  executeChild<typeof trainStudent>('trainStudent', {
    workflowId: `${run}/round/${round}/student`,
    args: [{ run, ...training }],
    staticSummary: `round ${round}: ${training.training.name} ${training.training.version}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });

/** One after the other: each serves the student by itself. */
async function evaluateAll(asked: {
  readonly input: RoundInput;
  readonly student: TrainedStudent;
  readonly server: string;
  readonly evaluations: ImproveRoundInput['evaluations'];
}): Promise<EvaluationResult[]> {
  const { input, student, server, evaluations } = asked;
  const scores: EvaluationResult[] = [];
  for (const { index } of evaluations)
    scores.push(await evaluateStudent({ run: input.run, recipe: input.recipe, index, student, server }));
  return scores;
}

function exploration(
  { exploreRun: run }: RoundPlan,
  { dataset, questions, calls, tokens, cost }: RunSummary,
): RoundExploration {
  const { name, version } = dataset;
  return {
    run,
    dataset: { name, version },
    questions: questions.total,
    calls,
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    cost,
  };
}

interface Work {
  /** Tasks below the run. */
  readonly running?: readonly string[];
  /** Workflows that answer how far they are. */
  readonly children?: readonly string[];
  readonly chosen?: RoundChoice;
}

/** Tells how far a round is: to whoever asks, on the workflow's page and in its search attribute. To be called before the first await. */
function tellProgress({ round, current }: RoundInput): (phase: RoundPhase, work?: Work) => void {
  let now: Work & { readonly step: RoundPhase } = { step: 'exploring' };
  setHandler(getProgress, () => {
    const { step, running = [], children = [] } = now;
    return { ...noQuestions, phase: 'improving', children, improvement: { round, step, running } };
  });
  return (step, work = {}) => {
    now = { step, ...work };
    upsertSearchAttributes([{ key: COT_PHASE, value: step }]);
    const found = work.chosen ? `\n\n${work.chosen.found} found: \`${work.chosen.reportKey}\`` : '';
    setCurrentDetails(`round ${round} of ${current.name} ${current.version}: **${step}**${found}`);
  };
}
