/** A workflow of the tests: the real withServedModel around one activity of the test. */
import { proxyActivities } from '@temporalio/workflow';
import type { ModelToServe, ServedModel } from '../../../activities/serving/served-model.js';
import { withServedModel } from '../../../workflows/serving/with-served-model.js';

export interface FakeUse {
  use(served: ServedModel): Promise<string>;
}

const { use } = proxyActivities<FakeUse>({
  taskQueue: 'cotmill-jobs',
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '3 seconds',
  retry: { maximumAttempts: 1 },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

export const servedWork = (toServe: ModelToServe): Promise<string> => withServedModel(toServe, (served) => use(served));
