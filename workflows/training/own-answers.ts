import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type { OwnAnswersReport } from '../../activities/training/own-answers/write-own-answers.js';
import type { TrainingPlan } from '../../activities/training/jobs/training-plan.js';
import { asking, bulk } from '../activity-options.js';
import { withServedModel } from '../serving/with-served-model.js';
import { JOBS_QUEUE } from '../task-queues.js';

const { findOwnAnswers, modelToServe } = proxyActivities<Activities>({ ...bulk, taskQueue: JOBS_QUEUE });
const { writeOwnAnswers } = proxyActivities<Activities>({ ...asking, taskQueue: JOBS_QUEUE });

/** The rows of a control: serves the base and asks it every question of the view, unless that was done before. */
export async function makeOwnAnswers(run: string, plan: TrainingPlan): Promise<OwnAnswersReport> {
  const known = await findOwnAnswers({ plan });
  if (known) return known;
  const { kind, name } = plan.base;
  const model = kind === 'model' ? { model: name } : { student: { name, version: plan.base.version } };
  const toServe = await modelToServe({ model, server: plan.server, owner: plan.job });
  return withServedModel(toServe, (served) => writeOwnAnswers({ run, plan, answerer: { kind: 'served', served } }));
}

/** What a control learns, in Markdown, for the UI. Pure. */
export function describeOwnAnswers({ model, rows, written, leftOut, maxTokens }: OwnAnswersReport): string {
  const missing = Object.entries(leftOut).filter(([, count]) => count > 0);
  const reasons = missing.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return `own answers of ${model} for ${written} of ${rows} rows, at most ${maxTokens} tokens each${reasons === '' ? '' : `; left out: ${reasons}`}`;
}
