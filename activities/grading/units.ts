import type { Fraction } from './exact-number.js';

/** A unit after a number. `known`: from the table; `words`: a label such as "apples", of which only sameness can be told. */
export type Unit =
  | {
      readonly kind: 'known';
      readonly name: string;
      readonly dimension: string;
      readonly factor: Fraction;
      readonly isLetter: boolean;
    }
  | { readonly kind: 'words'; readonly name: string };

/** dimension: `names (the first is canonical) = how many base units`, one unit after another. */
const TABLE: Readonly<Record<string, string>> = {
  length:
    'mm millimeter millimetre = 1/1000; cm centimeter centimetre = 1/100; dm decimeter = 1/10; m meter metre = 1; km kilometer kilometre kms = 1000; ' +
    'inch inches in = 254/10000; ft foot feet = 3048/10000; yd yard = 9144/10000; mi mile = 1609344/1000',
  mass: 'mg milligram = 1/1000; g gram gm = 1; kg kilogram kgs = 1000; lb lbs pound = 45359237/100000; oz ounce = 45359237/1600000; ton = 907184740/1000; tonne = 1000000',
  time: 'ms millisecond = 1/1000; s sec second = 1; min mins minute = 60; h hr hrs hour = 3600; day = 86400; week wk = 604800',
  months: 'month = 1; year yr = 12; decade = 120; century centuries = 1200',
  volume:
    'mL ml milliliter millilitre = 1/1000; L l liter litre = 1; gal gallon = 3785411784/1000000000; quart qt = 946352946/1000000000; pint = 473176473/1000000000; cup = 2365882365/10000000000',
  dollars: '$ dollar usd us$ buck = 1; cent ¢ = 1/100; dime = 1/10; nickel = 1/20; quarter = 1/4',
  euros: '€ euro eur = 1',
  pounds: '£ gbp = 1',
  rupees: '₹ rupee inr = 1',
  yen: '¥ yen = 1',
  yuan: 'yuan rmb = 1',
  angle: '° degree deg = 1',
  angleRadians: 'radian rad = 1',
  temperatureCelsius: '°C degreecelsius degreesc celsius = 1',
  temperatureFahrenheit: '°F degreefahrenheit fahrenheit = 1',
  percent: '% percent percentage pct = 1',
  count:
    'dozen = 12; hundred = 100; thousand = 1000; million = 1000000; billion = 1000000000; trillion = 1000000000000; pair = 2',
  speed: 'mph = 1; kmh kph kmph = 1000000/1609344; knot = 1852/1609',
  newton: 'N newton = 1',
  joule: 'J joule = 1; kJ = 1000; kcal = 4184; calorie = 4184/1000',
  watt: 'W watt = 1; kW kilowatt = 1000',
  volt: 'V volt = 1',
  ampere: 'A amp ampere = 1; mA = 1/1000',
  ohm: 'ohm \\Omega Ω = 1',
  pascal: 'Pa pascal = 1; kPa = 1000; atm = 101325',
  mole: 'mol mole = 1',
  kelvin: 'K kelvin = 1',
  hertz: 'Hz hertz = 1; kHz = 1000; MHz = 1000000',
};

interface Known {
  readonly name: string;
  readonly dimension: string;
  readonly factor: Fraction;
}

function tableOfUnits(): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  for (const [dimension, line] of Object.entries(TABLE)) {
    for (const entry of line.split(';')) {
      const [names = '', value = ''] = entry.split('=').map((part) => part.trim());
      const [numerator = '1', denominator = '1'] = value.split('/');
      const unit = names.split(' ');
      const factor = { numerator: BigInt(numerator), denominator: BigInt(denominator) };
      for (const name of unit) known.set(name, { name: unit[0] ?? name, dimension, factor });
    }
  }
  return known;
}

const KNOWN = tableOfUnits();

/** Units that say nothing: `100 square units` is `100`. */
const EMPTY_UNIT = /^(?:(?:square|sq|cubic|cu)?\.? ?units?(?:\^ ?\{?[23]\}?|[²³])?|total|altogether|in total|in all)$/i;

