import { describe, expect, it } from 'vitest';
import { announceServed, withStudentPools } from '../../../activities/improve/student-pool.js';
import type { CallRequest } from '../../../activities/ledger/record.js';
import type { AskOptions, PaidCall } from '../../../activities/question/paid-call.js';
import type { ServedModel } from '../../../activities/serving/served-model.js';
import { servedPool } from '../../../workflows/question/served-pool.js';
import { createMemoryStore } from '../../fakes/memory-store.js';

const POOL = servedPool('12'.repeat(32));
const servedAt = (port: number): ServedModel => ({
  launcher: 'here',
  server: 'default',
  job: { name: `serve-${port}`, id: String(port) },
  url: `http://127.0.0.1:${port}/v1`,
  model: 'small-1212',
});

/** Says in whose name it was asked; asks nobody. */
function fakes() {
  const asked: string[] = [];
  const clock = { now: 0 };
  const store = createMemoryStore();
  const paid = withStudentPools(
    {
      ask(_request, { pool }) {
        asked.push(pool);
        return Promise.resolve({} as PaidCall);
      },
    },
    {
      store,
      served: {
        during: (model, work) => work(model.url),
        named: () => undefined,
        close: () => Promise.resolve(),
      },
      now: () => clock.now,
    },
  );
  const ask = (run: string, pool: string) =>
    paid.ask({} as CallRequest, { pool, payer: { run, execution: 'e', asker: 'a' } } as AskOptions);
  return { asked, clock, store, ask };
}

describe('calls to a model that is served for a run', () => {
  it('go to where that run serves it, also when it moves', async () => {
    const { asked, clock, store, ask } = fakes();
    await announceServed(store, { run: 'a', pool: POOL }, servedAt(1));
    await announceServed(store, { run: 'b', pool: POOL }, servedAt(2));
    await ask('a', POOL);
    await ask('b', POOL);
    await announceServed(store, { run: 'a', pool: POOL }, servedAt(3));
    clock.now += 5_000;
    await ask('a', POOL);
    expect(asked).toEqual(['http://127.0.0.1:1/v1', 'http://127.0.0.1:2/v1', 'http://127.0.0.1:3/v1']);
  });

  it('leave pools of the deployment alone', async () => {
    const { asked, ask } = fakes();
    await ask('a', 'big');
    expect(asked).toEqual(['big']);
  });

  it('wait while no server was started', async () => {
    const { ask } = fakes();
    await expect(ask('a', POOL)).rejects.toMatchObject({ name: 'InferenceError', kind: 'unavailable' });
  });
});
