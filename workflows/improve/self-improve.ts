import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  executeChild,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { Comparison } from '../../activities/experiment/experiment-summary.js';
import type { ImprovementFiles } from '../../activities/improve/activities.js';
import type { ImprovementInput, ImprovementPlan } from '../../activities/improve/round-plan.js';
import type { ImprovementSummary, RoundResult, Stop } from '../../activities/improve/round-result.js';
import type { Activities } from '../../activities/index.js';
import type { ModelRef } from '../../activities/models/model-manifest.js';
import type { TrainingRef } from '../../activities/selection/training-set.js';
import { bulk, storage } from '../activity-options.js';
import { checkFields } from '../input.js';
import { approveRound, getProgress, noQuestions, type ImprovementProgress, type Progress } from '../messages.js';
import { COT_PHASE, COT_RUN } from '../search-attributes.js';
import { emptyTally } from '../tally.js';
import { IO_QUEUE } from '../task-queues.js';
import { describeFiles, describeLoop } from './describe.js';
import { evaluateStudent } from './evaluate-student.js';
import type { improveRound } from './improve-round.js';
import { bestModel, roundPairs, spentIn, stopAfter, type LoopState } from './rounds.js';

const { planImprovement, writeImprovement } = proxyActivities<Activities>({ ...storage, taskQueue: IO_QUEUE });
const { compareModels } = proxyActivities<Activities>({ ...bulk, taskQueue: IO_QUEUE });

export interface SelfImproveInput extends ImprovementInput {
  /** Of the imitation, where it was evaluated before; what is missing is asked. */
  readonly imitationScores?: readonly EvaluationResult[];
}

interface Loop extends LoopState {
  readonly rounds: RoundResult[];
  comparisons: Comparison[];
  current: ModelRef;
  readonly earlier: TrainingRef[];
}

/**
 * STILL-2's loop (methods 4): the imitation explores, learns from what it found, and the student of each round explores for the next one, until a rule
 * of the recipe says why it ends. Each round is a child named by its number; started again under the same name, also with other rules or other settings
 * of a later step, it finds what is done and paid by its content. A round has about twenty events here: twenty rounds need no continue-as-new.
 */
export async function selfImprove(input: SelfImproveInput): Promise<ImprovementSummary> {
  checkFields(input, { run: 'string', recipe: 'object', imitation: 'object' });
  const { run, recipe, imitation } = input;
  const word = acceptApproval();
  const tell = tellProgress();
  upsertSearchAttributes([{ key: COT_RUN, value: run }]);
  const plan = await planImprovement({ run, recipe, imitation });
  tell({ maxRounds: plan.rules.maxRounds });
  enter('evaluating');
  tell({ running: plan.evaluations.map(({ name }) => `evaluation/${name}/${plan.student}`) });
  const imitationScores = await scoresOf(plan, input);
  const loop: Loop = {
    imitation,
    imitationScores,
    rounds: [],
    comparisons: [],
    current: imitation,
    earlier: [plan.seed],
  };

  let stop: Stop | undefined;
  while (!stop) {
    enter('improving');
    const round = loop.rounds.length + 1;
    tell({ round, step: 'exploring', running: [], children: [`${run}/round/${round}`] });
    await nextRound(plan, input, loop);
    tell({ step: 'done', children: [], tally: { ...emptyTally, spending: spentIn(loop.rounds) } });
    stop = stopAfter(plan.rules, loop);
    setCurrentDetails(describeLoop({ ...loop, ...(stop && { stop }) }));
    if (stop) break;
    await write(plan, input, loop);
    if (!plan.rules.approval) continue;
    enter('waiting for approval');
    tell({ step: 'waiting for approval' });
    stop = await word.next(loop.rounds.length);
  }
  const files = await write(plan, input, { ...loop, stop });
  enter('done');
  await condition(allHandlersFinished);
  const { rounds, comparisons } = loop;
  return { imitation, imitationScores, rounds, comparisons, stop, best: bestModel(plan.rules, loop), ...files };
}