/**
 * Words that change a number or join two statements, so that a phrase with one of them is no label. "5 thousand" is in the table,
 * since a factor is known; "5 squared" or "2 pi" is a different number altogether.
 */
const NOT_A_LABEL =
  /^(?:pi|half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|hundredths?|thousandths?|squared|cubed|square|cube|root|factorial|or|and|nor|not|but|less|more|fewer|than|least|most|times|plus|minus|over|by|to|from|if|when|is|are|was|equals?|about|approximately|around|dozens?|hundreds?|thousands?|millions?|billions?|trillions?|scores?|base|mod|modulo|point|remainder|percent|am|pm|th|st|nd|rd|e|i)$/i;

const singular = (word: string): string =>
  word.length > 3 ? word.replace(/(?<=(?:s|x|ch|sh))es$|(?<!s)s$/, '') : word;

function knownUnit(word: string): Known | undefined {
  const lower = word.toLowerCase();
  return KNOWN.get(word) ?? KNOWN.get(lower) ?? KNOWN.get(singular(lower));
}

const toThe = (factor: Fraction, power: number): Fraction => ({
  numerator: factor.numerator ** BigInt(power),
  denominator: factor.denominator ** BigInt(power),
});

function knownPower(phrase: string): Known | undefined {
  const match = /^(?:(square|sq|cubic|cu)\.? ?)?([^\s^²³]+?)\.?(?: ?\^ ?\{?([23])\}?|([²³])| (squared|cubed))?$/i.exec(
    phrase,
  );
  if (!match?.[2]) return undefined;
  const unit = knownUnit(match[2]);
  const written = match[3] ?? match[4] ?? match[5] ?? match[1];
  if (!unit || written === undefined) return unit;
  const power = /^(?:2|²|sq)/i.test(written) ? 2 : 3;
  return { name: `${unit.name}^${power}`, dimension: `${unit.dimension}^${power}`, factor: toThe(unit.factor, power) };
}

function knownRatio(phrase: string): Known | undefined {
  const parts = phrase.split(/ ?\/ ?| per | an? (?=\S+$)/);
  const [above, below] = parts.map(knownPower);
  if (parts.length === 1) return above;
  if (parts.length !== 2 || !above || !below) return undefined;
  return {
    name: `${above.name}/${below.name}`,
    dimension: `${above.dimension}/${below.dimension}`,
    factor: {
      numerator: above.factor.numerator * below.factor.denominator,
      denominator: above.factor.denominator * below.factor.numerator,
    },
  };
}

function label(phrase: string): Unit | undefined {
  const words = phrase.toLowerCase().split(/[\s/-]+/);
  const isLabel = words.length <= 5 && words.every((word) => /^\p{L}+['’]?s?$/u.test(word) && !NOT_A_LABEL.test(word));
  return isLabel && words.some((word) => word.length > 2)
    ? { kind: 'words', name: words.map(singular).join(' ') }
    : undefined;
}

/** What stands behind a number, without surrounding spaces: a unit, `none` when it says nothing, undefined when it is not understood. */
export function readUnit(phrase: string): Unit | 'none' | undefined {
  if (phrase === '' || EMPTY_UNIT.test(phrase)) return 'none';
  if (phrase.length > 80) return undefined;
  const known = knownRatio(phrase);
  if (known) return { kind: 'known', ...known, isLetter: /^\p{L}$/u.test(phrase) };
  return label(phrase);
}

/** How many of one unit make another of its dimension, for every other unit: the ratios by which a bare number may be meant. */
export function conversionsOf(unit: Unit): readonly Fraction[] {
  if (unit.kind !== 'known') return [];
  return [...KNOWN.values()]
    .filter((other) => other.dimension === unit.dimension)
    .map(({ factor }) => ({
      numerator: unit.factor.numerator * factor.denominator,
      denominator: unit.factor.denominator * factor.numerator,
    }));
}
