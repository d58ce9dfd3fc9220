import { Name } from '../config/names.js';
import { CommandError, EXIT } from './exit-codes.js';

/** A name that a user gave a run or schedule. Throws CommandError that says what a name is. */
export function runName(name: string, what: 'run name' | 'schedule name'): string {
  const parsed = Name.safeParse(name);
  if (parsed.success) return parsed.data;
  const expected = parsed.error.issues[0]?.message ?? 'is no name';
  throw new CommandError(
    `${what} ${JSON.stringify(name)}: ${expected}${what === 'run name' ? '; give one with --run' : ''}`,
    EXIT.badInput,
  );
}
