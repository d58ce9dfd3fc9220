import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  builtInAnswerer,
  drawFrom,
  readKnownQuestions,
  type Answerer,
  type FakeRequest,
  type Skill,
} from './model-server-answers.js';
import { completionBody, tokens, type Flavour } from './model-server-body.js';
import { createStatsBook, type FakeStats, type KeyCounts, type StatsBook } from './model-server-stats.js';

export type { FakeStats } from './model-server-stats.js';
export { fakeQuestion, type FakeAnswer, type FakeRequest } from './model-server-answers.js';

/** Everything but `answer` is JSON: the same options go to the command line entry and to POST /control. */
export interface FakeModelOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  /** Seeds faults and latencies. Answers depend on the request body alone. */
  readonly seed?: string;
  /** Only these are known, others get 404. Default: any model is known, `fake-model` is listed. */
  readonly models?: readonly string[];
  /** Requests without this bearer key get 401. */
  readonly apiKey?: string;
  /** 401 answers repeat the Authorization header that was sent, as some careless servers do. */
  readonly echoKey?: boolean;
  /** The model. 'static': always the same bytes, nothing is parsed or remembered; for speed. Default: the built-in model. */
  readonly answer?: Answerer | 'static';
  /** Of the built-in model; default right 0.8, sound 0.75. */
  readonly skill?: Skill;
  /** JSONL of {question, answer} that the built-in model knows; else it solves `a OP b` and guesses. */
  readonly questionsFile?: string;
  readonly flavour?: Flavour;
  /** Pads answers to about so many bytes. */
  readonly bodyBytes?: number;
  /** A number of ms, or log-normal by mean and sigma of the logarithm; drawn from seed and request body. */
  readonly latency?: number | { readonly meanMs: number; readonly sigma: number };
  /** Requests above so many in flight are refused with 429. */
  readonly capacity?: number;
  /** Sent with refusals as Retry-After (whole seconds) or retry-after-ms (below a second). */
  readonly retryAfterMs?: number;
  readonly faults?: Partial<FaultShares>;
  /** Times of an outage, counted from the start. */
  readonly down?: { readonly fromMs: number; readonly toMs: number; readonly how?: DownAs };
  /** File to which a line `status key` is appended for each answer, before it is sent; it survives a kill. */
  readonly requestLog?: string;
}

/** Shares of requests, 0-1. The first four are drawn anew for each repetition of a request; the last two belong to the request. */
export interface FaultShares {
  /** 429. */
  readonly refuse: number;
  /** 500. */
  readonly fail: number;
  /** The connection is reset without an answer. */
  readonly drop: number;
  /** 200 with a body that is no JSON. */
  readonly garbageBody: number;
  /** 200, cut in the middle with finish_reason length. */
  readonly truncate: number;
  /** 200, but a structured answer is not of the asked form. Plain answers are left alone. */
  readonly garbageAnswer: number;
}

export type DownAs = 'refused' | '503';

export interface FakeModelServer {
  readonly port: number;
  /** Base URL for an endpoint of a deployment: http://127.0.0.1:PORT/v1 */
  readonly url: string;
  stats(capacity?: number): FakeStats;
  /** Request bodies seen, by sha256, with how often each was answered. */
  keys(): ReadonlyMap<string, KeyCounts>;
  reset(): void;
  /** Changes options while running; `port` and `answer` stay. */
  set(options: Partial<FakeModelOptions>): void;
  /** 'refused': connections are cut and new ones refused; '503': every request is answered so. */
  goDown(how: DownAs): Promise<void>;
  comeUp(): Promise<void>;
  close(): Promise<void>;
}

