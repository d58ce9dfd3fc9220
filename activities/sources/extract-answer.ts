import type { Fields } from '../../config/recipe.js';
import { lastBoxed } from '../grading/boxed.js';

const HASHES = '####';

/** The answer inside a text, or what is wrong with it. */
export type Extracted = { readonly answer: string } | { readonly fault: string };

/** Cuts the reference answer out of a field: the whole text, the last `\boxed{...}`, or what follows the last `####`. Never empty. */
export function extractAnswer(text: string, extract: Fields['extract']): Extracted {
  switch (extract) {
    case 'none':
      return nonEmpty(text, 'found an empty text');
    case 'hashes':
      return afterHashes(text);
    case 'boxed':
      return boxedAnswer(text);
  }
}

function afterHashes(text: string): Extracted {
  const at = text.lastIndexOf(HASHES);
  if (at < 0) return { fault: `expected "${HASHES}" before the answer, found none` };
  return nonEmpty(text.slice(at + HASHES.length), `found nothing after the last "${HASHES}"`);
}

function boxedAnswer(text: string): Extracted {
  const box = lastBoxed(text);
  if (box.kind === 'answer') return { answer: box.text };
  if (box.kind === 'unclosed') return { fault: 'found a last \\boxed{ whose brace is never closed' };
  return {
    fault: text.includes('\\boxed') ? 'found an empty \\boxed{}' : 'expected an answer in \\boxed{...}, found none',
  };
}

function nonEmpty(text: string, fault: string): Extracted {
  const answer = text.trim();
  return answer === '' ? { fault } : { answer };
}
