import type { Deployment } from '../../config/deployment.js';
import { InferenceError, type PoolStatus } from './inference.js';
import { createPool, type OpenPool } from './pool.js';
import type { Environment } from './transport.js';

/** The inference pools of a deployment. */
export interface Pools {
  /** Throws InferenceError (misconfigured) for a name that the deployment does not have. */
  get(name: string): OpenPool;
  names(): readonly string[];
  statuses(): readonly PoolStatus[];
  close(): Promise<void>;
}

/** Opens all pools; nothing is sent yet. Keys are read from `environment` by the names that the endpoints give. */
export function createPools(deployment: Pick<Deployment, 'pools'>, environment: Environment): Pools {
  const pools = new Map(
    Object.entries(deployment.pools).map(([name, config]) => [name, createPool({ name, config, environment })]),
  );
  return {
    get(name) {
      const pool = pools.get(name);
      if (pool) return pool;
      const known = [...pools.keys()].join(', ') || 'none';
      throw new InferenceError(`pool "${name}" is not in the deployment file; it has: ${known}`, {
        kind: 'misconfigured',
        pool: name,
      });
    },
    names: () => [...pools.keys()],
    statuses: () => [...pools.values()].map((pool) => pool.status()),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}
