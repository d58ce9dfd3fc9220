import { readNumber, type ExactNumber } from './exact-number.js';
import { readUnit, type Unit } from './units.js';

/** An answer of a kind that is understood completely. */
export type PlainAnswer =
  | { readonly kind: 'number'; readonly number: ExactNumber; readonly unit: Unit | undefined }
  /** Upper case A-J. */
  | { readonly kind: 'choice'; readonly letter: string }
  /** A time of day; `minutes` after midnight or noon where the half of the day is unknown. */
  | { readonly kind: 'clock'; readonly minutes: number; readonly half: 'am' | 'pm' | undefined }
  | { readonly kind: 'truth'; readonly word: string };

const CURRENCY_BEFORE = /^([+-]? ?)(?:(US)?([$€£₹¥])|(?:USD|EUR|GBP) )( ?[+-]?)/;
const CHOICE_ALONE = /^(?:(?:[Oo]ption|[Cc]hoice|[Aa]nswer) ?)?\(? ?([A-J]) ?\)? ?[.):]?$/;
const CHOICE_IN_BRACKETS = /^(?:[Oo]ption |[Cc]hoice )?\( ?([A-Ja-j]) ?\) ?(?![-+*/^=\\<>]).*$/s;
const CHOICE_WITH_TEXT = /^([A-J])(?: ?[.:] | ?\) ?)(?=\S).*$/s;
const CLOCK = /^(\d{1,2})(?::(\d\d))? ?(?:([ap])\.? ?m\.?)?$/i;

function readChoice(text: string): PlainAnswer | undefined {
  const match = CHOICE_ALONE.exec(text) ?? CHOICE_IN_BRACKETS.exec(text) ?? CHOICE_WITH_TEXT.exec(text);
  return match?.[1] ? { kind: 'choice', letter: match[1].toUpperCase() } : undefined;
}

function readClock(text: string): PlainAnswer | undefined {
  const [, hourText, minuteText, letter] = CLOCK.exec(text) ?? [];
  if (hourText === undefined || (minuteText === undefined && letter === undefined)) return undefined;
  const hour = Number(hourText);
  const minute = Number(minuteText ?? 0);
  if (hour > 23 || minute > 59) return undefined;
  const written = letter?.toLowerCase() === 'p' ? 'pm' : letter ? 'am' : undefined;
  return { kind: 'clock', minutes: (hour % 12) * 60 + minute, half: hour > 12 ? 'pm' : written };
}

function readQuantity(text: string): PlainAnswer | undefined {
  const currency = CURRENCY_BEFORE.exec(text);
  const bare = currency ? `${currency[1] ?? ''}${currency[4] ?? ''}${text.slice(currency[0].length)}`.trim() : text;
  const read = readNumber(bare);
  if (!read) return undefined;
  const behind = readUnit(read.rest.trim());
  if (behind === undefined || (currency && behind !== 'none')) {
    return undefined;
  }
  const unit = currency ? readUnit(currency[3] ?? currency[0].trim()) : behind;
  return { kind: 'number', number: read.number, unit: unit === 'none' ? undefined : unit };
}

/** Reads an answer free of LaTeX noise; undefined when it is anything but one plain number, choice letter, time of day or truth value. Pure. */
export function readPlainAnswer(text: string): PlainAnswer | undefined {
  if (/^(?:yes|no|true|false)$/i.test(text)) return { kind: 'truth', word: text.toLowerCase() };
  return readClock(text) ?? readQuantity(text) ?? readChoice(text);
}
