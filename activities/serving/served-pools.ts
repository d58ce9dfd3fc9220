import type { Deployment } from '../../config/deployment.js';
import { InferenceError, type InferencePool, type InferenceResult } from '../inference/inference.js';
import { createPool } from '../inference/pool.js';
import type { Environment } from '../inference/transport.js';
import type { ServedModel } from './served-model.js';

/** Connections to a server that nobody asks any more are let go after this time. [ours] */
const IDLE_MS = 60_000;

/** Pools of models that are served for a while: opened when first asked, closed when nobody asks. */
export interface ServedPools {
  /**
   * Keeps the pool of a served model open until the work has ended, and a little longer. The work gets the pool's name, by which `named` finds it.
   * Throws InferenceError (misconfigured) for a server that the deployment does not have.
   */
  during<Result>(served: ServedModel, work: (pool: string) => Promise<Result>): Promise<Result>;
  /** The open pool of that name, if it is one of a served model. */
  named(name: string): InferencePool | undefined;
  close(): Promise<void>;
}

interface Held {
  readonly pool: InferencePool;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/** No name of the deployment has a "/". A job has one server in its life. */
export const servedPoolName = ({ launcher, job }: ServedModel): string => `serving/${launcher}/${job.name}`;

/** @param idleMs time that an unused pool stays open, ms */
export function createServedPools(
  { servers }: Pick<Deployment, 'servers'>,
  environment: Environment,
  idleMs = IDLE_MS,
): ServedPools {
  const held = new Map<string, Held>();

  function open(name: string, served: ServedModel): Held {
    const server = servers[served.server];
    if (!server)
      throw new InferenceError(
        `server "${served.server}" is not in the deployment file; it has: ${Object.keys(servers).join(', ') || 'none'}`,
        { kind: 'misconfigured', pool: name },
      );
    const { maxConcurrency, timeoutMs } = server;
    const config = {
      model: served.model,
      endpoints: [{ url: served.url, maxConcurrency }],
      timeoutMs,
      price: { inputPerMillion: 0, outputPerMillion: 0 },
      structuredOutput: true,
    };
    const entry: Held = { pool: ofThatModel(createPool({ name, config, environment })), users: 0, idle: undefined };
    held.set(name, entry);
    return entry;
  }

  function leave(name: string, entry: Held): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    entry.idle = setTimeout(() => {
      held.delete(name);
      void entry.pool.close();
    }, idleMs).unref();
  }

  return {
    async during(served, work) {
      const name = servedPoolName(served);
      const entry = held.get(name) ?? open(name, served);
      clearTimeout(entry.idle);
      entry.users += 1;
      try {
        return await work(name);
      } finally {
        leave(name, entry);
      }
    },
    named: (name) => held.get(name)?.pool,
    async close() {
      const entries = [...held.values()];
      held.clear();
      for (const { idle } of entries) clearTimeout(idle);
      await Promise.all(entries.map(({ pool }) => pool.close()));
    },
  };
}

/**
 * The port of a server that is gone may be another's now, and some servers answer to any name: what such a one says must not be recorded as an
 * answer of this model. A server that reports no name is believed.
 */
function ofThatModel(pool: InferencePool): InferencePool {
  return {
    ...pool,
    async call(request, options): Promise<InferenceResult> {
      const result = await pool.call(request, options);
      const { modelReported } = result.response;
      if (isName(modelReported, pool.model)) return result;
      throw new InferenceError(
        `${result.endpoint} answers as "${modelReported}" where ${pool.model} was started: that server is gone, and another has its port; or it was not started under {name}.`,
        { kind: 'unavailable', pool: pool.name },
      );
    },
  };
}

/** `transformers serve` puts a revision behind the name. */
const isName = (reported: string, model: string): boolean =>
  reported === '' || reported === model || reported.startsWith(`${model}@`);
