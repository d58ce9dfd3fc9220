import { InferenceError } from '../inference/inference.js';
import type { CallRequest } from '../ledger/record.js';
import type { AskOptions, PaidCall, PaidCalls } from '../question/paid-call.js';
import type { ServedModel } from '../serving/served-model.js';
import type { ServedPools } from '../serving/served-pools.js';
import { readJson, writeJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { isServedPool } from '../../workflows/question/served-pool.js';

/** So long a worker believes where a model is served, ms: calls that fail are tried again later. [ours] */
const BELIEVED_MS = 2_000;

/** A model that is served for a run, under the name by which the run's recipe knows it. */
export interface ServedPool {
  readonly run: string;
  readonly pool: string;
}

/** Where a run finds the servers of its own models. Each start of a server writes it anew, so workers of any machine find the newest one. */
const servedKey = ({ run, pool }: ServedPool): string => `runs/${run}/served/${pool}.json`;

/** Says where a model is served now. */
export const announceServed = (store: ObjectStore, at: ServedPool, served: ServedModel): Promise<void> =>
  writeJson(store, servedKey(at), served);

/** Calls to pools of the deployment, and to models that are served for the run that asks. */
export function withStudentPools(
  paid: PaidCalls,
  { store, served, now = () => performance.now() }: { store: ObjectStore; served: ServedPools; now?: () => number },
): PaidCalls {
  const known = new Map<string, { readonly found: Promise<ServedModel>; readonly readAt: number }>();

  function find(at: ServedPool): Promise<ServedModel> {
    const key = servedKey(at);
    const last = known.get(key);
    if (last && now() - last.readAt < BELIEVED_MS) return last.found;
    const found = readServed(store, at);
    known.set(key, { found, readAt: now() });
    found.catch(() => known.delete(key));
    return found;
  }

  async function askServed(request: CallRequest, options: AskOptions): Promise<PaidCall> {
    const model = await find({ run: options.payer.run, pool: options.pool });
    return served.during(model, (pool) => paid.ask(request, { ...options, pool }));
  }

  return {
    ask: (request, options) => (isServedPool(options.pool) ? askServed(request, options) : paid.ask(request, options)),
  };
}

async function readServed(store: ObjectStore, at: ServedPool): Promise<ServedModel> {
  const model = await readJson<ServedModel>(store, servedKey(at));
  if (model) return model;
  throw new InferenceError(`no server of ${at.pool} was started for run ${at.run} yet: its round starts one`, {
    kind: 'unavailable',
    pool: at.pool,
  });
}
