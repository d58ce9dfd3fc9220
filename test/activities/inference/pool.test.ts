import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { InferenceError } from '../../../activities/inference/inference.js';
import { createPool, MAX_REFUSALS, type OpenPool } from '../../../activities/inference/pool.js';
import { createPools } from '../../../activities/inference/pools.js';
import { probePool } from '../../../activities/inference/probe-pool.js';
import { callKey } from '../../../activities/ledger/call-key.js';
import type { CallRequest } from '../../../activities/ledger/record.js';
import { PoolConfig } from '../../../config/deployment.js';
import { startFakeModelServer, type FakeModelOptions, type FakeModelServer } from '../../fakes/model-server.js';

const KEY = 'sk-planted-0123456789';
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const open of closing.splice(0).reverse()) await open.close();
});

async function start(options: FakeModelOptions = {}): Promise<FakeModelServer> {
  const server = await startFakeModelServer(options);
  closing.push(server);
  return server;
}

interface Settings {
  readonly config?: Partial<PoolConfig>;
  readonly endpoint?: Partial<PoolConfig['endpoints'][number]>;
  readonly environment?: Record<string, string>;
  readonly now?: () => number;
}

function open(
  servers: readonly { url: string }[],
  { config, endpoint, environment = {}, now }: Settings = {},
): OpenPool {
  const endpoints = servers.map(({ url }) => ({ url, ...endpoint }));
  const pool = createPool({
    name: 'teacher',
    config: PoolConfig.parse({ model: 'm', endpoints, ...config }),
    environment,
    ...(now && { now }),
  });
  closing.push(pool);
  return pool;
}

const requestNumber = (index: number): CallRequest => ({
  role: 'teacher',
  model: 'm',
  messages: [{ role: 'user', content: `What is ${index} + 2?` }],
  sampling: { seed: true },
  sample: 0,
  salt: '',
});
const never = new AbortController().signal;
const ask = (pool: OpenPool, index = 1, signal = never) =>
  pool.call(requestNumber(index), { key: callKey(requestNumber(index)), signal });
const askMany = (pool: OpenPool, count: number) =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => ask(pool, index)));

async function failureOf(answer: Promise<unknown>): Promise<InferenceError> {
  const error: unknown = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InferenceError)) throw new Error(`expected an InferenceError, got ${String(error)}`);
  return error;
}

describe('one call', () => {
  it('brings thought, solution, usage and where it was answered', async () => {
    const server = await start({ skill: { right: 1, sound: 1 } });
    const result = await ask(open([server]), 40);
    expect(result.response).toMatchObject({
      solution: 'The result is \\boxed{42}.',
      thoughtFrom: 'reasoning_content',
      finishReason: 'stop',
    });
    expect(result.response.thought).toContain('Step 1 of');
    expect(result.response.usage.outputTokens).toBeGreaterThan(0);
    expect(result.endpoint).toBe(server.url);
  });

  it('sends the key in its header alone', async () => {
    const server = await start({ apiKey: KEY });
    const pool = open([server], { endpoint: { apiKeyEnv: 'TEACHER_KEY' }, environment: { TEACHER_KEY: `${KEY}\n` } });
    expect((await ask(pool)).response.solution).toContain('boxed');
    expect(JSON.stringify(pool.status())).not.toContain(KEY);
  });
});

