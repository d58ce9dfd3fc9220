import type { FakeAnswer } from './model-server-answers.js';

/** In which field, or with which tags, the fake's thinking stands in its answer. */
export type Flavour = 'reasoning' | 'reasoning_content' | 'inline' | 'inline-closing' | 'still2' | 'none';

export interface CompletionOptions {
  readonly model: string;
  readonly flavour: Flavour;
  readonly promptTokens: number;
  /** The text is cut here and finish_reason is 'length'. */
  readonly maxTokens: number | undefined;
  /** About so many bytes in all, filled up in the thought. */
  readonly bodyBytes: number | undefined;
}

const BYTES_PER_TOKEN = 4;

/** Serialises one answer as chat.completion. Its id and time are constant, so that equal requests have equal bytes. */
export function completionBody(answer: FakeAnswer, options: CompletionOptions): string {
  const padded = { thought: padThought(answer, options.bodyBytes), solution: answer.solution };
  const allowed = (options.maxTokens ?? Infinity) * BYTES_PER_TOKEN;
  const cut = padded.thought.length + padded.solution.length > allowed;
  const thought = padded.thought.slice(0, allowed);
  const solution = padded.solution.slice(0, Math.max(0, allowed - thought.length));
  const thoughtEnded = thought.length === padded.thought.length;
  return JSON.stringify({
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 0,
    model: options.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', ...messageFields(options.flavour, { thought, solution, thoughtEnded }) },
        finish_reason: cut ? 'length' : 'stop',
      },
    ],
    usage: usage(options.promptTokens, tokens(thought), tokens(solution)),
  });
}

export const tokens = (text: string): number => Math.ceil(text.length / BYTES_PER_TOKEN);

function messageFields(flavour: Flavour, text: FakeAnswer & { thoughtEnded: boolean }): object {
  const { thought, solution, thoughtEnded } = text;
  switch (flavour) {
    case 'reasoning':
      return { content: thoughtEnded ? solution : null, reasoning: thought };
    case 'reasoning_content':
      return { content: solution, reasoning_content: thought };
    case 'inline':
      return { content: `<think>\n${thought}${thoughtEnded ? `\n</think>\n\n${solution}` : ''}` };
    case 'inline-closing':
      return { content: `${thought}${thoughtEnded ? `\n</think>\n\n${solution}` : ''}` };
    case 'still2':
      return { content: still2(thought, solution, thoughtEnded) };
    case 'none':
      return { content: solution };
  }
}

const still2 = (thought: string, solution: string, ended: boolean): string =>
  `<|begin_of_thought|>\n\n${thought}` +
  (ended ? `\n\n<|end_of_thought|>\n\n<|begin_of_solution|>${solution}<|end_of_solution|>` : '');

/** Filler has no step marks, so padded chains are rated like bare ones. */
function padThought(answer: FakeAnswer, bodyBytes = 0): string {
  const envelope = 350;
  const missing = bodyBytes - envelope - answer.thought.length - answer.solution.length;
  if (missing <= 0) return answer.thought;
  return answer.thought + '\n\n' + FILLER.repeat(Math.ceil(missing / FILLER.length)).slice(0, missing);
}
const FILLER = 'Checking this once more from the other side, it still holds and nothing was left out. ';

function usage(prompt: number, thought: number, solution: number): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: thought + solution,
    total_tokens: prompt + thought + solution,
    completion_tokens_details: { reasoning_tokens: thought },
  };
}
