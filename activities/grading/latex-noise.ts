/** Longest answer that is looked into, in characters; a longer one is compared as text only, so that time stays bounded. */
export const MAX_ANSWER_CHARS = 4_000;

const DOLLAR_SIGN = '\uE000';

/** A row break (`\\\\`) is matched first, so that its second backslash is not taken for the start of a space. */
const SPACING =
  /(\\\\)|\\(?:[!,;: ]|q?quad(?![a-zA-Z])|(?:thin|med|thick|neg)space(?![a-zA-Z]))|[\u00A0\u2000-\u200B\u202F]/g;
const SIZING = /\\(?:left|right|big|Big|bigg|Bigg|bigl|bigr|displaystyle|textstyle|limits)(?![a-zA-Z])\.?/g;
const DELIMITERS = /\\[()[\]]/g;
const TEXT_GROUP =
  /\\(?:text(?:bf|rm|it|sf|tt|normal)?|math(?:rm|bf|it|sf|tt|normal)|mbox|hbox|operatorname|boldsymbol|bm)\s?\{([^{}]*)\}/g;
/** `**18**` is bold, `2**3` a power. */
const EMPHASIS = /(?<![\p{L}\p{N})])\*\*|\*\*(?![\p{L}\p{N}(])|__/gu;

/** Grouping of thousands by LaTeX or thin spaces (`3,\!250`, `1{,}000`, `12\,000`) becomes the plain comma form. */
const GROUPED = /(\d)(?:,\\! ?|\{,\}|\\,|\\ |[\u00A0\u2009\u202F])(?=\d{3}(?!\d))/g;

/** `$` is a mathematics delimiter in pairs and a currency sign alone or escaped. */
function settleDollars(text: string): string {
  const escaped = text.replace(/\\\$/g, DOLLAR_SIGN);
  const count = escaped.split('$').length - 1;
  return count % 2 === 0 ? escaped.replaceAll('$', ' ') : escaped.replace('$', DOLLAR_SIGN).replaceAll('$', ' ');
}

/** Most answers; there is nothing to remove. */
const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Text that was escaped once too often (`\\frac{1}{2}`): every backslash is double, as never in LaTeX with row breaks. */
function settleBackslashes(text: string): string {
  const isDoubled = /\\\\[a-zA-Z([]/.test(text) && !text.replaceAll('\\\\', '').includes('\\');
  return isDoubled ? text.replaceAll('\\\\', '\\') : text;
}

/**
 * Removes what LaTeX and Markdown add without changing the meaning: delimiters, sizes, spaces, `\text{}`, emphasis, several spellings of one
 * sign. A currency dollar stays as `$`. Pure; linear in the text.
 */
export function withoutLatexNoise(text: string): string {
  if (PLAIN_NUMBER.test(text)) return text;
  return settleDollars(settleBackslashes(text).replace(GROUPED, '$1,'))
    .replace(EMPHASIS, '')
    .replace(DELIMITERS, ' ')
    .replace(SIZING, '')
    .replace(TEXT_GROUP, ' $1 ')
    .replace(TEXT_GROUP, ' $1 ')
    .replace(SPACING, '$1 ')
    .replace(/\\[dtc]frac(?![a-zA-Z])/g, '\\frac')
    .replace(/\\%|\uFF05/g, '%')
    .replace(/\^\s?(?:\{\s?\\circ\s?\}|\\circ(?![a-zA-Z]))|\\degrees?(?![a-zA-Z])/g, '°')
    .replace(/[\u2212\u2013\uFE63\uFF0D]/g, '-')
    .replace(/[\u00D7]/g, '\\times ')
    .replaceAll('~', ' ')
    .replaceAll(DOLLAR_SIGN, '$')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(?<=[^.\s])\.$/, '')
    .trim();
}

/** Function names and operators that are mathematics although they are spelt with letters. */
const MATHEMATICAL_WORDS = new Set(
  'sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan log ln exp sqrt max min gcd lcm mod inf sup det lim deg'.split(
    ' ',
  ),
);

/** Words of a language in an answer: such an answer is no formula, whatever a formula reader would make of its letters. */
export function hasWords(answer: string): boolean {
  const formulas = answer.replace(/\\(?:begin|end)\{[a-zA-Z]*\}/g, ' ').replace(/\\[a-zA-Z]+/g, ' ');
  const words = formulas.match(/[\p{L}]{2,}/gu) ?? [];
  return words.some(
    (word) => (word.length > 2 || /^(?:no|or|is|of|in|at|to|am|pm)$/i.test(word)) && !MATHEMATICAL_WORDS.has(word),
  );
}

/** The form in which two answers free of LaTeX noise are compared as text: spaces that carry nothing are gone, and words don't depend on their case. */
export function comparableText(text: string): string {
  const tight = text.replace(/ ?([^\p{L}\p{N} ]) ?/gu, '$1').replace(/(?<=\p{N}) (?=\p{L})|(?<=\p{L}) (?=\p{N})/gu, '');
  return hasWords(text) ? tight.toLowerCase() : tight;
}
