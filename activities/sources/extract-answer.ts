import type { Fields } from '../../config/recipe.js';

const HASHES = '####';
const BOXED = '\\boxed';

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
      return lastBoxed(text);
  }
}

function afterHashes(text: string): Extracted {
  const at = text.lastIndexOf(HASHES);
  if (at < 0) return { fault: `expected "${HASHES}" before the answer, found none` };
  return nonEmpty(text.slice(at + HASHES.length), `found nothing after the last "${HASHES}"`);
}

/** Boxes nest and hold escaped braces, so braces are matched; a box without braces (`\boxed 5`) holds one token. */
function lastBoxed(text: string): Extracted {
  const at = text.lastIndexOf(BOXED);
  if (at < 0) return { fault: 'expected an answer in \\boxed{...}, found none' };
  const content = text.slice(at + BOXED.length).trimStart();
  if (!content.startsWith('{')) return nonEmpty(/^[^\s$\\]+/.exec(content)?.[0] ?? '', 'found an empty \\boxed');
  const end = closingBrace(content);
  return end < 0
    ? { fault: 'found a last \\boxed{ whose brace is never closed' }
    : nonEmpty(content.slice(1, end), 'found an empty \\boxed{}');
}

/** Index of the brace that closes the one at the beginning, or -1. */
function closingBrace(text: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\') index += 1;
    else if (character === '{') depth += 1;
    else if (character === '}' && (depth -= 1) === 0) return index;
  }
  return -1;
}

function nonEmpty(text: string, fault: string): Extracted {
  const answer = text.trim();
  return answer === '' ? { fault } : { answer };
}
