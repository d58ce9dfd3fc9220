const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const number = (value: number): string => whole.format(value);
/** 1.2K, 3.4M: for charts; tables have the whole number. */
export const brief = (value: number): string => (value < 10_000 ? whole.format(value) : compact.format(value));
export const money = (value: number): string =>
  value === 0 ? '0' : value < 0.01 ? value.toFixed(6) : value.toFixed(2);
export const decimal = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
/** Of a perplexity. */
export const figure = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
/** A share of 1 as points of a hundred. */
export const points = (share: number): string => (100 * share).toFixed(1);
export const signedPoints = (share: number): string => `${share < 0 ? '\u2212' : '+'}${points(Math.abs(share))}`;
export const percent = (part: number, all: number): string =>
  all === 0 ? '-' : `${((100 * part) / all).toFixed(part === 0 || part === all ? 0 : 1)} %`;
export const level = (value: number | null): string => (value === null ? '-' : String(value));
