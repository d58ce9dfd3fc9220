import { Agent, request } from 'undici';

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
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;

  constructor(answer: {
    status: number;
    headers: Readonly<Record<string, string | string[] | undefined>>;
    body: string;
  }) {
    // The openai package takes errors that speak of time for timeouts: the server's words stay out of the message.
    super(`status ${answer.status}`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
  }
}

/** An exchange took longer than it may. */
export class TimedOut extends Error {
  override name = 'TimedOut';
}

export interface LeanFetch {
  /** For the openai package. */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Posts a body as JSON and parses the answer. Rejects with {@link HttpError}, {@link TimedOut}, a SyntaxError when the answer is no JSON, the
   * signal's reason, or an error of the connection.
   */
  post(url: string, body: object, options: { signal: AbortSignal; timeoutMs: number }): Promise<unknown>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Whatever the server claims: what is no JSON fails to parse, which is noticed. */
const JSON_HEADERS = new Headers({ 'content-type': 'application/json' });

/**
 * A fetch over `undici.request` with a keep-alive agent of its own, for small JSON requests: the whole body is read before it resolves, so
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

  async function exchange(url: string, { method, body, signal }: LeanInit) {
    const answer = await request(url, {
      dispatcher,
      method: method === 'GET' ? 'GET' : 'POST',
      headers: options.headers,
      body: body ?? null,
      signal: signal ?? null,
    });
    const text = await answer.body.text();
    const { statusCode: status, headers } = answer;
    if (status < 200 || status > 299) throw new HttpError({ status, headers, body: text });
    return { status, text };
  }

  async function leanFetch(url: string, init: LeanInit): Promise<LeanResponse> {
    return leanResponse({ url, ...(await exchange(url, init)) });
  }

  async function post(
    url: string,
    body: object,
    { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
  ): Promise<unknown> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    const timer = setTimeout(() => stop.abort(new TimedOut('timed out')), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      const { text } = await exchange(url, { body: JSON.stringify(body), signal: stop.signal });
      return JSON.parse(text) as unknown;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  return { fetch: leanFetch as unknown as typeof globalThis.fetch, post, close: () => dispatcher.destroy() };
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
