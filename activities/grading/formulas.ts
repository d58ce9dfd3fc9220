import { hasWords, withoutLatexNoise } from './latex-noise.js';
import { readUnit } from './units.js';

/** Two answers made ready for a formula reader, or the reason why they are not fit for one. */
export type Formulas =
  | { readonly kind: 'fit'; readonly gold: string; readonly target: string }
  | { readonly kind: 'unfit'; readonly note: string };

/** Longest formula that Math-Verify is asked about. */
const MAX_FORMULA_CHARS = 600;
const MAX_UNIT_WORDS = 4;

interface Measured {
  readonly value: string;
  readonly unit: string | undefined;
}

/** Cuts a unit of the table (of more than one letter) off the end of an expression such as `3\sqrt{2} cm`. */
function splitUnit(text: string): Measured {
  const words = text.split(' ');
  for (let count = Math.min(MAX_UNIT_WORDS, words.length - 1); count > 0; count--) {
    const unit = readUnit(words.slice(-count).join(' '));
    const isUnit = unit === 'none' || (unit?.kind === 'known' && !unit.isLetter && unit.name !== '%');
    if (isUnit) return { value: words.slice(0, -count).join(' '), unit: unit === 'none' ? undefined : unit.name };
  }
  return { value: text, unit: undefined };
}

/** The name of a value: `x`, `x_1`, `f(x)`, `\theta`, `Area`. */
const NAME = /^\\?[a-zA-Z]+(?: ?_ ?(?:\w|\{\w+\}))?(?: ?\( ?\w ?\))?$/;
/** Sides of equalities and nothing else; a comma or another relation makes more than one statement. */
const EQUALITIES = /^[^<>,;]+=[^<>,;]+$/;
const RELATION = /[=<>]|\\(?:n?[lg]eq?|neq?|in|approx|sim|equiv)(?![a-zA-Z])/;

/** Where only one answer is an equation, and it names a value or calculates with numbers, its last side is what it says: `x = 5`, `18 + 2 = 20`. */
function valueOf(text: string, other: string): string {
  if (RELATION.test(other) || !EQUALITIES.test(text)) return text;
  const sides = text.split('=').map((side) => side.trim());
  const [first = '', last = ''] = [sides[0], sides.at(-1)];
  const isCalculation = !/[a-zA-Z]/.test(text.replace(/\\[a-zA-Z]+/g, ''));
  return last !== '' && (NAME.test(first) || isCalculation) ? last : text;
}

type Brackets = 'round' | 'curly' | 'other' | 'none';

/** How a list of several things is bracketed; undefined for anything that is no list. */
function bracketsOf(text: string): Brackets | undefined {
  if (!text.includes(',') || RELATION.test(text)) return undefined;
  if (/^\([^()[\]]*\)$/.test(text)) return 'round';
  if (/^\\\{.*\\\}$/.test(text)) return 'curly';
  return /^[[(].*[\])]$/.test(text) ? 'other' : 'none';
}

/** Order counts in `(1, 2)` and not in `\{1, 2\}`; a bare list is read as the other side is written. */
function alignBrackets(text: string, other: string): string | undefined {
  const [mine, others] = [bracketsOf(text), bracketsOf(other)];
  if (mine === undefined || others === undefined || mine === others) return text;
  if (mine === 'none') return others === 'round' ? `(${text})` : text;
  const isOrderInDoubt = (mine === 'curly') !== (others === 'curly') && others !== 'none';
  return isOrderInDoubt ? undefined : text;
}

const joined = (text: string): string => text.replace(/,? ?(?<![a-zA-Z\\])(?:and|or)(?![a-zA-Z]) ?/g, ', ');

/** Signs as a LaTeX reader wants them; a currency sign before a formula is its unit and says nothing there. */
const asLatex = (text: string): string => text.replaceAll('$', '').replaceAll('%', '\\%').replaceAll('°', '^\\circ ');

/**
 * Prepares two answers for Math-Verify: noise and units removed, equations reduced to what they say, lists bracketed alike. Unfit are answers
 * in words, different units and long formulas: a reader would take the letters of "Monday" for a product. Pure. [ours]
 */
export function formulasOf(reference: string, answer: string): Formulas {
  const [left, right] = [reference, answer].map((text) => splitUnit(joined(withoutLatexNoise(text))));
  if (!left || !right) return { kind: 'unfit', note: 'no answer' };
  if (left.unit !== undefined && right.unit !== undefined && left.unit !== right.unit) {
    return { kind: 'unfit', note: `different units: ${left.unit} and ${right.unit}` };
  }
  const gold = valueOf(left.value, right.value);
  const target = valueOf(right.value, left.value);
  if (hasWords(gold) || hasWords(target)) return { kind: 'unfit', note: 'an answer in words' };
  if (Math.max(gold.length, target.length) > MAX_FORMULA_CHARS) return { kind: 'unfit', note: 'a long formula' };
  const aligned = { gold: alignBrackets(gold, target), target: alignBrackets(target, gold) };
  if (aligned.gold === undefined || aligned.target === undefined) {
    return { kind: 'unfit', note: 'lists in different brackets' };
  }
  return { kind: 'fit', gold: asLatex(aligned.gold), target: asLatex(aligned.target) };
}
