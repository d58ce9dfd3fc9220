import { renderPrompt, type Prompt } from '../../config/prompts.js';
import { perplexityKey, type Measured, type Thought } from './perplexity.js';
import type { RolloutRow } from './rollout-rows.js';

/** Under which student thoughts are measured, and what it was asked. */
export interface Measuring {
  readonly measured: Measured;
  readonly prompt: Prompt;
}

/** A thought to measure, and the name of its figure. */
export interface NamedThought extends Thought {
  readonly key: string;
}

/** Why a rollout is measured: it has a thought, and its answer was right, wrong or cut, so that it may be learnt from. Pure. */
const MEASURED_REASONS: readonly (string | null)[] = [null, 'question-rejected', 'wrong-solution', 'truncated'];

/** The thought of a rollout with the prompt that it was written for, or undefined: it is never learnt from. Pure. */
export function namedThought(
  { question, thought, reason }: RolloutRow,
  { measured, prompt }: Measuring,
): NamedThought | undefined {
  if (thought === null || thought === '' || !MEASURED_REASONS.includes(reason)) return undefined;
  const asked = { messages: renderPrompt(prompt, { question }), thought };
  return { ...asked, key: perplexityKey(measured, asked) };
}
