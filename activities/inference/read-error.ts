import { APIConnectionTimeoutError } from 'openai';
import { TimedOut } from './exchange.js';
import { HttpError } from './lean-fetch.js';
import { outcomeOfStatus, retryAfterMsOf, type Outcome } from './outcome.js';
import { redact } from './redact.js';
import { readCompletion } from './response.js';

/** What has to be known of a request to read its answer. */
export interface Sent {
  /** Keys and passwords that no message may show. */
  readonly secrets: readonly string[];
  /** The request asked for response_format. */
  readonly structured: boolean;
}

export type Unanswered = Exclude<Outcome, { kind: 'answered' }>;

/** Error codes of connections that never came about. */
const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A parsed 200 body. Some gateways answer errors with 200 and an `error` object. */
export function outcomeOfBody(body: unknown, sent: Sent): Outcome {
  const response = readCompletion(body);
  if (response) return { kind: 'answered', response };
  const { message, code } = errorFields(body);
  const status = Number(code);
  if (message !== '' && status >= 400 && status < 600) {
    return outcomeOfStatus({
      status,
      code,
      message: redact(message, sent.secrets),
      retryAfterMs: undefined,
      structured: sent.structured,
    });
  }
  const garbage = `an answer that is no chat completion: ${JSON.stringify(body) ?? ''}`;
  return { kind: 'failed', message: redact(message || garbage, sent.secrets), connect: false };
}

/** Whatever was thrown instead of a body. */
export function outcomeOfError(error: unknown, sent: Sent): Unanswered {
  for (const cause of causes(error)) if (cause instanceof HttpError) return outcomeOfHttpError(cause, sent);
  if (error instanceof TimedOut || error instanceof APIConnectionTimeoutError)
    return { kind: 'failed', message: 'timed out', connect: false };
  if (error instanceof SyntaxError) return { kind: 'failed', message: 'an answer that is no JSON', connect: false };
  const connect = causes(error).some((cause) => CONNECT_CODES.has(codeOf(cause)));
  const message = causes(error).map((cause) => cause.message || codeOf(cause) || cause.name);
  return { kind: 'failed', message: redact(message.join(': '), sent.secrets), connect };
}

function outcomeOfHttpError({ status, headers, body }: HttpError, sent: Sent): Unanswered {
  const { message, code } = errorFields(parsed(body));
  return outcomeOfStatus({
    status,
    code,
    message: redact(message || body, sent.secrets),
    retryAfterMs: retryAfterMsOf(headers, Date.now()),
    structured: sent.structured,
  });
}

/** OpenAI's form {error: {message, code}}, older vLLM's {message, code}, FastAPI's {detail}. */
function errorFields(body: unknown): { message: string; code: string } {
  const outer = asRecord(body);
  const inner = { ...outer, ...asRecord(outer['error']) };
  const message = typeof outer['error'] === 'string' ? outer['error'] : (inner['message'] ?? inner['detail'] ?? '');
  return { message: typeof message === 'string' ? message : JSON.stringify(message), code: textOf(inner['code']) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 5; cause = cause.cause) chain.push(cause);
  return chain;
}

const codeOf = (error: Error): string => textOf(asRecord(error)['code']);

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
