import { proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type { ModelRef, TrainedStudent } from '../../activities/models/model-manifest.js';
import type { TrainingPlan } from '../../activities/training/jobs/training-plan.js';
import { bulk, following } from '../activity-options.js';
import { checkFields } from '../input.js';
import { COT_PHASE } from '../search-attributes.js';
import { JOBS_QUEUE } from '../task-queues.js';
import { describePlan, describeStudent } from './describe.js';
import { describeOwnAnswers, makeOwnAnswers } from './own-answers.js';

const { prepareTraining, fetchTrainingRows, configureTraining, registerStudent } = proxyActivities<Activities>({
  ...bulk,
  taskQueue: JOBS_QUEUE,
});
const { preflightTraining, followTraining } = proxyActivities<Activities>({ ...following, taskQueue: JOBS_QUEUE });

export interface TrainStudentInput {
  readonly run: string;
  /** The student, as it stands in a recipe. */
  readonly student: unknown;
  /** A published training set. */
  readonly training: { readonly name: string; readonly version: string };
  /** The registered student that it is trained from, when its base is one. */
  readonly base?: ModelRef;
  /** Evaluations, as they stand in a recipe, whose questions the rows must not have. */
  readonly evaluations?: readonly unknown[];
}

type TrainingPhase = 'preparing' | 'fetching rows' | 'looking at rows' | 'training' | 'registering' | 'done';

/**
 * Looks at the rows of a student, trains it as a job and registers its weights; what must not be trained fails with all reasons. The same training
 * again finds itself registered, or its job at work; a cancelled workflow cancels its job.
 */
export async function trainStudent(input: TrainStudentInput): Promise<TrainedStudent> {
  checkFields(input, { run: 'string', student: 'object', training: 'object' });
  enter('preparing');
  const { plan, registered } = await prepareTraining(input);
  if (registered) return done(registered);

  enter('fetching rows', describePlan(plan));
  await writeRows(input.run, plan);
  await configureTraining({ plan });

  enter('looking at rows', describePlan(plan));
  const { run, evaluations } = input;
  const looked = await preflightTraining({ run, plan, ...(evaluations && { evaluations }) });

  enter('training', describePlan(plan));
  const finished = await followTraining({ plan });

  enter('registering', describePlan(plan, finished));
  return done(await registerStudent({ run, plan, finished, preflightKey: looked.reportKey }));
}

/** The rows that are learnt: those of the view, or of a control the base's own answers to the same questions. */
async function writeRows(run: string, plan: TrainingPlan): Promise<void> {
  if (plan.training.control === 'none') return void (await fetchTrainingRows({ plan }));
  const report = await makeOwnAnswers(run, plan);
  enter('fetching rows', `${describePlan(plan)}\n\n${describeOwnAnswers(report)}`);
}

function done(student: TrainedStudent): TrainedStudent {
  enter('done', describeStudent(student));
  return student;
}

function enter(phase: TrainingPhase, details = ''): void {
  upsertSearchAttributes([{ key: COT_PHASE, value: phase }]);
  setCurrentDetails(phase === 'done' ? details : [`**${phase}**`, details].filter((part) => part !== '').join('\n\n'));
}
