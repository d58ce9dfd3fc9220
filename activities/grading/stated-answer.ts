/** Longest piece of a line that is taken for an answer, and the most words in it. */
const MAX_STATED_CHARS = 400;
const MAX_WORDS = 8;
/** The end of a line that is searched for a statement. */
const MAX_LINE_CHARS = 1_600;

const LABEL =
  /^(?:so,? )?(?:the |my |our )?(?:(?:final |correct )?(?:answers?|ans)|final (?:result|solution|value))\s?(?::|=|\uFF1A)\s?/i;
const HEADING = /^(?:the )?(?:final |correct )?answer$/i;
const LAST_LINE_LABEL = /^A\s?:\s?/;
const LAST_LINE_HASHES = /^####\s*(.+)$/;
const LONE_CHOICE = /^\W{0,4}(?:option\s)?\(?[A-J]\)?\W{0,4}$/;
const SENTENCE =
  /(?:\b(?:answers?|options?|choices?)(?: to (?:the|this) (?:question|problem))?|\bfinal (?:result|value)) (?:is|are|would be|must be|should be|will be)(?: (?:therefore|thus|then|simply|just|hence|indeed|equal to|given by|option|choice))*\s?:?\s?/gi;
const SENTENCE_END = /[.?](?=\s|$)|!\s*$|\s(?:because|since|which|where)\s|,\s(?:so|because|since|as|which|where)\s/i;
const NO_ANSWER = /^(?:not|wrong|incorrect|correct|right|invalid)\b/i;

const withoutMarkdown = (line: string): string =>
  line
    .replace(/^(?:[>#\s]|-\s)+/, '')
    .replace(/\*\*|__/g, '')
    .replace(/^\*\s/, '')
    .trim();

/** Words of at least three letters that are no LaTeX commands. */
export function wordsOf(text: string): readonly string[] {
  return text.replace(/\\[a-zA-Z]+/g, ' ').match(/\p{L}{3,}/gu) ?? [];
}

/** A sentence is no answer, although it may stand after "Answer:" ("Answer: let us first count ..."). */
const isPlausible = (answer: string): boolean =>
  answer !== '' && answer.length <= MAX_STATED_CHARS && wordsOf(answer).length <= MAX_WORDS;

/** What is said up to the end of the sentence, or up to a reason. */
function firstClause(text: string): string {
  const end = SENTENCE_END.exec(text);
  return (end ? text.slice(0, end.index) : text).trim();
}

function afterSentence(text: string): string | undefined {
  const line = text.slice(-MAX_LINE_CHARS);
  const last = [...line.matchAll(SENTENCE)].pop();
  if (!last) return undefined;
  const said = line.slice(last.index + last[0].length);
  return NO_ANSWER.test(said) ? undefined : firstClause(said);
}

function afterLabel(plain: string, isLast: boolean): string | undefined {
  const label = LABEL.exec(plain) ?? (isLast ? LAST_LINE_LABEL.exec(plain) : null);
  const said = label ? plain.slice(label[0].length) : undefined;
  return said === undefined ? undefined : (afterSentence(said) ?? firstClause(said));
}

function statementIn(line: string, isLast: boolean): string | undefined {
  const hashes = isLast ? LAST_LINE_HASHES.exec(line)?.[1] : undefined;
  if (hashes !== undefined) return hashes;
  const plain = withoutMarkdown(line);
  if (HEADING.test(plain)) return '';
  const said = afterLabel(plain, isLast) ?? afterSentence(plain);
  return said === undefined && isLast && LONE_CHOICE.test(plain) ? plain : said;
}

/**
 * The last statement of the answer: "Answer: X" and "the answer is X" anywhere, "#### X", "A: X" and a lone choice letter in the last line.
 * A statement that ends its line is about the next line. Undefined when there is none, or when what it says is a sentence.
 *
 * @param lines lines that are not empty
 */
export function lastStatement(lines: readonly string[]): string | undefined {
  for (let index = lines.length - 1; index >= 0; index--) {
    const said = statementIn(lines[index] ?? '', index === lines.length - 1);
    if (said === undefined) continue;
    const answer = said === '' ? withoutMarkdown(lines[index + 1] ?? '') : said;
    if (isPlausible(answer)) return answer;
  }
  return undefined;
}
