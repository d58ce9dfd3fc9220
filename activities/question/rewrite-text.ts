import type { RewriteForm } from '../../config/prompts.js';
import type { CallResponse } from '../ledger/record.js';

/** A rewritten chain as cut out of a rewriter's answer. */
export type RewriteText =
  | { readonly kind: 'text'; readonly thought: string; readonly solution: string }
  | { readonly kind: 'unparsed'; readonly reason: string };

type ResponseTexts = Pick<CallResponse, 'thought' | 'solution' | 'thoughtOpen'>;

/**
 * Thought and solution of a rewritten chain [ours]. `<thought>` and `<answer>` tags in the text after the model's own thinking always win.
 * Without tags, the model's thinking is taken as the chain only where the prompt's form says so: with a reasoning model it is
 * thinking *about* the rewriting, and must never be stored as the chain.
 */
export function readRewrite(response: ResponseTexts, form: RewriteForm): RewriteText {
  const thought = tagContent(response.solution, 'thought');
  const answer = tagContent(response.solution, 'answer');
  if (thought !== undefined || answer !== undefined)
    return usable(thought ?? '', answer ?? afterThought(response.solution));
  if (response.thoughtOpen) return unparsed('the thinking never ended');
  if (form === 'tagged') return unparsed('no <thought> and <answer> tags');
  return usable(response.thought.trim(), response.solution.trim());
}

function usable(thought: string, solution: string): RewriteText {
  if (thought === '') return unparsed('no thought');
  return solution === '' ? unparsed('no solution') : { kind: 'text', thought, solution };
}

const unparsed = (reason: string): RewriteText => ({ kind: 'unparsed', reason });

/** Between the last opening tag that is closed and its end: a model that repeats its instructions names the tags before it uses them. */
function tagContent(text: string, tag: string): string | undefined {
  const end = text.lastIndexOf(`</${tag}>`);
  const start = text.lastIndexOf(`<${tag}>`, end);
  return end < 0 || start < 0 ? undefined : text.slice(start + tag.length + 2, end).trim();
}

/** The answer of a model that closed the thought and then left out or forgot to close the answer's tags. */
function afterThought(text: string): string {
  const end = text.lastIndexOf('</thought>');
  return end < 0
    ? ''
    : text
        .slice(end + '</thought>'.length)
        .replace('<answer>', '')
        .trim();
}
