import type { TrainingView } from '../../config/training-view.js';
import { fullResponse } from '../dataset/rows.js';
import { THOUGHT_TAGS, thoughtOpening, writeStill2Form, type TaggedForm } from '../sources/chain-forms.js';

/** How the thought stands in an answer. */
export type ThoughtForm = Extract<TrainingView, { form: 'messages' }>['thought'];

/** The two parts of a chain. `solution` null: the token limit cut the answer before it. */
export interface ChainParts {
  readonly thought: string | null;
  readonly solution: string | null;
}

/** An answer as the student is to write it, or why it cannot be written. */
export type AnswerText = { readonly text: string } | { readonly unwritable: UnwritableReason };

/**
 * no-text: there is nothing to write. no-thought: the form needs one and the teacher gave none. tags-in-text: the chain holds the tags of the
 * form itself, so that its parts could not be told apart again.
 */
export type UnwritableReason = 'no-text' | 'no-thought' | 'tags-in-text';

const THINK_TAGS = Object.values(THOUGHT_TAGS.think);

/** Writes an answer with its thought inline. What it returns can be read back by chain-forms.ts; a cut one (no solution) ends inside its thought. Pure. */
export function answerText({ thought, solution }: ChainParts, form: ThoughtForm): AnswerText {
  const parts = { thought: thought?.trim() ?? '', solution: solution?.trim() ?? '' };
  if (form === 'none') return parts.solution === '' ? { unwritable: 'no-text' } : { text: parts.solution };
  if (parts.solution === '') return cutAnswer(parts.thought, form);
  if (form === 'still2') return still2Answer(parts);
  const tagged = THINK_TAGS.some((tag) => parts.thought.includes(tag) || parts.solution.includes(tag));
  if (tagged) return { unwritable: 'tags-in-text' };
  return { text: fullResponse(parts.thought, parts.solution) };
}

function still2Answer(parts: { readonly thought: string; readonly solution: string }): AnswerText {
  if (parts.thought === '') return { unwritable: 'no-thought' };
  try {
    return { text: writeStill2Form(parts) };
  } catch (error) {
    if (error instanceof TypeError) return { unwritable: 'tags-in-text' };
    throw error;
  }
}

function cutAnswer(thought: string, form: TaggedForm): AnswerText {
  if (thought === '') return { unwritable: 'no-text' };
  // An end tag in the thought would make a cut answer look finished.
  const tagged = [...THINK_TAGS, '<|begin_of_', '<|end_of_'].some((tag) => thought.includes(tag));
  return tagged ? { unwritable: 'tags-in-text' } : { text: thoughtOpening(form) + thought };
}
