import type { Client } from '@temporalio/client';
import type { Pools } from '../activities/inference/pools.js';
import { probePool } from '../activities/inference/probe-pool.js';
import { probeHub } from '../activities/sources/probe-hub.js';
import { openStore } from '../activities/store/open-store.js';
import { probeStore } from '../activities/store/probe-store.js';
import type { Deployment } from '../config/deployment.js';
import { IO_QUEUE, JOBS_QUEUE, poolQueue, WORKFLOW_QUEUE } from '../workflows/task-queues.js';
import { connectClient } from './connection.js';
import type { Environment } from './dependencies.js';
import { examineJobs } from './doctor-jobs.js';
import { finding, messageOf, type Finding } from './finding.js';
import { missingSearchAttributes, registerSearchAttributes, searchAttributeCommands } from './search-attributes.js';

export interface DoctorInput {
  readonly deployment: Deployment;
  readonly environment: Environment;
  readonly pools: Pools;
  /** Register missing search attributes. */
  readonly register: boolean;
}

/** Reaches everything that a deployment names. Never throws: what fails is a finding. */
export async function examine(input: DoctorInput): Promise<Finding[]> {
  const [temporal, store, hubs, pools, jobs] = await Promise.all([
    examineTemporal(input),
    examineStore(input),
    examineHubs(input),
    examinePools(input),
    examineJobs(input),
  ]);
  return [...temporal, store, ...hubs, ...pools, ...jobs];
}

async function examineTemporal({ deployment, register }: DoctorInput): Promise<Finding[]> {
  let client: Client;
  try {
    client = await connectClient(deployment.temporal);
  } catch (error) {
    return [
      {
        check: 'temporal',
        ok: false,
        detail: messageOf(error),
        mend: 'cotmill dev, or set temporal.address or temporal.profile',
      },
    ];
  }
  try {
    const jobs = Object.keys(deployment.launchers).length > 0 ? [JOBS_QUEUE] : [];
    const queues = [WORKFLOW_QUEUE, IO_QUEUE, ...jobs, ...Object.keys(deployment.pools).map(poolQueue)];
    return [
      { check: 'temporal', ok: true, detail: `namespace ${client.options.namespace} answers` },
      await examineSearchAttributes(client, register),
      ...(await Promise.all(queues.map((queue) => examineQueue(client, queue)))),
    ];
  } catch (error) {
    return [
      {
        check: 'temporal',
        ok: false,
        detail: messageOf(error),
        mend: 'does the namespace exist, and may this client read it?',
      },
    ];
  } finally {
    await client.connection.close();
  }
}

async function examineSearchAttributes(client: Client, register: boolean): Promise<Finding> {
  const check = 'search attributes';
  const added = register ? await registerSearchAttributes(client) : [];
  const missing = await missingSearchAttributes(client);
  if (missing.length === 0)
    return { check, ok: true, detail: added.length > 0 ? `registered ${added.join(', ')}` : 'all registered' };
  return {
    check,
    ok: false,
    detail: `missing: ${missing.join(', ')}`,
    mend: `cotmill doctor --register, or:\n${searchAttributeCommands(missing)}`,
  };
}

async function examineQueue(client: Client, queue: string): Promise<Finding> {
  const taskQueueType = queue === WORKFLOW_QUEUE ? 1 : 2;
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType,
  });
  const count = pollers?.length ?? 0;
  return {
    check: `worker of ${queue}`,
    ok: count > 0,
    detail: `${count} polling`,
    ...(count === 0 && { mend: 'cotmill worker' }),
  };
}

const examineStore = ({ deployment, environment }: DoctorInput): Promise<Finding> =>
  finding('store', 'see store in the deployment, and the variables that it names', async () => {
    const store = await openStore(deployment.store, { environment, baseDirectory: process.cwd() });
    await probeStore(store);
    return `${store.description}: reads, writes and keeps the first of two writers`;
  });

/** Inputs that are the Hugging Face Hub. */
export async function examineHubs({
  deployment,
  environment,
}: Pick<DoctorInput, 'deployment' | 'environment'>): Promise<Finding[]> {
  const hubs = Object.entries(deployment.inputs).flatMap(([name, input]) =>
    input.kind === 'hub' ? [{ name, input }] : [],
  );
  return Promise.all(
    hubs.map(({ name, input }) =>
      finding(`input ${name}`, `see inputs.${name} in the deployment, and the variable that it names`, () =>
        probeHub(input, { environment }),
      ),
    ),
  );
}

async function examinePools({ deployment, pools }: DoctorInput): Promise<Finding[]> {
  const names = Object.keys(deployment.pools);
  return (await Promise.all(names.map((name) => examinePool(name, { deployment, pools })))).flat();
}

async function examinePool(
  name: string,
  { deployment, pools }: Pick<DoctorInput, 'deployment' | 'pools'>,
): Promise<Finding[]> {
  const model = deployment.pools[name]?.model ?? '';
  try {
    const probes = await probePool(pools.get(name));
    return probes.map(({ url, ok, models, error }): Finding => {
      const check = `pool ${name} at ${url}`;
      if (!ok)
        return {
          check,
          ok,
          detail: error ?? 'does not answer',
          mend: `is the server up, and is the key in the variable that pools.${name} names?`,
        };
      // Some servers list no models, or list them under other names than they answer to.
      const listed = models.length === 0 || models.includes(model);
      return listed
        ? { check, ok: true, detail: `serves ${model}` }
        : {
            check,
            ok: false,
            detail: `lists ${models.slice(0, 5).join(', ')}, not ${model}`,
            mend: `set pools.${name}.model to a model that it serves`,
          };
    });
  } catch (error) {
    return [
      { check: `pool ${name}`, ok: false, detail: messageOf(error), mend: `see pools.${name} in the deployment` },
    ];
  }
}