describe('calls that are refused for load', () => {
  it('are sent again until they are answered, and count as no errors', async () => {
    const server = await start({ capacity: 8, latency: 100 });
    const pool = open([server], { endpoint: { maxConcurrency: 64 } });
    const answers = await askMany(pool, 200);
    expect(answers.filter((answer) => answer.status === 'rejected')).toEqual([]);
    const { byStatus, distinct, maxInFlight } = server.stats();
    expect([byStatus['200'], distinct, maxInFlight]).toEqual([200, 200, 8]);
    expect(byStatus['429']).toBeLessThan(80);
    expect(pool.status().endpoints[0]).toMatchObject({ errors: 0, healthy: true, refusals: byStatus['429'] });
  });

  it('survive 30 % refusals at random', async () => {
    const server = await start({ faults: { refuse: 0.3 } });
    const answers = await askMany(open([server]), 300);
    expect(answers.filter((answer) => answer.status === 'rejected').length).toBeLessThanOrEqual(1);
  });

  it('go back to the caller with a time to wait after a bounded number of refusals', async () => {
    const server = await start({ faults: { refuse: 1 } });
    // Its pauses would take 25 s: the clock runs a hundred times as fast, and calls that join and leave make the pool look at it.
    const pool = open([server], { now: () => performance.now() * 100 });
    const others = setInterval(() => void ask(pool, 2, AbortSignal.timeout(2)).catch(() => undefined), 4);
    const error = await failureOf(ask(pool)).finally(() => clearInterval(others));
    expect(error).toMatchObject({ kind: 'overloaded', status: 429, pool: 'teacher' });
    expect(error.message).toContain(`${MAX_REFUSALS} times`);
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(500);
    expect(server.stats().total).toBeLessThan(2 * MAX_REFUSALS);
  });

  it('are turned away at once while the endpoint asked for a long silence', async () => {
    const server = await start({ faults: { refuse: 1 }, retryAfterMs: 300_000 });
    const pool = open([server]);
    const error = await failureOf(ask(pool));
    expect(error.kind).toBe('overloaded');
    expect(error.retryAfterMs).toBeGreaterThan(290_000);
    await failureOf(ask(pool, 2));
    expect(server.stats().total).toBe(1);
  });
});

describe('several endpoints', () => {
  it('share the work by free room', async () => {
    const [small, large] = [await start({ latency: 20 }), await start({ latency: 20 })];
    const endpoints = [
      { url: small.url, maxConcurrency: 4 },
      { url: large.url, maxConcurrency: 12 },
    ];
    await askMany(open([], { config: { endpoints } }), 160);
    expect(small.stats().maxInFlight).toBeLessThanOrEqual(4);
    expect(large.stats().total).toBeGreaterThan(1.5 * small.stats().total);
  });

  it('go on without one that is down', async () => {
    const [up, down] = [await start(), await start()];
    await down.goDown('refused');
    const pool = open([up, down]);
    const answers = await askMany(pool, 50);
    expect(answers.filter((answer) => answer.status === 'rejected')).toEqual([]);
    expect(pool.status().endpoints.map((endpoint) => endpoint.healthy)).toEqual([true, false]);
    expect((await ask(pool, 99)).endpoint).toBe(up.url);
  });
});

describe('an endpoint that is out', () => {
  it('turns calls away with the time of its next probe, and comes back by itself', async () => {
    const server = await start();
    await server.goDown('refused');
    const pool = open([server]);
    expect((await failureOf(ask(pool))).kind).toBe('unavailable');
    const error = await failureOf(ask(pool));
    expect(error.message).toMatch(/every endpoint is out.*ECONNREFUSED/);
    expect(error.retryAfterMs).toBeLessThan(2000);
    await server.comeUp();
    await delay(error.retryAfterMs ?? 0);
    await expect.poll(() => pool.status().endpoints[0]?.healthy, { timeout: 5000 }).toBe(true);
    expect((await ask(pool)).response.solution).toContain('boxed');
  });

  it.each<[string, NonNullable<FakeModelOptions['faults']>, RegExp]>([
    ['500', { fail: 1 }, /answered 500: Internal Server Error/],
    ['a dropped connection', { drop: 1 }, /other side closed|ECONNRESET|terminated/],
    ['garbage', { garbageBody: 1 }, /no JSON/],
  ])('was taken out after five of: %s', async (_, faults, message) => {
    const pool = open([await start({ faults })]);
    for (let index = 0; index < 5; index++) {
      expect(await failureOf(ask(pool))).toMatchObject({
        kind: 'unavailable',
        message: expect.stringMatching(message) as string,
      });
    }
    expect(pool.status().endpoints[0]?.healthy).toBe(false);
  });

  it('times out', async () => {
    const pool = open([await start({ latency: 2000 })], { config: { timeoutMs: 100 } });
    expect(await failureOf(ask(pool))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('timed out') as string,
    });
  });
});

