import { hash } from 'node:crypto';

const ID_HEX_DIGITS = 32;
/** Super- and subscripts and vulgar fractions: NFKC would turn 2¹⁰ into 210 and 1½ into 11⁄2, which are other questions. */
const MEANINGFUL_FORMS = /[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209f\u2150-\u215f\u2189]+/;
const KEEPING_MEANINGFUL_FORMS = new RegExp(`(${MEANINGFUL_FORMS.source})`);

/**
 * The text that decides whether two questions are the same: Unicode NFKC (full-width forms, ligatures, no-break spaces), except that super-
 * and subscripts and fractions stay as they are; runs of white space become one space; none at the ends. Case and punctuation count [ours].
 */
export function normaliseQuestion(text: string): string {
  return compatible(text).replace(/\s+/g, ' ').trim();
}

/** Identity of a question wherever it came from: the first 32 hex digits of the SHA-256 of its normalised text (UTF-8). */
export const questionId = (text: string): string =>
  hash('sha256', normaliseQuestion(text), 'hex').slice(0, ID_HEX_DIGITS);

/** Key of a chain that came with its question: 64 hex digits, the form of a call key. */
export const sourceChainKey = (questionId: string, thought: string, solution: string): string =>
  hash('sha256', JSON.stringify([questionId, thought, solution]), 'hex');

function compatible(text: string): string {
  if (!MEANINGFUL_FORMS.test(text)) return text.normalize('NFKC');
  return text
    .split(KEEPING_MEANINGFUL_FORMS)
    .map((part, index) => (index % 2 === 0 ? part.normalize('NFKC') : part))
    .join('');
}