/** Runs an OpenAI-compatible server on 127.0.0.1: POST /v1/chat/completions, GET /v1/models, /health, /stats, POST /control, /reset. */
export async function startFakeModelServer(initial: FakeModelOptions = {}): Promise<FakeModelServer> {
  const state: State = {
    options: initial,
    book: createStatsBook(),
    answerer: answererOf(initial),
    down: undefined,
    staticBody: Buffer.from(
      completionBody({ thought: 'Static.', solution: 'The result is \\boxed{1}.' }, bodyOptions(initial, 8)),
    ),
  };
  const server = createServer({ keepAlive: true }, (request, response) => {
    route(state, request, response).catch((error: unknown) =>
      send(response, 400, { error: { message: String(error) } }),
    );
  });
  server.keepAliveTimeout = 600_000;
  const port = await listen(server, initial.port ?? 0);

  const goDown = async (how: DownAs): Promise<void> => {
    state.down = how;
    if (how === 'refused') await closeServer(server);
  };
  const comeUp = async (): Promise<void> => {
    state.down = undefined;
    if (!server.listening) await listen(server, port);
  };
  const timers = outageTimers(initial, { goDown, comeUp });
  return {
    port,
    url: `http://127.0.0.1:${port}/v1`,
    stats: (capacity) => state.book.read(capacity ?? state.options.capacity),
    keys: () => state.book.keys(),
    reset: () => state.book.reset(),
    set: (options) => (state.options = { ...state.options, ...options }),
    goDown,
    comeUp,
    close: async () => {
      timers.forEach(clearTimeout);
      if (server.listening) await closeServer(server);
    },
  };
}

interface State {
  options: FakeModelOptions;
  readonly book: StatsBook;
  readonly answerer: Answerer;
  down: DownAs | undefined;
  readonly staticBody: Buffer;
}

async function route(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  if (request.method === 'POST' && url.pathname === '/v1/chat/completions') return complete(state, request, response);
  if (url.pathname === '/stats') {
    const capacity = Number(url.searchParams.get('capacity') ?? state.options.capacity ?? 0);
    return send(response, 200, state.book.read(capacity));
  }
  if (url.pathname === '/reset') return send(response, 200, state.book.reset() ?? {});
  if (url.pathname === '/control') {
    state.options = { ...state.options, ...(JSON.parse(await read(request)) as Partial<FakeModelOptions>) };
    return send(response, 200, {});
  }
  if (state.down === '503') return send(response, 503, apiError('The server is loading.'));
  if (url.pathname === '/health') return send(response, 200, { status: 'ok' });
  if (!authorised(state.options, request)) return send(response, 401, keyError(state.options, request));
  if (url.pathname === '/v1/models') {
    const data = (state.options.models ?? ['fake-model']).map((id) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: 'fake',
    }));
    return send(response, 200, { object: 'list', data });
  }
  return send(response, 404, apiError('Not Found'));
}

async function complete(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { options, book } = state;
  const body = await read(request);
  const key = options.answer === 'static' ? '' : createHash('sha256').update(body).digest('hex');
  const repetition = book.seen(key);
  const finish = (status: number, payload: Payload, headers: Record<string, string> = {}): void => {
    note(state, String(status), key);
    reply(response, { status, payload, headers });
  };
  if (!authorised(options, request)) return finish(401, keyError(options, request));
  if (state.down === '503') return finish(503, apiError('The server is loading.'));
  const draw = drawFrom(`${options.seed ?? ''} ${key} ${repetition}`);
  const refused = book.inFlight() >= (options.capacity ?? Infinity) || hits(options.faults?.refuse, draw, 'refuse');
  if (refused) return finish(429, apiError('Too many requests in flight.'), retryHeaders(options.retryAfterMs));
  book.enter();
  let dropped = false;
  response.once('close', () => {
    book.leave();
    if (!response.writableFinished) note(state, dropped ? 'dropped' : 'aborted', key);
  });
  await latency(options, key === '' ? draw : drawFrom(`${options.seed ?? ''} ${key}`));
  if (response.destroyed) return;
  if (hits(options.faults?.drop, draw, 'drop')) {
    dropped = true;
    response.destroy();
    return;
  }
  if (hits(options.faults?.fail, draw, 'fail')) return finish(500, apiError('Internal Server Error'));
  if (hits(options.faults?.garbageBody, draw, 'garbage')) return finish(200, '<html>{"choices": [{"mess');
  if (options.answer === 'static') return finish(200, state.staticBody);
  answer(state, { body, key, finish });
}

