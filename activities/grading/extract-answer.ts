import { lastBoxed } from './boxed.js';
import { withoutLatexNoise } from './latex-noise.js';
import { readPlainAnswer } from './plain-answer.js';
import { readUnit } from './units.js';

/**
 * The final answer as cut out of a solution. `boxed` and `stated` answers are the writer's own; a `guessed` one is the only number of the
 * last line, good enough to confirm an answer and too weak to refute one.
 */
export interface ExtractedAnswer {
  readonly text: string;
  readonly from: 'boxed' | 'stated' | 'guessed';
}

/** Longest piece of a line that is taken for an answer. */
const MAX_STATED_CHARS = 400;
/** Lines from the end in which a statement is looked for, empty ones not counted. */
const MAX_LINES = 400;
const MAX_WORDS = 8;

const END_OF_THOUGHT = /<\/think>|<\|begin_of_solution\|>/g;
const LABEL =
  /^(?:so,? )?(?:the |my |our )?(?:(?:final |correct )?(?:answers?|ans)|final (?:result|solution|value))\s?(?::|=|\uFF1A)\s?/i;
const HEADING = /^(?:the )?(?:final |correct )?answer$/i;
const LAST_LINE_LABEL = /^A\s?:\s?/;
const SENTENCE =
  /(?:\b(?:answers?|options?|choices?)(?: to (?:the|this) (?:question|problem))?|\bfinal (?:result|value)) (?:is|are|would be|must be|should be|will be)(?: (?:therefore|thus|then|simply|just|hence|indeed|equal to|given by|option|choice))*\s?:?\s?/gi;
const SENTENCE_END = /[.?](?=\s|$)|!\s*$|\s(?:because|since|which|where)\s|,\s(?:so|because|since|as|which|where)\s/i;
const DELIMITER_LINE =
  /^(?:\\\[|\\\]|\$\$|\\begin\{(?:align|equation|gather)\*?\}|\\end\{(?:align|equation|gather)\*?\}|[-*_=]{3,})$/;
const CALCULATOR_MARK = /<<[^<>\n]*(?:>>|$)/gm;

const NUMBER =
  /(?<![\p{L}\p{N}_^.,/])(?:[-\u2212]\s?)?(?:\\?[$€£]\s?)?(?:[-\u2212])?(?:(?:\d+ ?)?\\[dt]?frac\s?(?:\{-?\d+\}|\d)\s?(?:\{-?\d+\}|\d)|\d+(?:,\d{3})*(?:\.\d+)?(?:\s?\/\s?\d+)?|\.\d+)(?:\s?\\?%|\s?\^\s?\{?\\circ\}?|°)?(?![\p{N}_^])/gu;

const stated = (text: string): ExtractedAnswer => ({ text, from: 'stated' });

/** The text after the thinking; undefined when a thought was opened and never closed. */
function afterThought(text: string): string | undefined {
  const last = [...text.matchAll(END_OF_THOUGHT)].pop();
  if (last) return text.slice(last.index + last[0].length);
  return text.includes('<think>') ? undefined : text;
}

/** Lines without Markdown marks, empty and delimiter lines left out; the last MAX_LINES of them. */
function plainLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(CALCULATOR_MARK, '').trim())
    .filter((line) => line !== '' && !DELIMITER_LINE.test(line))
    .slice(-MAX_LINES);
}

