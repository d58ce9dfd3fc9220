import type { InferencePool } from '../inference/inference.js';
import type { CallRequest } from '../ledger/record.js';
import type { AskOptions, PaidCall, PaidCalls } from '../question/paid-call.js';
import type { Answerer } from './served-model.js';
import type { ServedPools } from './served-pools.js';

/** Asks whoever answers: a pool of the deployment, or a model that is served for this. */
export interface Answerers {
  /**
   * The record of a request: from the ledger, or asked, recorded and only then returned. A model of the deployment has its price; one that is served
   * costs nothing a token. Throws as {@link PaidCalls} does. `request.model` has to be {@link modelOf} the answerer.
   */
  ask(answerer: Answerer, request: CallRequest, options: Omit<AskOptions, 'pool'>): Promise<PaidCall>;
  /** Name of the model in requests, and so in call keys. Throws InferenceError (misconfigured) for a pool that the deployment does not have. */
  modelOf(answerer: Answerer): string;
}

/** @param dependencies `paid` finds the pools of `served` by their names */
export function createAnswerers(dependencies: {
  readonly paid: PaidCalls;
  readonly pools: { get(name: string): Pick<InferencePool, 'model'> };
  readonly served: ServedPools;
}): Answerers {
  const { paid, pools, served } = dependencies;
  return {
    ask(answerer, request, options) {
      return answerer.kind === 'pool'
        ? paid.ask(request, { ...options, pool: answerer.pool })
        : served.during(answerer.served, (pool) => paid.ask(request, { ...options, pool }));
    },
    modelOf: (answerer) => (answerer.kind === 'pool' ? pools.get(answerer.pool).model : answerer.served.model),
  };
}
