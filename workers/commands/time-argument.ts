import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses a time such as "90m" or "1h30m" on the command line. Milliseconds. */
export function timeOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)];
  const milliseconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
  if (milliseconds > 0 && parts.map(([part]) => part).join('') === text) return Math.round(milliseconds);
  throw new InvalidArgumentError('Expected a time such as "30s", "90m", "6h" or "1h30m".');
}
