/** Workflows of the tests: the real experiment over fake children, each of which asks one activity of the test. */
import { proxyActivities } from '@temporalio/workflow';
import type { EvaluationResult } from '../../../activities/evaluation/evaluation-result.js';
import type { TrainedStudent } from '../../../activities/models/model-manifest.js';
import type { FakeWork } from './fake-experiment.js';

export { experiment } from '../../../workflows/experiment/experiment.js';

const { work } = proxyActivities<FakeWork>({
  taskQueue: 'cotmill-io',
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '5 seconds',
  retry: { maximumAttempts: 1 },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

export async function trainStudent(input: object): Promise<TrainedStudent> {
  return (await work({ kind: 'student', input })) as TrainedStudent;
}

export async function evaluateModel(input: object): Promise<EvaluationResult> {
  return (await work({ kind: 'evaluation', input })) as EvaluationResult;
}
