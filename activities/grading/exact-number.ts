/** A number read from plain text, exact. `step` is one unit of the last written decimal: absent where nothing was rounded. */
export interface ExactNumber {
  readonly numerator: bigint;
  /** Always positive. */
  readonly denominator: bigint;
  readonly step?: Fraction;
}

export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Longest run of digits that is turned into a number; longer ones are compared as text only. */
const MAX_DIGITS = 4_000;
const MAX_EXPONENT = 1_000;

const DIGITS = '(?:[1-9]\\d{0,2}(?:,\\d{3})+(?!\\d)|\\d+)';
const DECIMAL = `(?:${DIGITS}(?:\\.\\d*)?|\\.\\d+)`;
/** An exponent of several digits counts only in braces: LaTeX reads `10^12` as 10^1 times 2, people as 10^{12}. */
const EXPONENT = '(?:\\{ ?([+-]?\\d{1,4}) ?\\}|([+-]?\\d)(?!\\d))';
const POWER = `(?: ?(?:\\\\times|\\\\cdot|\\*|x) ?10 ?\\^ ?${EXPONENT}|[eE]([+-]?\\d{1,4})(?![\\d.]))?`;
const INTEGER_GROUP = '(?:\\{ ?(-?\\d+) ?\\}|(\\d))';
const FRACTION = new RegExp(`^(?:(\\d+) ?)?\\\\frac ?${INTEGER_GROUP} ?${INTEGER_GROUP}`);
const SLASHED = /^(?:(\d+) )?(\d+) ?\/ ?(-?\d+)(?![\d.,])/;
const POWER_OF_TEN = new RegExp(`^10 ?\\^ ?${EXPONENT}`);
const DECIMAL_NUMBER = new RegExp(`^(${DECIMAL})${POWER}`);

interface Read {
  readonly number: ExactNumber;
  readonly rest: string;
}

const tenTo = (exponent: number): Fraction =>
  exponent >= 0
    ? { numerator: 10n ** BigInt(exponent), denominator: 1n }
    : { numerator: 1n, denominator: 10n ** BigInt(-exponent) };

const times = (left: Fraction, right: Fraction): Fraction => ({
  numerator: left.numerator * right.numerator,
  denominator: left.denominator * right.denominator,
});

export const multiply = (number: ExactNumber, factor: Fraction): ExactNumber => ({
  ...times(number, factor),
  ...(number.step && { step: times(number.step, factor) }),
});

export const sameValue = (left: Fraction, right: Fraction): boolean =>
  left.numerator * right.denominator === right.numerator * left.denominator;

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** The two differ by less than one unit of a written last decimal: one may be the other, rounded or cut off. */
export function mayBeRounded(left: ExactNumber, right: ExactNumber): boolean {
  const gap = {
    numerator: absolute(left.numerator * right.denominator - right.numerator * left.denominator),
    denominator: left.denominator * right.denominator,
  };
  const isWithin = (step: Fraction | undefined): boolean =>
    step !== undefined && gap.numerator * step.denominator < step.numerator * gap.denominator;
  return isWithin(left.step) || isWithin(right.step);
}

function mixed(whole: string | undefined, top: string, bottom: string): ExactNumber | undefined {
  const denominator = BigInt(bottom);
  if (denominator === 0n || (whole !== undefined && (top.startsWith('-') || denominator < 0n))) return undefined;
  const sign = denominator < 0n ? -1n : 1n;
  const numerator = BigInt(whole ?? '0') * denominator + BigInt(top);
  return { numerator: sign * numerator, denominator: sign * denominator };
}

function decimal(digits: string, exponent: number): ExactNumber | undefined {
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const [whole = '', decimals = ''] = digits.replaceAll(',', '').split('.');
  const scale = tenTo(exponent - decimals.length);
  const number = times({ numerator: BigInt(`${whole}${decimals}` || '0'), denominator: 1n }, scale);
  return decimals.length > 0 ? { ...number, step: scale } : number;
}

function readFraction(text: string, match: RegExpExecArray, groups: readonly (string | undefined)[]): Read | undefined {
  const [whole, top, bottom] = groups;
  const number = top !== undefined && bottom !== undefined ? mixed(whole, top, bottom) : undefined;
  return number && { number, rest: text.slice(match[0].length) };
}

function readUnsigned(text: string): Read | undefined {
  const fraction = FRACTION.exec(text);
  if (fraction)
    return readFraction(text, fraction, [fraction[1], fraction[2] ?? fraction[3], fraction[4] ?? fraction[5]]);
  const slashed = SLASHED.exec(text);
  if (slashed) return readFraction(text, slashed, slashed.slice(1));
  const power = POWER_OF_TEN.exec(text);
  const written = power ?? DECIMAL_NUMBER.exec(text);
  if (!written) return undefined;
  const exponent = (power ? written.slice(1) : written.slice(2)).find((group) => group !== undefined);
  const number = decimal(power ? '1' : (written[1] ?? ''), Number(exponent ?? 0));
  return number && { number, rest: text.slice(written[0].length) };
}

/**
 * Reads a number at the start of a text free of LaTeX noise: integers of up to 4,000 digits, thousands separators, decimals, powers of ten,
 * fractions (`\frac12`, `-3/4`), mixed numbers. Undefined when there is none. Pure.
 */
export function readNumber(text: string): Read | undefined {
  const sign = /^[+-] ?/.exec(text)?.[0] ?? '';
  if (/\d{4001}/.test(text) || text.length > 2 * MAX_DIGITS) return undefined;
  const read = readUnsigned(text.slice(sign.length));
  if (!read) return undefined;
  const numerator = sign.startsWith('-') ? -read.number.numerator : read.number.numerator;
  return { number: { ...read.number, numerator }, rest: read.rest };
}
