import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolStatus } from '../activities/inference/inference.js';
import { readJson, writeJson } from '../activities/store/json-objects.js';
import type { ObjectStore } from '../activities/store/object-store.js';
import { openStore } from '../activities/store/open-store.js';
import type { StoreConfig } from '../config/deployment.js';

/** A pool as people see it: added up over the workers that ask it. Refusals and errors count from each worker's start. */
export interface PoolTotals {
  readonly pool: string;
  readonly inFlight: number;
  readonly limit: number;
  readonly waiting: number;
  readonly refusals: number;
  readonly errors: number;
  /** Every worker has an endpoint that it may ask. */
  readonly healthy: boolean;
  /** Of an endpoint that is out. */
  readonly lastError?: string;
}

/** What one worker process says about its pools. */
interface WorkerPools {
  /** ms since 1970, by the worker's clock. */
  readonly at: number;
  readonly pools: readonly PoolTotals[];
}

const PREFIX = 'status/workers/';
const WRITE_INTERVAL_MS = 5_000;
/** Older words are those of a worker that died, or was suspended. */
const STALE_AFTER_MS = 20_000;
const READ_TIMEOUT_MS = 2_000;
/** What dead workers left is removed by the next one that starts. */
const REMOVE_AFTER_MS = 3_600_000;

/** One worker's pool: its endpoints added up. */
export function totalsOf({ pool, waiting, endpoints }: PoolStatus): PoolTotals {
  const sum = (of: 'inFlight' | 'limit' | 'refusals' | 'errors'): number =>
    endpoints.reduce((total, endpoint) => total + endpoint[of], 0);
  const lastError = endpoints.find(({ healthy }) => !healthy)?.lastError;
  return {
    pool,
    inFlight: sum('inFlight'),
    limit: Math.floor(sum('limit')),
    waiting,
    refusals: sum('refusals'),
    errors: sum('errors'),
    healthy: endpoints.some(({ healthy }) => healthy),
    ...(lastError !== undefined && { lastError }),
  };
}

/** The same pools of several workers added up, by name. Pure. */
export function addPools(all: readonly PoolTotals[]): PoolTotals[] {
  const byName = new Map<string, PoolTotals>();
  for (const one of all) {
    const sum = byName.get(one.pool);
    byName.set(one.pool, sum ? added(sum, one) : one);
  }
  return [...byName.values()].sort((a, b) => (a.pool < b.pool ? -1 : 1));
}

const added = (a: PoolTotals, b: PoolTotals): PoolTotals => ({
  ...a,
  ...b,
  inFlight: a.inFlight + b.inFlight,
  limit: a.limit + b.limit,
  waiting: a.waiting + b.waiting,
  refusals: a.refusals + b.refusals,
  errors: a.errors + b.errors,
  healthy: a.healthy && b.healthy,
});

export interface PoolPublisherOptions {
  readonly store: ObjectStore;
  readonly statuses: () => readonly PoolStatus[];
  /** Default: hash of the host's name, and the process id. */
  readonly worker?: string;
  readonly intervalMs?: number;
}

export interface PoolPublisher {
  /** Publishes now when there is something to say; the timer calls it. Never rejects: a status is not worth a worker. */
  publish(): Promise<void>;
  /** Stops and takes back what it said. */
  stop(): Promise<void>;
}

/** Writes the pools of this process to the store every few seconds while they are asked, so that `cotmill watch` elsewhere shows them. */
export function startPoolPublisher({
  store,
  statuses,
  worker = thisWorker(),
  intervalMs,
}: PoolPublisherOptions): PoolPublisher {
  const key = `${PREFIX}${worker}.json`;
  let callsBefore = callsOf(statuses());
  let said = false;
  let tidied = false;

  async function publish(): Promise<void> {
    const now = statuses();
    const calls = callsOf(now);
    const busy = calls !== callsBefore || now.some(isBusy);
    callsBefore = calls;
    if (busy) await say(now).catch(() => undefined);
    else await unsay();
  }

  async function say(now: readonly PoolStatus[]): Promise<void> {
    const words: WorkerPools = { at: Date.now(), pools: now.filter(wasAsked).map(totalsOf) };
    said = true;
    await writeJson(store, key, words);
    if (!tidied) await removeAbandoned(store);
    tidied = true;
  }

  async function unsay(): Promise<void> {
    if (said) await store.delete(key).catch(() => undefined);
    said = false;
  }

  // One at a time, so that a slow write never overtakes the removal.
  let last = Promise.resolve();
  const next = (step: () => Promise<void>): Promise<void> => (last = last.then(step));
  const timer = setInterval(() => void next(publish), intervalMs ?? WRITE_INTERVAL_MS).unref();
  return {
    publish: () => next(publish),
    async stop() {
      clearInterval(timer);
      await next(unsay);
    },
  };
}

const callsOf = (statuses: readonly PoolStatus[]): number =>
  statuses.flatMap(({ endpoints }) => endpoints).reduce((sum, { calls }) => sum + calls, 0);
const wasAsked = (status: PoolStatus): boolean => isBusy(status) || callsOf([status]) > 0;
/** A pool that is out is worth telling although nothing is in flight: its calls wait as timers. */
const isBusy = ({ waiting, endpoints }: PoolStatus): boolean =>
  waiting > 0 || endpoints.some(({ inFlight, healthy }) => inFlight > 0 || !healthy);

const thisWorker = (): string => `${createHash('sha256').update(hostname()).digest('hex').slice(0, 12)}-${process.pid}`;

/** Pools that workers ask now. Throws StoreError. */
export async function readPools(store: ObjectStore, now = Date.now()): Promise<PoolTotals[]> {
  const pools: PoolTotals[] = [];
  for await (const { at, pools: said } of wordsOfWorkers(store)) if (now - at <= STALE_AFTER_MS) pools.push(...said);
  return addPools(pools);
}

/** Reads the pools for a screen. Never rejects. */
export type PoolReader = () => Promise<readonly PoolTotals[]>;

/** A reader over the store of a deployment. A store that is slow, away or closed to this user costs the screen its pools and nothing else. */
export function createPoolReader(
  config: StoreConfig,
  environment: Readonly<Record<string, string | undefined>>,
): PoolReader {
  let opened: Promise<ObjectStore> | undefined;
  return async () => {
    opened ??= openStore(config, { environment, baseDirectory: process.cwd() });
    const read = opened.then((store) => readPools(store)).catch(() => []);
    return Promise.race([read, sleep(READ_TIMEOUT_MS, [], { ref: false })]);
  };
}

async function* wordsOfWorkers(store: ObjectStore): AsyncGenerator<WorkerPools & { readonly key: string }> {
  for await (const { key } of store.list(PREFIX)) {
    const words = await readJson<WorkerPools>(store, key);
    if (words) yield { key, ...words };
  }
}

async function removeAbandoned(store: ObjectStore): Promise<void> {
  for await (const { key, at } of wordsOfWorkers(store)) if (Date.now() - at > REMOVE_AFTER_MS) await store.delete(key);
}
