import type { CallResponse } from '../ledger/record.js';

/** How one request to one endpoint ended; each is treated differently by the pool. Messages carry no secrets. */
export type Outcome =
  | { readonly kind: 'answered'; readonly response: CallResponse }
  /** Refused for load: sent again by the pool. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
    }
  /** The endpoint did not work: 5xx, timeout, reset, garbage. */
  | { readonly kind: 'failed'; readonly status?: number; readonly message: string; readonly connect: boolean }
  /** This request will never be answered. */
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string }
  /** No request will be answered before an operator acts. */
  | { readonly kind: 'misconfigured'; readonly status?: number; readonly message: string }
  | { readonly kind: 'aborted' };

/** An HTTP answer that is no success. */
export interface ErrorAnswer {
  readonly status: number;
  /** The server's words, redacted; '' when it said nothing. */
  readonly message: string;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  /** The request asked for response_format. */
  readonly structured: boolean;
}

const CONTEXT_LENGTH =
  /context_length_exceeded|exceed_context_size|context (length|window|size)|maximum context|prompt is too long|input is too long|too many tokens/i;
const CONTENT_FILTER = /content[_ ](filter|policy|management|moderation)|responsible_?ai/i;
const STRUCTURE = /response_format|json_schema|guided|grammar/i;
const UNKNOWN_MODEL =
  /model_not_found|model .*(does not exist|not found|is not available)|(unknown|invalid|no such) model/i;

/** Sorts an HTTP error once for all: retry later, never retry, or stop the pool. */
export function outcomeOfStatus(answer: ErrorAnswer): Exclude<Outcome, { kind: 'answered' }> {
  const { status, retryAfterMs } = answer;
  const said = answer.message === '' ? `status ${status}` : answer.message;
  const words = `${answer.code} ${answer.message}`;
  if (status === 429 && !/insufficient_quota/i.test(words))
    return { kind: 'refused', status, message: said, retryAfterMs };
  if (status === 503 && retryAfterMs !== undefined) return { kind: 'refused', status, message: said, retryAfterMs };
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    return { kind: 'failed', status, message: said, connect: false };
  }
  const advice = adviceFor(answer, words);
  if (advice !== undefined) return { kind: 'misconfigured', status, message: `${said.replace(/\.$/, '')}. ${advice}` };
  return { kind: 'rejected', status, message: `${rejectionReason(words)}: ${said}` };
}

/** What an operator has to do; undefined: the fault lies in the one request. */
function adviceFor({ status, structured }: ErrorAnswer, words: string): string | undefined {
  if (status === 401 || status === 403) return 'The key is missing, wrong or has no access';
  if (status === 402 || status === 429) return "The account's quota is used up: see to the provider's billing";
  if (UNKNOWN_MODEL.test(words)) return 'Set "model" of the pool to a name that the endpoint lists under /models';
  if (status === 404 || status === 405 || status < 400)
    return 'Check "url": it has to end where /chat/completions follows, usually in /v1';
  if (structured && STRUCTURE.test(words))
    return 'The endpoint cannot enforce a schema: set "structuredOutput: false" for the pool';
  return undefined;
}

function rejectionReason(words: string): string {
  if (CONTEXT_LENGTH.test(words)) return 'context length';
  return CONTENT_FILTER.test(words) ? 'content filter' : 'bad request';
}

/** Reads retry-after-ms, and Retry-After as seconds or date; undefined: neither is there or readable. */
export function retryAfterMsOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | undefined {
  const milliseconds = Number.parseFloat(String(headers['retry-after-ms'] ?? ''));
  if (milliseconds >= 0) return milliseconds;
  const value = String(headers['retry-after'] ?? '').trim();
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
