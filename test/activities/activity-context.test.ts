import { setTimeout as delay } from 'node:timers/promises';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { watching, withEffort, type Effort } from '../../activities/activity-context.js';

interface UnderWay {
  readonly environment: MockActivityEnvironment;
  readonly effort: Effort;
  readonly ended: Promise<unknown>;
}

const begin = (): Promise<UnderWay> =>
  new Promise((resolve) => {
    const environment = new MockActivityEnvironment();
    const work = (effort: Effort): Promise<void> => {
      setImmediate(() => void resolve({ environment, effort, ended }));
      return delay(60_000, undefined, { signal: effort.signal });
    };
    const ended = environment.run(() => withEffort(work)).catch((error: unknown) => error);
  });

describe('an activity that is under way', () => {
  it.each([
    ['somebody cancels it', ['CANCELLED', { cancelRequested: true }], true],
    ['its worker shuts down', ['WORKER_SHUTDOWN', { workerShutdown: true }], false],
    ['it is timed out', ['TIMED_OUT', { timedOut: true }], false],
  ] as const)(
    'ends when %s; what would go on without it is told so only by a request',
    async (_what, [reason, why], told) => {
      const { environment, effort, ended } = await begin();
      environment.cancel(reason, new ActivityCancellationDetails(why));
      expect(await ended).toMatchObject({ name: 'CancelledFailure' });
      expect(effort.signal.aborted).toBe(true);
      expect(effort.cancelled.aborted).toBe(told);
    },
  );

  it('stops watching what goes on without it', async () => {
    const { environment, effort, ended } = await begin();
    const seen: unknown[] = [];
    const watch = watching({ ...effort, progress: (details) => seen.push(details) });
    watch('step 1');
    environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
    await ended;
    expect(() => watch('step 2')).toThrow();
    expect(seen).toEqual(['step 1']);
  });
});