/** Writes table and report of the rounds so far, and shows where they are. */
async function write(
  { rules }: ImprovementPlan,
  { run }: SelfImproveInput,
  { imitation, imitationScores, rounds, comparisons, stop }: Loop & { readonly stop?: Stop },
): Promise<ImprovementFiles> {
  const found = { imitation, imitationScores, rounds, comparisons, ...(stop && { stop }) };
  const table = describeLoop(found);
  const best = bestModel(rules, found);
  const files = await writeImprovement({ run, table, ...found, approval: rules.approval, best });
  setCurrentDetails(`${table}\n\n${describeFiles(files)}`);
  return files;
}

/** Of the imitation on every evaluation that asks it: the control. */
async function scoresOf(plan: ImprovementPlan, input: SelfImproveInput): Promise<EvaluationResult[]> {
  const scores: EvaluationResult[] = [];
  for (const { index, name } of plan.evaluations) {
    const known = input.imitationScores?.find(({ evaluation, model }) => evaluation === name && model === plan.student);
    const asked = { run: input.run, recipe: input.recipe, index, student: plan.imitation, server: plan.server };
    scores.push(known ?? (await evaluateStudent(asked)));
  }
  return scores;
}

async function nextRound(
  plan: ImprovementPlan,
  { run, recipe, imitation }: SelfImproveInput,
  loop: Loop,
): Promise<void> {
  const round = loop.rounds.length + 1;
  const { current, earlier } = loop;
  const { server, evaluations } = plan;
  const result = await executeChild<typeof improveRound>('improveRound', {
    workflowId: `${run}/round/${round}`,
    args: [{ run, recipe, imitation, round, current, earlier, server, evaluations }],
    staticSummary: `round ${round} of ${plan.student}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });
  loop.rounds.push(result);
  if (result.student) loop.current = { name: result.student.name, version: result.student.version };
  if (result.chosen.training) {
    const { name, version } = result.chosen.training;
    loop.earlier.push({ name, version });
  }
  const all = [...loop.imitationScores, ...loop.rounds.flatMap(({ scores }) => scores)];
  const pairs = roundPairs(loop).filter(({ model }) => model === result.student?.name);
  if (pairs.length > 0) loop.comparisons.push(...(await compareModels({ pairs, evaluations: all })));
}

/** Takes what people say between rounds; to be called before the first await. */
function acceptApproval(): { next(done: number): Promise<Stop | undefined> } {
  const state: { waiting: number | undefined; said: 'continue' | 'end' | undefined } = {
    waiting: undefined,
    said: undefined,
  };
  setHandler(
    approveRound,
    ({ next }) => {
      state.said = next;
      return next === 'continue'
        ? `round ${(state.waiting ?? 0) + 1} begins`
        : `it ends after round ${state.waiting ?? 0}`;
    },
    {
      validator(said) {
        const next = (said as { readonly next?: unknown } | undefined)?.next;
        if (next !== 'continue' && next !== 'end')
          throw ApplicationFailure.nonRetryable(
            'approveRound: expected {"next": "continue"} or {"next": "end"}',
            'Input.Invalid',
          );
        if (state.waiting === undefined)
          throw ApplicationFailure.nonRetryable('approveRound: no round waits for approval now', 'Input.Invalid');
      },
    },
  );
  return {
    async next(done) {
      state.waiting = done;
      state.said = undefined;
      await condition(() => state.said !== undefined);
      state.waiting = undefined;
      const words = `somebody ended it after round ${done}`;
      return (state.said as string | undefined) === 'end' ? { reason: 'ended-by-hand', words } : undefined;
    },
  };
}

type Told = Omit<ImprovementProgress, 'maxRounds'> &
  Pick<Progress, 'children' | 'tally'> & { readonly maxRounds: number };

/** Answers how far the loop is with what it was told last; to be called before the first await. */
function tellProgress(): (change: Partial<Told>) => void {
  let told: Told = { round: 0, maxRounds: 0, step: 'evaluating', running: [], children: [], tally: emptyTally };
  setHandler(getProgress, () => {
    const { children, tally, ...improvement } = told;
    return { ...noQuestions, phase: 'improving', children, tally, improvement };
  });
  return (change) => void (told = { ...told, ...change });
}

type LoopPhase = 'evaluating' | 'improving' | 'waiting for approval' | 'done';
const enter = (phase: LoopPhase): void => upsertSearchAttributes([{ key: COT_PHASE, value: phase }]);
