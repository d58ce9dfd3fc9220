import type { JobRef } from '../jobs/job-launcher.js';

/** A checkpoint that is to become an endpoint. Plain data: workflows pass it on. */
export interface ModelToServe {
  /** Name of the server of the deployment. */
  readonly server: string;
  /** In requests and answers: the model's name and the first digits of its weights' hash, so that other weights are another model to the ledger. */
  readonly model: string;
  /** Checkpoint, as jobs see it; or a model of the Hub with its revision. */
  readonly checkpoint: { readonly directory: string } | { readonly hub: string; readonly revision: string };
  /** Part of the job's name: one server for each user, so that ending one takes it from nobody. Lower-case letters, digits and "-". */
  readonly owner: string;
}

/** An endpoint that was started for somebody and has to be stopped again. */
export interface ServedModel {
  readonly launcher: string;
  readonly server: string;
  readonly job: JobRef;
  /** Base URL of its OpenAI-compatible API, up to and including /v1. */
  readonly url: string;
  readonly model: string;
}

/** Whom to ask: a pool of the deployment, or an endpoint that was started for this. */
export type Answerer =
  { readonly kind: 'pool'; readonly pool: string } | { readonly kind: 'served'; readonly served: ServedModel };
