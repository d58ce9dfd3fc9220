import { InvalidArgumentError } from 'commander';

/** Parses a whole number of 1 to `most` on the command line. */
export const countUpTo =
  (most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= 1 && count <= most) return count;
    throw new InvalidArgumentError(`Expected a whole number, 1 to ${most.toLocaleString('en')}.`);
  };