function answer(
  state: State,
  call: { body: string; key: string; finish: (status: number, payload: object | string) => void },
): void {
  const { options } = state;
  const request = JSON.parse(call.body) as FakeRequest;
  if (options.models && !options.models.includes(request.model)) {
    return call.finish(404, {
      error: { ...apiError(`The model \`${request.model}\` does not exist.`).error, code: 'model_not_found' },
    });
  }
  const draw = drawFrom(`answer ${call.key}`);
  const faultDraw = drawFrom(`${options.seed ?? ''} ${call.key}`);
  const said = state.answerer(request, draw);
  const garbled = request.response_format !== undefined && hits(options.faults?.garbageAnswer, faultDraw, 'answer');
  const cut = hits(options.faults?.truncate, faultDraw, 'truncate');
  const text = garbled ? { ...said, solution: 'I would say it is {"quite": good' } : said;
  const whole = tokens(text.thought) + tokens(text.solution);
  const maxTokens = cut ? Math.ceil(whole / 3) : request.max_tokens;
  call.finish(
    200,
    completionBody(text, { ...bodyOptions(options, tokens(call.body)), model: request.model, maxTokens }),
  );
}

const bodyOptions = (options: FakeModelOptions, promptTokens: number) => ({
  model: 'fake-model',
  flavour: options.flavour ?? 'reasoning_content',
  promptTokens,
  maxTokens: undefined,
  bodyBytes: options.bodyBytes,
});

function answererOf(options: FakeModelOptions): Answerer {
  if (typeof options.answer === 'function') return options.answer;
  const known = options.questionsFile === undefined ? [] : readKnownQuestions(options.questionsFile);
  return builtInAnswerer(options.skill ?? { right: 0.8, sound: 0.75 }, known);
}

function note(state: State, status: string, key: string): void {
  state.book.outcome(status, key);
  if (state.options.requestLog !== undefined) appendFileSync(state.options.requestLog, `${status} ${key}\n`);
}

const hits = (share: number | undefined, draw: (label: string) => number, label: string): boolean =>
  share !== undefined && share > 0 && draw(label) < share;

async function latency(options: FakeModelOptions, draw: (label: string) => number): Promise<void> {
  if (options.latency === undefined || options.latency === 0) return;
  const ms = typeof options.latency === 'number' ? options.latency : logNormal(options.latency, draw);
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Box-Muller; the median is chosen so that the mean is as asked. */
function logNormal({ meanMs, sigma }: { meanMs: number; sigma: number }, draw: (label: string) => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - draw('radius'))) * Math.cos(2 * Math.PI * draw('angle'));
  return meanMs * Math.exp(sigma * normal - (sigma * sigma) / 2);
}

function authorised(options: FakeModelOptions, request: IncomingMessage): boolean {
  return options.apiKey === undefined || request.headers.authorization === `Bearer ${options.apiKey}`;
}

function keyError(options: FakeModelOptions, request: IncomingMessage): object {
  const sent = options.echoKey ? ` You sent: ${request.headers.authorization ?? 'nothing'}` : '';
  return apiError(`Incorrect API key provided.${sent}`);
}

const apiError = (message: string) => ({ error: { message, type: 'fake_error', param: null, code: null } });

function retryHeaders(retryAfterMs: number | undefined): Record<string, string> {
  if (retryAfterMs === undefined) return {};
  return retryAfterMs < 1000
    ? { 'retry-after-ms': String(retryAfterMs) }
    : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
}

function send(response: ServerResponse, status: number, payload: Payload): void {
  reply(response, { status, payload, headers: {} });
}

type Payload = object | string | Buffer;

function reply(
  response: ServerResponse,
  answer: { status: number; payload: Payload; headers: Record<string, string> },
): void {
  const { status, payload, headers } = answer;
  if (response.destroyed || response.headersSent) return;
  const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

function outageTimers(
  options: FakeModelOptions,
  server: { goDown(how: DownAs): Promise<void>; comeUp(): Promise<void> },
): NodeJS.Timeout[] {
  if (!options.down) return [];
  const { fromMs, toMs, how = 'refused' } = options.down;
  return [setTimeout(() => void server.goDown(how), fromMs), setTimeout(() => void server.comeUp(), toMs)];
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
