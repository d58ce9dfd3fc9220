import { z } from 'zod';
import type { CallResponse, FinishReason, Usage } from '../ledger/record.js';
import { SOLUTION_TAGS, THOUGHT_TAGS } from '../sources/chain-forms.js';

/** The little that is needed of a chat.completion, nullish throughout: servers differ in everything else. */
const Completion = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.union([z.string(), z.array(z.object({ type: z.string(), text: z.string().nullish() }))]).nullish(),
          reasoning: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          refusal: z.string().nullish(),
        }),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: z.number().nullish(),
      completion_tokens: z.number().nullish(),
      reasoning_tokens: z.number().nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});
type Completion = z.infer<typeof Completion>;
type Message = Completion['choices'][number]['message'];
type Texts = Pick<CallResponse, 'thought' | 'solution' | 'thoughtFrom' | 'thoughtOpen'>;

/** Tags around an inline thought: most models; STILL-2; Mistral. */
const INLINE_TAGS = [THOUGHT_TAGS.think, THOUGHT_TAGS.still2, { open: '[THINK]', close: '[/THINK]' }] as const;

/** An answer from a parsed body, or undefined when it is no chat completion. */
export function readCompletion(body: unknown): CallResponse | undefined {
  const parsed = Completion.safeParse(body);
  const choice = parsed.data?.choices[0];
  if (!parsed.success || !choice) return undefined;
  const refused = choice.message.refusal != null && choice.message.refusal !== '';
  return {
    ...readTexts(choice.message),
    finishReason: refused ? 'content-filter' : finishReason(choice.finish_reason),
    modelReported: parsed.data.model ?? '',
    usage: readUsage(parsed.data.usage),
  };
}

/** vLLM says `reasoning`; SGLang, llama-server and DeepSeek say `reasoning_content`; without a reasoning parser the thought is inline. */
function readTexts(message: Message): Texts {
  const content = textOf(message.content);
  if (message.reasoning) return fromField(message.reasoning, content, 'reasoning');
  if (message.reasoning_content) return fromField(message.reasoning_content, content, 'reasoning_content');
  return splitThought(content);
}

const fromField = (thought: string, content: string, thoughtFrom: Texts['thoughtFrom']): Texts => ({
  thought: thought.trim(),
  solution: solutionText(content),
  thoughtFrom,
  thoughtOpen: false,
});

/** Parts that are no text (audio, pictures) are left out. */
function textOf(content: Message['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');
}

/**
 * Tells an inline thought from the solution. The opening tag counts at the very beginning only; a text with the closing tag alone began
 * inside the thought, since many chat templates write the opening tag into the prompt.
 */
export function splitThought(content: string): Texts {
  const text = content.trim();
  for (const { open, close } of INLINE_TAGS) {
    const opened = text.startsWith(open);
    const end = text.indexOf(close);
    if (!opened && end < 0) continue;
    const start = opened ? open.length : 0;
    const thought = text.slice(start, end < 0 ? undefined : end).trim();
    const solution = end < 0 ? '' : solutionText(text.slice(end + close.length));
    return { thought, solution, thoughtFrom: thought === '' ? 'none' : 'inline', thoughtOpen: end < 0 };
  }
  return { thought: '', solution: solutionText(text), thoughtFrom: 'none', thoughtOpen: false };
}

function solutionText(content: string): string {
  let text = content.trim();
  if (text.startsWith(SOLUTION_TAGS.open)) text = text.slice(SOLUTION_TAGS.open.length);
  if (text.endsWith(SOLUTION_TAGS.close)) text = text.slice(0, -SOLUTION_TAGS.close.length);
  return text.trim();
}

function finishReason(reason: string | null | undefined): FinishReason {
  switch (reason) {
    case 'stop':
    case 'eos':
    case 'stop_sequence':
      return 'stop';
    case 'length':
    case 'max_tokens':
      return 'length';
    case 'content_filter':
      return 'content-filter';
    default:
      return 'other';
  }
}

/** What the server does not say is 0, never guessed. */
function readUsage(usage: Completion['usage']): Usage {
  return {
    inputTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? usage?.reasoning_tokens ?? 0,
  };
}
