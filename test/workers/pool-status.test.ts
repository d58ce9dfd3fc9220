import { describe, expect, it } from 'vitest';
import type { EndpointStatus, PoolStatus } from '../../activities/inference/inference.js';
import { addPools, createPoolReader, readPools, startPoolPublisher, totalsOf } from '../../workers/pool-status.js';
import { createMemoryStore } from '../fakes/memory-store.js';

const endpoint = (changes: Partial<EndpointStatus> = {}): EndpointStatus => ({
  url: 'http://model',
  inFlight: 0,
  limit: 8.5,
  healthy: true,
  refusals: 0,
  errors: 0,
  calls: 0,
  ...changes,
});

const pool = (changes: Partial<EndpointStatus> = {}, waiting = 0): PoolStatus => ({
  pool: 'judge',
  waiting,
  endpoints: [endpoint(changes)],
});

describe('totalsOf', () => {
  it('adds up the endpoints and says why one is out', () => {
    const status = {
      pool: 'judge',
      waiting: 3,
      endpoints: [
        endpoint({ inFlight: 4, refusals: 1, lastError: 'old' }),
        endpoint({ inFlight: 2, errors: 5, healthy: false, lastError: 'refused' }),
      ],
    };
    expect(totalsOf(status)).toEqual({
      pool: 'judge',
      inFlight: 6,
      limit: 17,
      waiting: 3,
      refusals: 1,
      errors: 5,
      healthy: true,
      lastError: 'refused',
    });
  });

  it('is out when every endpoint is', () => {
    expect(totalsOf(pool({ healthy: false })).healthy).toBe(false);
  });
});

describe('addPools', () => {
  it('adds up workers by pool, in the order of the names', () => {
    const one = totalsOf(pool({ inFlight: 1 }));
    const sums = addPools([{ ...one, pool: 'teacher' }, one, { ...one, healthy: false, lastError: 'gone' }]);
    expect(sums.map(({ pool: name, inFlight, limit }) => [name, inFlight, limit])).toEqual([
      ['judge', 2, 16],
      ['teacher', 1, 8],
    ]);
    expect(sums[0]).toMatchObject({ healthy: false, lastError: 'gone' });
  });
});

describe('publishing', () => {
  function publisher(worker = 'w1', store = createMemoryStore()) {
    let statuses: readonly PoolStatus[] = [pool()];
    const published = startPoolPublisher({ store, statuses: () => statuses, worker, intervalMs: 3_600_000 });
    const tick = async (...now: readonly PoolStatus[]): Promise<void> => {
      statuses = now;
      await published.publish();
    };
    return { store, tick, stop: () => published.stop() };
  }

  it('writes nothing while nothing is asked', async () => {
    const { store, tick, stop } = publisher();
    await tick(pool());
    await stop();
    expect(store.writes).toEqual([]);
  });

  it.each([
    ['a call in flight', pool({ inFlight: 1, calls: 1 })],
    ['a call between two looks', pool({ calls: 7 })],
    ['a call that waits for room', pool({}, 1)],
    ['an endpoint that is out', pool({ healthy: false })],
  ])('tells of %s, and takes it back when idle', async (_what, busy) => {
    const { store, tick, stop } = publisher();
    await tick(busy);
    expect(await readPools(store)).toEqual([totalsOf(busy)]);
    await tick(pool({ calls: busy.endpoints[0]?.calls ?? 0 }));
    expect(await readPools(store)).toEqual([]);
    await stop();
    expect(store.objects.size).toBe(0);
  });

  it('adds up workers, and leaves out those that fell silent', async () => {
    const store = createMemoryStore();
    const [first, second] = [publisher('w1', store), publisher('w2', store)];
    await first.tick(pool({ inFlight: 2, calls: 2 }));
    await second.tick(pool({ inFlight: 3, calls: 3 }));
    expect(await readPools(store)).toMatchObject([{ inFlight: 5, limit: 16 }]);
    expect(await readPools(store, Date.now() + 30_000)).toEqual([]);
    await first.stop();
    expect(await readPools(store)).toMatchObject([{ inFlight: 3 }]);
    await second.stop();
  });

  it('removes what a worker that died left behind', async () => {
    const store = createMemoryStore();
    await store.put('status/workers/dead-1.json', Buffer.from(JSON.stringify({ at: 0, pools: [] })));
    const { tick, stop } = publisher('w1', store);
    await tick(pool({ inFlight: 1, calls: 1 }));
    expect([...store.objects.keys()]).toEqual(['status/workers/w1.json']);
    await stop();
  });

  it('does not harm the worker when the store is away', async () => {
    const away = createMemoryStore({
      beforePut: () => {
        throw new Error('away');
      },
    });
    const { tick, stop } = publisher('w1', away);
    await expect(tick(pool({ inFlight: 1, calls: 1 }))).resolves.toBeUndefined();
    await stop();
  });
});

it('shows no pools where the store can not be opened', async () => {
  const store = { kind: 's3', bucket: 'b', prefix: '', region: 'r', forcePathStyle: true } as const;
  const keys = { accessKeyIdEnv: 'NOT_SET_A', secretAccessKeyEnv: 'NOT_SET_B' };
  expect(await createPoolReader({ ...store, ...keys }, {})()).toEqual([]);
});
