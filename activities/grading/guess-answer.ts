import { hasWords, withoutLatexNoise } from './latex-noise.js';
import { readUnit } from './units.js';

/** Longest piece at the end of a line that is looked into. */
const MAX_PIECE_CHARS = 1_600;

const FORMULA = /\$\$([^$]+)\$\$|(?<!\\)\$([^$]+)(?<!\\)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]/g;
/** A number in text free of LaTeX noise that is no part of a word, an index or a longer number. */
const NUMBER =
  /(?<![\p{L}\p{N}_^.,/])(?:- ?)?(?:[$€£] ?)?-?(?:(?:\d+ ?)?\\frac ?(?:\{ ?-?\d+ ?\}|\d) ?(?:\{ ?-?\d+ ?\}|\d)|\d+(?:,\d{3})*(?:\.\d+)?(?: ?\/ ?\d+)?|\.\d+)(?: ?%| ?°)?(?![\p{N}_^])/gu;

/** The number with the unit of the table that stands behind it, so that units are compared and not lost. */
function withUnit(piece: string, match: RegExpExecArray): string {
  const behind = piece.slice(match.index + match[0].length);
  const word = /^ ?(\p{L}{1,20})(?!\p{L})/u.exec(behind)?.[1];
  const unit = word === undefined ? undefined : readUnit(word);
  return word !== undefined && unit !== 'none' && unit?.kind === 'known' ? `${match[0]} ${word}` : match[0];
}

function onlyNumber(text: string): string | undefined {
  const piece = withoutLatexNoise(text);
  const numbers = [...piece.matchAll(NUMBER)];
  const [first] = numbers;
  return first && numbers.length === 1 ? withUnit(piece, first).trim() : undefined;
}

function onlyFormula(text: string): string | undefined {
  const formulas = [...text.matchAll(FORMULA)].map(
    (match) => match.slice(1).find((group) => group !== undefined) ?? '',
  );
  const outside = text.replace(FORMULA, ' ');
  const isOnly = formulas.length === 1 && !/\d/.test(outside) && /[\p{L}\p{N}]/u.test(formulas[0] ?? '');
  return isOnly ? formulas[0]?.trim() : undefined;
}

/**
 * What a line without a statement may give as the answer: its only formula, the line itself when it is one, its only number, or the only
 * number after its last "=". Undefined when there are several candidates. Pure.
 */
export function guessAnswer(line: string): string | undefined {
  const piece = line.slice(-MAX_PIECE_CHARS);
  const formula = onlyFormula(piece);
  if (formula !== undefined) return formula;
  const plain = withoutLatexNoise(piece);
  if (plain.length <= MAX_PIECE_CHARS / 4 && !hasWords(plain) && /[\p{L}\p{N}]/u.test(plain)) return plain;
  return onlyNumber(piece) ?? onlyNumber(piece.slice(piece.lastIndexOf('=') + 1));
}
