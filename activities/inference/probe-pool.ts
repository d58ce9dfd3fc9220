import type { OpenPool } from './pool.js';

/** What one endpoint says when asked for its models. */
export interface EndpointProbe {
  /** URL without credentials. */
  readonly url: string;
  /** It answered and knows the key. */
  readonly ok: boolean;
  /** Ids that it lists; some servers list none, or other names than they answer to. */
  readonly models: readonly string[];
  /** What is wrong, without secrets. */
  readonly error?: string;
}

const PROBE_TIMEOUT_MS = 10_000;

/** Asks every endpoint of a pool for its models, with its key. Costs nothing, never rejects. */
export function probePool(pool: Pick<OpenPool, 'endpoints'>): Promise<readonly EndpointProbe[]> {
  return Promise.all(
    pool.endpoints.map(async ({ url, apiKeyEnv, models }): Promise<EndpointProbe> => {
      const answer = await models(PROBE_TIMEOUT_MS);
      if (!('kind' in answer)) return { url, ok: true, models: answer };
      const error = answer.kind === 'aborted' ? 'aborted' : answer.message;
      return {
        url,
        ok: false,
        models: [],
        error: apiKeyEnv === undefined ? error : `${error} (key from ${apiKeyEnv})`,
      };
    }),
  );
}
