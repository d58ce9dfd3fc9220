import type { Verdict } from './verdict.js';
import { mayBeRounded, multiply, sameValue, type ExactNumber, type Fraction } from './exact-number.js';
import { comparableText, MAX_ANSWER_CHARS, withoutLatexNoise } from './latex-noise.js';
import { readPlainAnswer, type PlainAnswer } from './plain-answer.js';
import { conversionsOf, type Unit } from './units.js';

/** What the fast path says. `forJudge`: undecided for a reason that algebra can't help with, so that Math-Verify is not asked. */
export interface FastVerdict {
  readonly verdict: Verdict;
  readonly note?: string;
  readonly forJudge?: true;
}

type Quantity = Extract<PlainAnswer, { kind: 'number' }>;

const EQUAL: FastVerdict = { verdict: 'equal' };
const DIFFERENT: FastVerdict = { verdict: 'different' };
const OPEN: FastVerdict = { verdict: 'undecided' };
const forJudge = (note: string): FastVerdict => ({ verdict: 'undecided', forJudge: true, note });

const HUNDREDTH: Fraction = { numerator: 1n, denominator: 100n };

function compareValues(left: ExactNumber, right: ExactNumber): FastVerdict {
  if (sameValue(left, right)) return EQUAL;
  return mayBeRounded(left, right)
    ? { ...OPEN, note: 'the numbers differ by less than their last decimal' }
    : DIFFERENT;
}

/** A percentage against a bare number: `25%` and `25` name the same answer to "what percentage"; near 1 the two readings can't be told apart. */
function comparePercentage(percentage: ExactNumber, bare: ExactNumber): FastVerdict {
  const isSmall = percentage.numerator ** 2n <= percentage.denominator ** 2n;
  if (sameValue(percentage, bare)) return isSmall ? forJudge('percentage or share?') : EQUAL;
  if (sameValue(multiply(percentage, HUNDREDTH), bare)) return { ...OPEN, note: 'percentage or share?' };
  return sameValue(percentage, multiply(bare, HUNDREDTH))
    ? forJudge('percentage or share?')
    : compareValues(percentage, bare);
}

function isConversion(left: ExactNumber, right: ExactNumber, unit: Unit): boolean {
  return conversionsOf(unit).some((ratio) => {
    const converted = multiply(left, ratio);
    return sameValue(converted, right) || mayBeRounded(converted, right);
  });
}

/** One side has a unit. The other is taken to mean the same unit, unless the number fits another unit of that kind. */
function compareWithBare(withUnit: Quantity & { unit: Unit }, bare: Quantity): FastVerdict {
  const { unit, number } = withUnit;
  if (unit.kind === 'known' && unit.name === '%') return comparePercentage(number, bare.number);
  const verdict = compareValues(number, bare.number);
  if (unit.kind === 'known' && unit.isLetter) return forJudge(`"${unit.name}" may be a unit or a variable`);
  if (unit.kind === 'known' && unit.dimension === 'count') {
    if (verdict.verdict === 'equal') return forJudge(`only one answer says "${unit.name}"`);
    return sameValue(multiply(number, unit.factor), bare.number) ? EQUAL : verdict;
  }
  if (verdict.verdict === 'different' && isConversion(number, bare.number, unit)) {
    return forJudge(`the numbers agree in another unit than ${unit.name}`);
  }
  return verdict;
}

function compareUnits(left: Quantity & { unit: Unit }, right: Quantity & { unit: Unit }): FastVerdict {
  if (left.unit.name === right.unit.name) return compareValues(left.number, right.number);
  const note = `different units: ${left.unit.name} and ${right.unit.name}`;
  if (left.unit.kind !== 'known' || right.unit.kind !== 'known') return forJudge(note);
  if (left.unit.isLetter && right.unit.isLetter) return forJudge(note);
  if (left.unit.dimension !== right.unit.dimension) {
    return [left.unit, right.unit].some((unit) => unit.dimension === 'count') ? forJudge(note) : { ...DIFFERENT, note };
  }
  const amounts = compareValues(multiply(left.number, left.unit.factor), multiply(right.number, right.unit.factor));
  return amounts.verdict === 'different' ? { ...DIFFERENT, note } : forJudge(`the same amount in ${note}`);
}

const hasUnit = (quantity: Quantity): quantity is Quantity & { unit: Unit } => quantity.unit !== undefined;

function compareQuantities(left: Quantity, right: Quantity): FastVerdict {
  if (hasUnit(left) && hasUnit(right)) return compareUnits(left, right);
  if (hasUnit(left)) return compareWithBare(left, right);
  return hasUnit(right) ? compareWithBare(right, left) : compareValues(left.number, right.number);
}

function compareClocks(left: PlainAnswer & { kind: 'clock' }, right: PlainAnswer & { kind: 'clock' }): FastVerdict {
  if (left.half === undefined && right.half === undefined) {
    return left.minutes === right.minutes ? EQUAL : forJudge('times of day or ratios?');
  }
  if (left.minutes !== right.minutes) return DIFFERENT;
  if (left.half === right.half) return EQUAL;
  return left.half && right.half ? DIFFERENT : forJudge('only one time says morning or afternoon');
}

function compareTruths(left: string, right: string): FastVerdict {
  if (left === right) return EQUAL;
  const isPair = (pair: readonly string[]): boolean => pair.includes(left) && pair.includes(right);
  return isPair(['yes', 'no']) || isPair(['true', 'false']) ? DIFFERENT : forJudge('yes or no against true or false');
}

function comparePlain(left: PlainAnswer, right: PlainAnswer): FastVerdict {
  if (left.kind === 'number' && right.kind === 'number') return compareQuantities(left, right);
  if (left.kind === 'choice' && right.kind === 'choice') return left.letter === right.letter ? EQUAL : DIFFERENT;
  if (left.kind === 'clock' && right.kind === 'clock') return compareClocks(left, right);
  if (left.kind === 'truth' && right.kind === 'truth') return compareTruths(left.word, right.word);
  return forJudge(`a ${left.kind} against a ${right.kind}`);
}

/** A number with a base (`1010_2`): Math-Verify drops the base. */
const WITH_BASE = /\d ?_ ?\{?\d/;

/**
 * Compares two answers without any mathematics library. `equal` and `different` only where both sides are understood completely (plain numbers,
 * units, choice letters, times of day) or are the same text; everything else is `undecided`. Symmetric, never throws, and takes time linear
 * in the texts. Pure. [ours]
 */
export function compareFast(reference: string, answer: string): FastVerdict {
  if (reference.trim() === '' || answer.trim() === '') return forJudge('an answer is empty');
  if (Math.max(reference.length, answer.length) > MAX_ANSWER_CHARS) {
    return reference.trim() === answer.trim()
      ? EQUAL
      : forJudge(`an answer is longer than ${MAX_ANSWER_CHARS} characters`);
  }
  const left = withoutLatexNoise(reference);
  const right = withoutLatexNoise(answer);
  if (left === right || comparableText(left) === comparableText(right)) return EQUAL;
  const plain = [readPlainAnswer(left), readPlainAnswer(right)] as const;
  if (plain[0] && plain[1]) return comparePlain(plain[0], plain[1]);
  const other = plain.find((one) => one !== undefined);
  if (other && other.kind !== 'number') return forJudge(`only one answer is a ${other.kind}`);
  if (WITH_BASE.test(left) || WITH_BASE.test(right)) return forJudge('number bases');
  return OPEN;
}