const withoutMarkdown = (line: string): string =>
  line
    .replace(/^(?:[>#\s]|-\s)+/, '')
    .replace(/\*\*|__/g, '')
    .replace(/^\*\s/, '')
    .trim();

/** What a sentence says after "the answer is": up to its end, or up to a reason. */
function firstClause(text: string): string {
  const end = SENTENCE_END.exec(text);
  return (end ? text.slice(0, end.index) : text).trim();
}

function afterSentence(line: string): string | undefined {
  const last = [...line.slice(-4 * MAX_STATED_CHARS).matchAll(SENTENCE)].pop();
  if (!last) return undefined;
  const said = line.slice(-4 * MAX_STATED_CHARS).slice(last.index + last[0].length);
  return /^(?:not|wrong|incorrect|correct|right|invalid)\b/i.test(said) ? undefined : firstClause(said);
}

function statementIn(line: string, isLast: boolean): string | undefined {
  const heading = isLast ? /^#{4}\s*(.+)$/.exec(line) : null;
  if (heading?.[1]) return heading[1];
  const plain = withoutMarkdown(line);
  const label = LABEL.exec(plain) ?? (isLast ? LAST_LINE_LABEL.exec(plain) : null);
  if (label) return firstClause(plain.slice(label[0].length));
  return HEADING.test(plain) ? '' : afterSentence(plain);
}

/** The last statement. One that ends its line ("Answer:") is about the next line. */
function lastStatement(lines: readonly string[]): string | undefined {
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] ?? '';
    const said =
      statementIn(line, index === lines.length - 1) ?? (index === lines.length - 1 ? loneChoice(line) : undefined);
    if (said === undefined) continue;
    const answer = said === '' ? withoutMarkdown(lines[index + 1] ?? '') : said;
    if (isPlausible(answer)) return answer;
  }
  return undefined;
}

/** A sentence is no answer, although it may stand after "Answer:" ("Answer: let us first count ..."). */
function isPlausible(answer: string): boolean {
  return answer !== '' && answer.length <= MAX_STATED_CHARS && wordsOf(answer).length <= MAX_WORDS;
}

function wordsOf(text: string): readonly string[] {
  return text.replace(/\\[a-zA-Z]+/g, ' ').match(/\p{L}{3,}/gu) ?? [];
}

function loneChoice(line: string): string | undefined {
  return /^\W{0,4}(?:option\s)?\(?[A-J]\)?\W{0,4}$/.test(line) ? line.replace(/[*_]/g, '') : undefined;
}

function withUnit(piece: string, match: RegExpExecArray): string {
  const behind = /^\s?(?:\\text\s?\{\s*)?(\p{L}+)/u.exec(
    piece.slice(match.index + match[0].length, match.index + match[0].length + 40),
  );
  const unit = behind?.[1] ? readUnit(behind[1]) : undefined;
  return unit && unit !== 'none' && unit.kind === 'known' ? `${match[0]} ${behind?.[1] ?? ''}` : match[0];
}

/** The only number of a piece of text, with a unit from the table behind it. */
function onlyNumber(piece: string): string | undefined {
  const numbers = [...piece.matchAll(NUMBER)];
  const [first] = numbers;
  return first && numbers.length === 1 ? withUnit(piece, first).trim() : undefined;
}

function guess(lines: readonly string[]): ExtractedAnswer | undefined {
  const line = lines.at(-1)?.slice(-4 * MAX_STATED_CHARS) ?? '';
  const piece = line.slice(line.lastIndexOf('=') + 1);
  const number = onlyNumber(piece);
  return number === undefined ? undefined : { text: number, from: 'guessed' };
}

/** A statement in words ("about 18 dollars a day") is worth its only number; one that is an answer by itself stays whole. */
function settle(statement: string): ExtractedAnswer {
  const isPlain = readPlainAnswer(withoutLatexNoise(statement)) !== undefined;
  const number = isPlain || wordsOf(statement).length === 0 ? undefined : onlyNumber(statement);
  return number === undefined ? stated(statement) : { text: number, from: 'guessed' };
}

/**
 * Cuts the final answer out of a solution: the last box, else the last statement ("Answer: 5", "#### 5", "A: 5" in the last line, "the
 * answer is 5"), else the only number of the last line or of what follows its last "=". Undefined when there is none, or when the text was cut
 * off inside a thought or a box. Pure; linear in the text. [ours]
 */
export function extractAnswer(text: string): ExtractedAnswer | undefined {
  const solution = afterThought(text);
  if (solution === undefined) return undefined;
  const boxed = lastBoxed(solution);
  if (boxed.kind === 'answer') return { text: boxed.text, from: 'boxed' };
  if (boxed.kind === 'unclosed') return undefined;
  const lines = plainLines(solution);
  const statement = lastStatement(lines);
  return statement === undefined ? guess(lines) : settle(statement);
}
