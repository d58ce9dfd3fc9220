/** What `\boxed` says in a text, and where it ends. `unclosed`: the last box was never closed, so the text was cut inside the answer. */
export type BoxedAnswer =
  | { readonly kind: 'answer'; readonly text: string; readonly end: number }
  | { readonly kind: 'unclosed' }
  | { readonly kind: 'none' };

interface Box {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const BOX = /\\f?boxed(?![a-zA-Z])|\\fbox(?![a-zA-Z])/g;
/** What may stand between boxes that form one answer together. */
const CONNECTOR = /^(?:\s|\$|\\[()[\],;: ]|,|;|and|or|\\text\s?\{\s*(?:and|or)?\s*\}|\\quad|\\qquad|\.)*$/;
const MAX_CONNECTOR_CHARS = 40;
const MAX_JOINED_BOXES = 8;

/** Index after the brace that closes the one at `open`; -1 when none does. Escaped braces don't count. */
function endOfGroup(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    const character = text[index];
    if (character === '\\') index++;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return index + 1;
  }
  return -1;
}

function boxAt(text: string, start: number, command: string): Box | undefined {
  let open = start + command.length;
  while (text[open] === ' ') open++;
  if (text[open] === '{') {
    const end = endOfGroup(text, open);
    return end < 0 ? undefined : { start, end, text: text.slice(open + 1, end - 1).trim() };
  }
  const bare = /^[^\s$\\.,;]{1,20}/.exec(text.slice(open, open + 20))?.[0] ?? '';
  return { start, end: open + bare.length, text: bare };
}

/** The boxes just before this one that belong to the same answer: `\boxed{1} and \boxed{2}`. */
function joinedWith(text: string, last: Box, starts: readonly RegExpExecArray[]): readonly string[] {
  const parts = [last.text];
  let next = last;
  for (const match of [...starts].reverse().slice(0, MAX_JOINED_BOXES)) {
    const box = boxAt(text.slice(0, next.start), match.index, match[0]);
    if (!box?.text || next.start - box.end > MAX_CONNECTOR_CHARS) break;
    if (!CONNECTOR.test(text.slice(box.end, next.start))) break;
    if (!parts.includes(box.text)) parts.unshift(box.text);
    next = box;
  }
  return parts;
}

/**
 * The content of the last `\boxed{}` or `\fbox{}` with matched braces; boxes joined by "and" or a comma are one answer. Empty boxes are
 * passed over. Pure; linear in the text.
 */
export function lastBoxed(text: string): BoxedAnswer {
  const starts = [...text.matchAll(BOX)];
  for (let match = starts.pop(); match; match = starts.pop()) {
    const box = boxAt(text, match.index, match[0]);
    if (!box) return { kind: 'unclosed' };
    if (box.text !== '') return { kind: 'answer', text: joinedWith(text, box, starts).join(', '), end: box.end };
  }
  return { kind: 'none' };
}
