import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPools } from '../../../activities/inference/pools.js';
import type { CallRequest } from '../../../activities/ledger/record.js';
import { createStoreLedger } from '../../../activities/ledger/store-ledger.js';
import { createPaidCalls } from '../../../activities/question/paid-call.js';
import { createAnswerers } from '../../../activities/serving/answerers.js';
import type { Answerer, ServedModel } from '../../../activities/serving/served-model.js';
import { createServedPools, servedPoolName } from '../../../activities/serving/served-pools.js';
import { Deployment } from '../../../config/deployment.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { startFakeModelServer, type FakeModelServer } from '../../fakes/model-server.js';

const MODEL = 'student-0123abcd';

const requestOf = (content: string, model = MODEL): CallRequest => ({
  role: 'student',
  model,
  messages: [{ role: 'user', content }],
  sampling: { seed: true },
  sample: 0,
  salt: '',
});

describe('asking an answerer', () => {
  let server: FakeModelServer;
  let deployment: Deployment;

  beforeEach(async () => {
    server = await startFakeModelServer({ models: [MODEL] });
    deployment = Deployment.parse({
      store: { kind: 'file', directory: 'unused' },
      pools: {
        hosted: { model: MODEL, endpoints: [{ url: server.url }], price: { inputPerMillion: 1, outputPerMillion: 1 } },
      },
      launchers: { here: { kind: 'process', directory: 'unused' } },
      servers: { default: { launcher: 'here', command: ['unused'] } },
    });
  });
  afterEach(() => server.close());

  const servedAt = (url: string, model = MODEL): ServedModel => ({
    launcher: 'here',
    server: 'default',
    job: { name: 'serve-x', id: 'x' },
    url,
    model,
  });
  const asServed = (served: ServedModel): Answerer => ({ kind: 'served', served });

  function open(idleMs?: number) {
    const pools = createPools(deployment, {});
    const served = createServedPools(deployment, {}, idleMs);
    const paid = createPaidCalls({
      ledger: createStoreLedger(createMemoryStore()),
      poolNamed: (name) => served.named(name) ?? pools.get(name),
      priceOf: (name) => deployment.pools[name]?.price ?? { inputPerMillion: 0, outputPerMillion: 0 },
    });
    const answerers = createAnswerers({ paid, pools, served });
    const ask = (answerer: Answerer, request: CallRequest) =>
      answerers.ask(answerer, request, {
        payer: { run: 'r', execution: 'e', asker: 'a' },
        signal: new AbortController().signal,
        underway: new Map(),
      });
    return { answerers, ask, served, close: () => Promise.all([pools.close(), served.close()]) };
  }

  it('pays a pool of the deployment by the token, and finds the answer of a served model in the ledger when it is the same model', async () => {
    const { ask, answerers, close } = open();
    const pool: Answerer = { kind: 'pool', pool: 'hosted' };
    expect(answerers.modelOf(pool)).toBe(MODEL);
    const first = await ask(pool, requestOf('1 + 1'));
    expect(first.origin).toBe('new');
    expect(first.record.cost).toBeGreaterThan(0);
    const again = await ask(asServed(servedAt('http://127.0.0.1:1/v1')), requestOf('1 + 1'));
    expect(again.record).toEqual(first.record);
    await close();
  });

  it('asks a served model for nothing a token, and records which server it was', async () => {
    const { ask, answerers, close } = open();
    const served = servedAt(server.url);
    expect(answerers.modelOf(asServed(served))).toBe(MODEL);
    const { record, origin } = await ask(asServed(served), requestOf('2 + 2'));
    expect(origin).toBe('new');
    expect(record).toMatchObject({ cost: 0, pool: servedPoolName(served), endpoint: server.url });
    await close();
  });

  it('opens one pool for many calls, and lets go of it when nobody asks', async () => {
    const { ask, served, close } = open(20);
    const model = servedAt(server.url);
    await Promise.all(Array.from({ length: 10 }, (_, index) => ask(asServed(model), requestOf(`${index} + 1`))));
    expect(served.named(servedPoolName(model))?.status().endpoints[0]?.calls).toBe(10);
    await expect.poll(() => served.named(servedPoolName(model)), { timeout: 5000 }).toBeUndefined();
    expect((await ask(asServed(model), requestOf('5 + 5'))).origin).toBe('new');
    await close();
  });

  it('keeps the answer of a stranger on the same port out of the ledger', async () => {
    const stranger = await startFakeModelServer({ answer: 'static' });
    const { ask, close } = open();
    await expect(
      ask(asServed({ ...servedAt(stranger.url), job: { name: 'old', id: 'old' } }), requestOf('3 + 3')),
    ).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/answers as "fake-model" where student-0123abcd was started/) as string,
    });
    await stranger.close();
    expect((await ask(asServed(servedAt(server.url)), requestOf('3 + 3'))).origin).toBe('new');
    await close();
  });

  it('says which servers there are', async () => {
    const { ask, close } = open();
    const served = { ...servedAt(server.url), server: 'gone' };
    await expect(ask(asServed(served), requestOf('4 + 4'))).rejects.toThrow(
      'server "gone" is not in the deployment file; it has: default',
    );
    await close();
  });
});
