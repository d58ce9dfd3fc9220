import { z } from 'zod';
import { InferenceError } from '../inference/inference.js';
import { createLeanFetch } from '../inference/lean-fetch.js';
import { outcomeOfError, type Unanswered } from '../inference/read-error.js';
import { displayUrl } from '../inference/redact.js';
import type { Thought, ThoughtFigure } from './perplexity.js';

/** An endpoint that says how likely a model finds a text that it is given. */
export interface PromptLogprobs {
  /**
   * Measures one thought: three requests for its tokens, one for their log-probabilities. Rejects with {@link InferenceError}, or with the
   * signal's reason; `rejected`: this thought can't be measured (it is longer than the context).
   */
  measure(thought: Thought, signal: AbortSignal): Promise<ThoughtFigure>;
  /** What it lacks to be asked, for people; undefined: nothing. */
  probe(signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface PromptLogprobsOptions {
  /** For messages. */
  readonly name: string;
  /** Base URL, up to and including /v1. */
  readonly url: string;
  readonly model: string;
  /** Written between prompt and thought. */
  readonly opening: string;
  readonly chatTemplateKwargs?: Readonly<Record<string, unknown>> | undefined;
  readonly connections: number;
  readonly apiKey?: string | undefined;
}

/** Tokens from the end of a prompt that an opening tag can't be longer than. */
const TAIL_TOKENS = 32;

const Tokens = z.object({ tokens: z.array(z.int().min(0)) });
const Text = z.object({ prompt: z.string() });
const Logprob = z.object({ logprob: z.number() });
const Completion = z.object({
  choices: z
    .array(z.object({ prompt_logprobs: z.array(z.record(z.string(), Logprob).nullable()).nullish() }))
    .length(1),
});

/**
 * Perplexity over the protocol of vLLM's server: `/tokenize`, `/detokenize` (beside /v1), and `/v1/completions` with a prompt of token ids and
 * `prompt_logprobs`. The prompt is the student's own, made by its chat template with the generation prompt; the answer is tokenised by itself. This is
 * what infra/training/perplexity.py does, so that both give the same figure up to the precision of the numbers [ours].
 */
export function createPromptLogprobs(options: PromptLogprobsOptions): PromptLogprobs {
  const wire = openWire(options);
  return {
    measure: (thought, signal) => measure(wire, thought, signal),
    async probe(signal) {
      try {
        await measure(wire, { messages: [{ role: 'user', content: '1 + 1 = ?' }], thought: '1 + 1 = 2' }, signal);
        return undefined;
      } catch (error) {
        const isAnswer =
          error instanceof InferenceError && (error.kind === 'rejected' || error.kind === 'misconfigured');
        if (isAnswer) return error.message;
        throw error;
      }
    },
    close: () => wire.close(),
  };
}

interface Asked<Schema extends z.ZodType> {
  readonly body: object;
  readonly form: Schema;
  readonly signal: AbortSignal;
}

/** The wire to one server. */
interface Wire {
  readonly options: PromptLogprobsOptions;
  /** URL of the API, up to and including /v1. */
  readonly base: string;
  /** URL of what stands beside it. */
  readonly root: string;
  post<Schema extends z.ZodType>(url: string, asked: Asked<Schema>): Promise<z.infer<Schema>>;
  close(): Promise<void>;
}

function openWire(options: PromptLogprobsOptions): Wire {
  const { name, model, apiKey, connections } = options;
  const base = displayUrl(options.url);
  const lean = createLeanFetch({ connections, headers: headers(apiKey) });
  const secrets = apiKey === undefined ? [] : [apiKey];
  return {
    options,
    base,
    root: base.replace(/\/v1$/, ''),
    async post(url, { body, form, signal }) {
      try {
        const answer = await lean.fetch(url, { method: 'POST', body: JSON.stringify({ model, ...body }), signal });
        return form.parse(await answer.json());
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof z.ZodError) throw garbage(name, url, error);
        throw inferenceError(name, url, outcomeOfError(error, { secrets, structured: false }));
      }
    },
    close: () => lean.close(),
  };
}

async function measure(wire: Wire, { messages, thought }: Thought, signal: AbortSignal): Promise<ThoughtFigure> {
  const head = await promptTokens(wire, messages, signal);
  const opening = await openingAfter(wire, head, signal);
  const [before, answer] = await Promise.all([
    tokensOf(wire, opening, signal),
    tokensOf(wire, opening + thought, signal),
  ]);
  const start = head.length + sharedStart(before, answer);
  const tokens = [...head, ...answer];
  if (start >= tokens.length) return { tokens: 0, nll: 0 };
  const found = (await logprobsOf(wire, tokens, signal)).slice(start);
  const nll = -found.reduce((sum, one) => sum + one, 0);
  if (!Number.isFinite(nll)) throw lacking(wire, null);
  // Rounding can make a sum of zeros negative.
  return { tokens: found.length, nll: Math.max(0, nll) };
}

async function promptTokens(
  wire: Wire,
  messages: Thought['messages'],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const switches = wire.options.chatTemplateKwargs;
  const body = { messages, add_generation_prompt: true, ...(switches && { chat_template_kwargs: switches }) };
  return (await wire.post(`${wire.root}/tokenize`, { body, form: Tokens, signal })).tokens;
}

async function tokensOf(wire: Wire, prompt: string, signal: AbortSignal): Promise<readonly number[]> {
  if (prompt === '') return [];
  const body = { prompt, add_special_tokens: false };
  return (await wire.post(`${wire.root}/tokenize`, { body, form: Tokens, signal })).tokens;
}

/** A template that ends with the opening tag gets no second one. */
async function openingAfter(wire: Wire, prompt: readonly number[], signal: AbortSignal): Promise<string> {
  const { opening } = wire.options;
  const tag = opening.trim();
  if (tag === '') return opening;
  const body = { tokens: prompt.slice(-TAIL_TOKENS) };
  const { prompt: tail } = await wire.post(`${wire.root}/detokenize`, { body, form: Text, signal });
  return tail.trimEnd().endsWith(tag) ? '' : opening;
}

async function logprobsOf(wire: Wire, tokens: readonly number[], signal: AbortSignal): Promise<readonly number[]> {
  // 0: of the tokens that stand there, and of no others. The one token that has to be generated is thrown away.
  const body = { prompt: tokens, max_tokens: 1, temperature: 0, prompt_logprobs: 0 };
  const { choices } = await wire.post(`${wire.base}/completions`, { body, form: Completion, signal });
  const entries = choices[0]?.prompt_logprobs;
  if (entries?.length !== tokens.length) throw lacking(wire, entries?.length ?? null);
  return tokens.map((token, at) => entries[at]?.[token]?.logprob ?? (at === 0 ? 0 : Number.NaN));
}

/** Length of the beginning that two lists share. */
function sharedStart(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

const headers = (apiKey: string | undefined): Record<string, string> => ({
  accept: 'application/json',
  'content-type': 'application/json',
  'user-agent': 'cotmill',
  ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
});

const ADVICE =
  'Perplexity over an endpoint needs a vLLM server with /tokenize and prompt_logprobs; or write perplexity.by: job.';

function inferenceError(pool: string, url: string, outcome: Unanswered): InferenceError {
  const where = `${pool}, ${url}`;
  switch (outcome.kind) {
    case 'refused':
      return new InferenceError(`${where} refused a call for load: ${outcome.message}`, {
        kind: 'overloaded',
        pool,
        status: outcome.status,
        retryAfterMs: outcome.retryAfterMs,
      });
    case 'failed':
      return new InferenceError(`${where}: ${outcome.message}`, { kind: 'unavailable', pool, status: outcome.status });
    case 'rejected':
      return new InferenceError(`${outcome.message} (${where})`, { kind: 'rejected', pool, status: outcome.status });
    case 'misconfigured':
      return new InferenceError(`${where}: ${outcome.message}. ${ADVICE}`, {
        kind: 'misconfigured',
        pool,
        status: outcome.status,
      });
    case 'aborted':
      return new InferenceError(`${where}: the request was cut off`, { kind: 'unavailable', pool });
    default:
      return outcome satisfies never;
  }
}

const garbage = (pool: string, url: string, error: z.ZodError): InferenceError =>
  new InferenceError(
    `${pool}, ${url} answered in another form than vLLM: ${z.prettifyError(error).slice(0, 300)}. ${ADVICE}`,
    { kind: 'misconfigured', pool },
  );

const lacking = ({ options: { name: pool }, base }: Wire, found: number | null): InferenceError =>
  new InferenceError(
    `${pool}, ${base}/completions gave ${found ?? 'no'} prompt_logprobs for the tokens of the prompt. ${ADVICE}`,
    { kind: 'misconfigured', pool },
  );
