/** Workflows of the tests: the real loop over fake rounds and evaluations, each of which asks one activity of the test. */
import { proxyActivities } from '@temporalio/workflow';
import type { EvaluationResult } from '../../../activities/evaluation/evaluation-result.js';
import type { RoundResult } from '../../../activities/improve/round-result.js';
import type { FakeWork } from './fake-loop.js';

export { selfImprove } from '../../../workflows/improve/self-improve.js';

const { round, evaluation } = proxyActivities<FakeWork>({
  taskQueue: 'cotmill-io',
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 1 },
});

export async function improveRound(input: object): Promise<RoundResult> {
  return round(input);
}

export async function evaluateModel(input: object): Promise<EvaluationResult> {
  return evaluation(input);
}
