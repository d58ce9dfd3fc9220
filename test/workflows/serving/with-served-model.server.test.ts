import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openServing } from '../../../activities/serving/open-serving.js';
import { createServingActivities } from '../../../activities/serving/activities.js';
import { createModelServers } from '../../../activities/serving/model-servers.js';
import type { ModelToServe, ServedModel } from '../../../activities/serving/served-model.js';
import { failureMessage } from '../../../workers/run-client.js';
import { installRuntime } from '../../../workers/serve.js';
import { toolPath } from '../../../workers/stack/tools.js';
import { JOBS_QUEUE, WORKFLOW_QUEUE } from '../../../workflows/task-queues.js';
import { LLAMA_SERVER, pidOf, serveHere, type ServingHere } from '../../activities/serving/served-here.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { temporalPath } from '../../support/servers.js';
import { startWorkers, type WorkflowWorkers } from '../../support/workflow-workers.js';

const PATIENCE = { timeout: 60_000 };

/** Real servers on a real launcher, under a real Temporal server; only what is done with the model is the test's. */
describe('a workflow that needs a served model', { timeout: 180_000 }, () => {
  let environment: TestWorkflowEnvironment;
  let here: ServingHere;
  let workers: WorkflowWorkers;
  let runs = 0;
  let used: ServedModel[] = [];
  let use: (served: ServedModel) => Promise<string>;

  beforeAll(async () => {
    installRuntime('ERROR');
    environment = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path: temporalPath() } },
    });
    const broken = { launcher: 'here', command: ['sh', '-c', 'echo no such device >&2; exit 3'] };
    here = serveHere({ default: LLAMA_SERVER, broken });
    const programs = { python: () => toolPath('python'), trainingPython: () => toolPath('trainingPython') };
    const { launchers, deployment } = here;
    const opened = openServing({ ...{ launchers, deployment, programs }, store: createMemoryStore() });
    const servers = createModelServers({ launchers, deployment, programs, times: { beatMs: 200 } });
    const activities = {
      ...createServingActivities({ ...opened, servers }),
      use: (served: ServedModel) => use(served),
    };
    const workflows = 'serving/served-work.ts';
    workers = await startWorkers(environment, { activities: { [JOBS_QUEUE]: activities }, workflows });
  });
  afterAll(async () => {
    await workers.stop();
    await environment.teardown();
    here.remove();
  });
  beforeEach(() => {
    used = [];
  });
  afterEach(() => expect.poll(() => here.processes(), PATIENCE).toEqual([]));

  function start(changes: Partial<ModelToServe> = {}): Promise<WorkflowHandle<() => Promise<string>>> {
    runs += 1;
    return environment.client.workflow.start<(toServe: ModelToServe) => Promise<string>>('servedWork', {
      workflowId: `work-${runs}`,
      taskQueue: WORKFLOW_QUEUE,
      args: [{ ...here.toServe('somebody'), ...changes }],
    });
  }

  /** Uses a server as long as it answers, or until the work is cancelled. */
  async function useForEver({ url }: ServedModel): Promise<string> {
    const context = Context.current();
    for (;;) {
      context.heartbeat();
      if (context.cancellationSignal.aborted) await context.cancelled;
      await fetch(`${url}/models`).catch(() => undefined);
      await sleep(100);
    }
  }

  const messageOf = (ended: Promise<unknown>): Promise<string> => ended.then(String, failureMessage);

  it('has it while it works, and no longer', async () => {
    use = async (served) => {
      used.push(served);
      return String((await fetch(`${served.url}/models`)).status);
    };
    expect(await (await start()).result()).toBe('200');
    expect(used).toHaveLength(1);
  });

  it('gets another when it is lost, and does its work again there', async () => {
    use = async (served) => {
      used.push(served);
      if (used.length > 1) return 'done';
      process.kill(pidOf(here.processes(), /llama_server\.py/), 'SIGKILL');
      return useForEver(served);
    };
    expect(await (await start()).result()).toBe('done');
    const [first, second] = used.map(({ job }) => job.name);
    expect(first).toMatch(/^serve-somebody-[0-9a-f]{8}-[0-9a-f]{12}$/);
    expect(second).toMatch(/^serve-somebody-[0-9a-f]{8}-r1-[0-9a-f]{12}$/);
  });

  it('gives up after some losses, and says why the last one was', async () => {
    use = (served) => {
      used.push(served);
      process.kill(pidOf(here.processes(), /llama_server\.py/), 'SIGKILL');
      return useForEver(served);
    };
    expect(await messageOf((await start()).result())).toMatch(/is gone: failed, exit code 137/);
    expect(used).toHaveLength(6);
  });

  it('ends it when the work fails, with the error of the work', async () => {
    use = () => Promise.reject(ApplicationFailure.nonRetryable('meant to fail', 'Test.Meant'));
    expect(await messageOf((await start()).result())).toContain('meant to fail');
  });

  it('ends it when it is cancelled, at work or while it waits for the server', async () => {
    use = useForEver;
    const atWork = await start();
    await expect.poll(() => here.processes().join('\n'), PATIENCE).toContain('llama_server.py');
    await atWork.cancel();
    expect(await messageOf(atWork.result())).toMatch(/cancel/i);
    expect(here.processes()).toEqual([]);
  });

  it('fails with the end of the output of a server that does not start', async () => {
    expect(await messageOf((await start({ server: 'broken' })).result())).toMatch(
      /Server broken of weak-student-0123abcd did not start: failed, exit code 3.*no such device/s,
    );
  });
});
