import { OpenAI } from 'openai';
import { z } from 'zod';
import type { EndpointConfig } from '../../config/deployment.js';
import { createLeanFetch } from './lean-fetch.js';
import type { Outcome } from './outcome.js';
import { outcomeOfBody, outcomeOfError, type Unanswered } from './read-error.js';
import { displayUrl } from './redact.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One endpoint's wire. Model lists go through the official client, with its retries off, over a lean fetch; chat completions go straight over that
 * fetch: of what a call costs this process, the client's headers, options, log lines and promises were half. [measured]
 */
export interface Transport {
  /** URL without credentials. */
  readonly url: string;
  /** Sends one chat.completions body. Never rejects. */
  readonly complete: (body: Record<string, unknown>, signal: AbortSignal) => Promise<Outcome>;
  /** Ids that GET /models lists, or why it failed. Never rejects. */
  readonly models: (timeoutMs: number) => Promise<readonly string[] | Unanswered>;
  readonly close: () => Promise<void>;
}

/** setTimeout takes no more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const ModelList = z.object({ data: z.array(z.object({ id: z.string() })) });

export function createTransport(
  endpoint: EndpointConfig,
  options: { readonly environment: Environment; readonly timeoutMs: number },
): Transport {
  const url = displayUrl(endpoint.url);
  const key = keyOf(endpoint, options.environment);
  const fault = configurationFault(endpoint, key);
  const secrets = key === undefined ? [] : [key];
  const lean = createLeanFetch({ connections: endpoint.maxConcurrency, headers: headersWith(key) });
  const timeoutMs = Math.min(MAX_TIMER_MS, options.timeoutMs);
  const client = createClient(url, { fetch: lean.fetch, timeoutMs });

  return {
    url,
    complete: async (body, signal) => {
      if (fault !== undefined) return { kind: 'misconfigured', message: fault };
      const sent = { secrets, structured: 'response_format' in body };
      try {
        return outcomeOfBody(await lean.post(`${url}/chat/completions`, body, { signal, timeoutMs }), sent);
      } catch (error) {
        return signal.aborted ? { kind: 'aborted' } : outcomeOfError(error, sent);
      }
    },
    models: async (timeoutMs) => {
      if (fault !== undefined) return { kind: 'misconfigured', message: fault };
      try {
        const list = ModelList.safeParse(await client.get<unknown>('/models', { timeout: timeoutMs }));
        return list.success ? list.data.data.map((model) => model.id) : [];
      } catch (error) {
        return outcomeOfError(error, { secrets, structured: false });
      }
    },
    close: () => lean.close(),
  };
}

/** The key goes into the headers of our own fetch alone: the client never sees it, so neither its logs nor its errors can show it. */
function createClient(baseURL: string, options: { fetch: typeof globalThis.fetch; timeoutMs: number }): OpenAI {
  return new OpenAI({
    baseURL,
    apiKey: 'not-used',
    adminAPIKey: null,
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: options.timeoutMs,
    logLevel: 'off',
    fetch: options.fetch,
  });
}

/** Keys pasted with a line break are common. */
const keyOf = ({ apiKeyEnv }: EndpointConfig, environment: Environment): string | undefined =>
  apiKeyEnv === undefined ? undefined : environment[apiKeyEnv]?.trim() || undefined;

function headersWith(key: string | undefined): Record<string, string> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'cotmill' };
  return key === undefined ? headers : { ...headers, authorization: `Bearer ${key}` };
}

function configurationFault({ apiKeyEnv }: EndpointConfig, key: string | undefined): string | undefined {
  if (apiKeyEnv === undefined || key !== undefined) return undefined;
  return `Environment variable ${apiKeyEnv}, named as "apiKeyEnv", is not set for this process`;
}
