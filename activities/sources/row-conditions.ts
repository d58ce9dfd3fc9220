import type { Condition } from '../../config/source.js';
import { readField } from './field-path.js';

const NUMBER = /-?\d+(?:\.\d+)?/;

/** Whether a source is to take a row: every condition holds. A row without the field meets none. Pure. */
export const fits = (row: unknown, conditions: readonly Condition[] = []): boolean =>
  conditions.every((condition) => holds(condition, readField(row, condition.field)));

function holds({ oneOf, atLeast, atMost }: Condition, value: unknown): boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
  if (oneOf && !oneOf.some((one) => String(one) === String(value))) return false;
  if (atLeast === undefined && atMost === undefined) return true;
  const number = numberOf(value);
  return number !== undefined && number >= (atLeast ?? -Infinity) && number <= (atMost ?? Infinity);
}

/** A number, or the first one in a text: sets write levels as "Level 5". */
function numberOf(value: string | number | boolean): number | undefined {
  if (typeof value === 'number') return value;
  const found = typeof value === 'string' ? NUMBER.exec(value)?.[0] : undefined;
  return found === undefined ? undefined : Number(found);
}