describe('faults of the configuration', () => {
  it('name pool, endpoint, status and variable, and never the key', async () => {
    const server = await start({ apiKey: 'another', echoKey: true });
    const pool = open([server], { endpoint: { apiKeyEnv: 'TEACHER_KEY' }, environment: { TEACHER_KEY: KEY } });
    const error = await failureOf(ask(pool));
    expect(error).toMatchObject({ kind: 'misconfigured', status: 401, cause: undefined });
    for (const part of ['"teacher"', server.url, '401', 'TEACHER_KEY', '[redacted]'])
      expect(error.message).toContain(part);
    expect(`${error.stack}${JSON.stringify(error)}${JSON.stringify(pool.status())}`).not.toContain(KEY);
    expect(JSON.stringify(await probePool(pool))).not.toContain(KEY);
  });

  it('name a variable that is not set, without asking anyone', async () => {
    const server = await start();
    const error = await failureOf(ask(open([server], { endpoint: { apiKeyEnv: 'TEACHER_KEY' } })));
    expect(error.message).toContain('Environment variable TEACHER_KEY');
    expect(error.kind).toBe('misconfigured');
    expect(server.stats().total).toBe(0);
  });

  it('are told for an unknown model and a wrong path', async () => {
    const server = await start({ models: ['other'] });
    expect(await failureOf(ask(open([server])))).toMatchObject({ kind: 'misconfigured', status: 404 });
    const wrong = open([{ url: server.url.replace('/v1', '') }]);
    expect((await failureOf(ask(wrong))).message).toContain('usually in /v1');
  });

  it('are told for an unknown pool', () => {
    const pools = createPools({ pools: {} }, {});
    expect(() => pools.get('judge')).toThrow(/pool "judge" is not in the deployment file/);
  });
});

it('reads no OPENAI_* variables of the process', async () => {
  const names = { OPENAI_API_KEY: KEY, OPENAI_ORG_ID: 'org-planted', OPENAI_CUSTOM_HEADERS: 'x-planted: yes' };
  Object.assign(process.env, names);
  try {
    const server = await start({ apiKey: KEY });
    expect((await failureOf(ask(open([server])))).status).toBe(401);
  } finally {
    for (const name of Object.keys(names)) delete process.env[name];
  }
});

describe('aborting', () => {
  it('ends a call in flight and its request', async () => {
    const server = await start({ latency: 5000 });
    const pool = open([server]);
    const controller = new AbortController();
    const answer = ask(pool, 1, controller.signal);
    await expect.poll(() => server.stats().inFlight).toBe(1);
    controller.abort(new Error('cancelled'));
    await expect(answer).rejects.toThrow('cancelled');
    await expect.poll(() => server.stats().byStatus['aborted']).toBe(1);
    expect(pool.status().endpoints[0]).toMatchObject({ inFlight: 0, errors: 0 });
  });

  it('ends calls that wait, without sending them', async () => {
    const server = await start({ latency: 300 });
    const pool = open([server], { endpoint: { maxConcurrency: 1 } });
    const controller = new AbortController();
    const first = ask(pool);
    const waiting = [2, 3, 4].map((index) => ask(pool, index, controller.signal));
    expect(pool.status().waiting).toBe(3);
    controller.abort(new Error('cancelled'));
    await Promise.all(waiting.map((answer) => expect(answer).rejects.toThrow('cancelled')));
    await first;
    expect(server.stats().total).toBe(1);
    await expect(ask(pool, 5, controller.signal)).rejects.toThrow('cancelled');
  });
});

it('keeps to the requests a minute', async () => {
  const server = await start();
  const pool = open([server], { config: { requestsPerMinute: 600 } });
  const startedAt = performance.now();
  await askMany(pool, 20);
  // Ten at once, ten more at ten a second.
  expect(performance.now() - startedAt).toBeGreaterThan(900);
});

it('lists what endpoints serve, and what is wrong with them', async () => {
  const [good, down] = [await start({ models: ['m', 'n'] }), await start()];
  await down.goDown('refused');
  expect(await probePool(open([good, down]))).toEqual([
    { url: good.url, ok: true, models: ['m', 'n'] },
    { url: down.url, ok: false, models: [], error: expect.stringContaining('ECONNREFUSED') as string },
  ]);
});

it('turns away what waits when it is closed', async () => {
  const server = await start({ latency: 200 });
  const pool = open([server], { endpoint: { maxConcurrency: 1 } });
  const answers = [failureOf(ask(pool, 1)), failureOf(ask(pool, 2))];
  await pool.close();
  expect((await Promise.all(answers)).map((error) => error.kind)).toEqual(['unavailable', 'unavailable']);
});
