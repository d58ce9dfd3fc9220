import type { CallRequest } from '../ledger/record.js';

/**
 * Body of chat.completions for one call. The token limit goes as `max_tokens`: vLLM, SGLang, llama-server and old servers know it, while
 * `max_completion_tokens` is silently ignored by some. Fields that the recipe leaves out are left out, so that the server's defaults hold.
 * @param options.key call key of the request, from which its seed follows
 */
export function requestBody(
  request: CallRequest,
  options: { readonly key: string; readonly structuredOutput: boolean },
): Record<string, unknown> {
  const { sampling } = request;
  const body: Record<string, unknown> = { model: request.model, messages: request.messages };
  const optional = {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    repetition_penalty: sampling.repetitionPenalty,
    max_tokens: sampling.maxTokens,
    seed: sampling.seed ? seedOf(options.key) : undefined,
    reasoning_effort: sampling.reasoningEffort,
    chat_template_kwargs: sampling.chatTemplateKwargs,
    response_format: options.structuredOutput && request.schema ? responseFormat(request.schema) : undefined,
  };
  for (const [name, value] of Object.entries(optional)) if (value !== undefined) body[name] = value;
  return body;
}

const responseFormat = ({ name, schema }: NonNullable<CallRequest['schema']>): object => ({
  type: 'json_schema',
  json_schema: { name, schema, strict: true },
});

/** Hexadecimal digits of 32 bits. */
const SEED_DIGITS = 8;

/** 31 bits of the call key, which depends on all that tells one call from another: samples differ, a repeated call does not. */
const seedOf = (key: string): number => Number.parseInt(key.slice(0, SEED_DIGITS), 16) >>> 1;
