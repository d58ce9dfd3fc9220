import { InvalidArgumentError, Option } from 'commander';
import type { Quota } from '../../config/training-set.js';
import { defined, numberOf, repeated } from './flag-values.js';

/** A training set as flags say it; each replaces what a file says. */
export interface TrainingSetFlags {
  readonly name?: string;
  readonly setVersion?: string;
  readonly kernel?: string;
  readonly theta?: number;
  readonly beta?: number;
  readonly gamma?: number;
  readonly chainsPerQuestion?: number;
  readonly rows?: number;
  readonly seed?: number;
  readonly validationShare?: number;
  readonly quota?: readonly Quota[];
  readonly view?: readonly string[];
  readonly allowShort?: boolean;
}

/** Flags of a training set, in the order of the help. What their values may be is checked with the training set. */
export const trainingSetOptions = (): Option[] => [
  new Option('--name <name>', 'name of the training set; of several in a recipe, the one that is meant'),
  new Option('--set-version <version>', 'version of the training set'),
  new Option('--kernel <name>', 'how chains are drawn: omnithought, accept, bins or all'),
  new Option('--theta <cd>', 'capacity of the student, 0 to 9').argParser(numberOf),
  new Option('--beta <number>', 'how fast the weight falls above theta').argParser(numberOf),
  new Option('--gamma <number>', 'how fast the weight falls with the distance of RV from CD').argParser(numberOf),
  new Option('--chains-per-question <count>', 'chains drawn of each question').argParser(numberOf),
  new Option('--rows <count>', 'exact number of chains').argParser(numberOf),
  new Option('--seed <number>', 'another seed, another sample').argParser(numberOf),
  new Option('--validation-share <share>', 'share of the questions that is held out').argParser(numberOf),
  new Option(
    '--quota <bounds=chains>',
    'exact number of chains, such as "cd:3-5,rv:4,domain:math=500"; may be repeated',
  ).argParser((text: string, before: readonly Quota[] | undefined) => [...(before ?? []), parseQuota(text)]),
  new Option('--view <form>', 'form to write, such as messages; may be repeated').argParser(repeated),
  new Option('--allow-short', 'where the data can not fill rows or quotas, give what there is'),
];

const EXPECTED = 'Expected bounds and a number of chains, such as "cd:3-5,rv:4,domain:math=500".';

/** Reads `cd:3-5,rv:4,domain:math=500`. Throws InvalidArgumentError. */
export function parseQuota(text: string): Quota {
  const end = text.lastIndexOf('=');
  const chains = Number(text.slice(end + 1));
  if (end < 0 || !Number.isInteger(chains)) throw new InvalidArgumentError(EXPECTED);
  const bounds = text
    .slice(0, end)
    .split(',')
    .filter((part) => part !== '')
    .map(parseBound);
  return { ...Object.fromEntries(bounds), chains };
}

function parseBound(text: string): [string, unknown] {
  const [, field, value = ''] = /^(cd|rv|domain):(.+)$/.exec(text.trim()) ?? [];
  if (field === undefined) throw new InvalidArgumentError(EXPECTED);
  if (field === 'domain') return [field, value];
  const [, low, high = low] = /^(\d)(?:-(\d))?$/.exec(value) ?? [];
  if (low === undefined) throw new InvalidArgumentError(EXPECTED);
  return [field, [Number(low), Number(high)]];
}

/** What was written in a file, with the flags in place of its fields. A kernel of another name starts from its own defaults. */
export function withFlags(
  written: Readonly<Record<string, unknown>>,
  flags: TrainingSetFlags,
): Record<string, unknown> {
  const { kernel: name, theta, beta, gamma, chainsPerQuestion, setVersion, quota, view, ...same } = flags;
  const known = (written['kernel'] ?? {}) as Readonly<Record<string, unknown>>;
  const base = name === undefined || known['name'] === name ? known : { name };
  const kernel = { ...base, ...defined({ theta, beta, gamma, chainsPerQuestion }) };
  const { rows, seed, validationShare, allowShort } = same;
  return {
    ...written,
    ...defined({ name: same.name, version: setVersion, rows, seed, validationShare, allowShort, quotas: quota }),
    ...(view && { views: view.map((form) => ({ form })) }),
    ...(Object.keys(kernel).length > 0 && { kernel }),
  };
}
