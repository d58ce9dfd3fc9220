import { Agent } from 'undici';
import { exchange, type ExchangeAnswer } from './exchange.js';

/** The parts of fetch's init that the openai package fills in for a JSON request. */
interface LeanInit {
  readonly method?: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** The parts of a Response that the openai package reads. A real one costs as much as the request: streams, header lists, clones. */
interface LeanResponse {
  readonly ok: true;
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly body: null;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** An answer that is no success. The openai package keeps only one form of error bodies, so the whole one travels here. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  readonly headers: ExchangeAnswer['headers'];
  readonly body: string;

  constructor(answer: ExchangeAnswer) {
    // The openai package takes errors that speak of time for timeouts: the server's words stay out of the message.
    super(`status ${answer.status}`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
  }
}

export interface LeanFetch {
  /** For the openai package. */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Posts a body as JSON and parses the answer. Rejects with {@link HttpError}, TimedOut, a SyntaxError when the answer is no JSON, the
   * signal's reason, or an error of the connection.
   */
  post(url: string, body: object, options: { signal: AbortSignal; timeoutMs: number }): Promise<unknown>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Whatever the server claims: what is no JSON fails to parse, which is noticed. */
const JSON_HEADERS = new Headers({ 'content-type': 'application/json' });

/**
 * A fetch over undici with a keep-alive agent of its own, for small JSON requests: the whole body is read before it resolves, so
 * that a timeout or abort covers the body as well. Only the given headers are sent: none of the caller's, and none from OPENAI_* variables.
 * Rejects with {@link HttpError} for every status that is no success; redirects are not followed.
 */
export function createLeanFetch(options: { connections: number; headers: Record<string, string> }): LeanFetch {
  const dispatcher = new Agent({
    connections: options.connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const { headers } = options;

  async function leanFetch(url: string, init: LeanInit): Promise<LeanResponse> {
    const method = init.method === 'GET' ? 'GET' : 'POST';
    const answer = await exchange(dispatcher, { url, method, headers, body: init.body ?? null, signal: init.signal });
    return leanResponse({ url, status: answer.status, text: bodyOf(answer) });
  }

  async function post(url: string, body: object, limits: { signal: AbortSignal; timeoutMs: number }): Promise<unknown> {
    const request = { url, method: 'POST', headers, body: JSON.stringify(body), ...limits } as const;
    return JSON.parse(bodyOf(await exchange(dispatcher, request))) as unknown;
  }

  return { fetch: leanFetch as unknown as typeof globalThis.fetch, post, close: () => dispatcher.destroy() };
}

function bodyOf(answer: ExchangeAnswer): string {
  if (answer.status < 200 || answer.status > 299) throw new HttpError(answer);
  return answer.body;
}

const leanResponse = ({ url, status, text }: { url: string; status: number; text: string }): LeanResponse => ({
  ok: true,
  status,
  url,
  headers: JSON_HEADERS,
  body: null,
  text: () => Promise.resolve(text),
  json: () => new Promise((resolve) => resolve(JSON.parse(text))),
});
