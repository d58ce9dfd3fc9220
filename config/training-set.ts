import { z } from 'zod';
import type { Report } from './config-error.js';
import { Name } from './names.js';
import { TrainingViews } from './training-view.js';

/** Most rows that a training set may ask for; keeps counts far from where they stop being exact. */
const MAX_ROWS = 100_000_000;

const Rows = z.int().positive().max(MAX_ROWS);
const Seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const Level = z.int().min(0).max(9);
const Interval = z
  .tuple([Level, Level])
  .refine(([low, high]) => low <= high, 'expected the lower level first, such as [3, 5]')
  .describe('Lowest and highest level, both in: [3, 5] is 3, 4 and 5.');

const Theta = z
  .number()
  .min(0)
  .max(9)
  .describe(
    'Capacity of the student: chains with CD up to it weigh 1. The article has 5 for 7B and 7 for 32B [second-hand]; for another student measure the mean CD of its own chains.',
  );
const Beta = z
  .number()
  .min(0)
  .max(100)
  .default(0.5)
  .describe(
    'How fast the weight falls above theta: exp(-beta * (CD - theta)). The value is second-hand, its place in the formula ours.',
  );
const Gamma = z
  .number()
  .min(0)
  .max(100)
  .default(0.5)
  .describe(
    'How fast the weight falls with the distance of RV from CD: exp(-gamma * |RV - CD|) [ours]. 0: RV is left alone.',
  );

const OmniThoughtKernel = z
  .strictObject({
    name: z.literal('omnithought').describe('The kernel.'),
    theta: Theta,
    beta: Beta,
    gamma: Gamma,
    chainsPerQuestion: z.int().positive().max(64).default(1).describe('Chains drawn of each question [ours].'),
  })
  .describe(
    'Of every question draws chains without replacement, each with a probability proportional to its weight (methods 2.3).',
  );

const AcceptKernel = z
  .strictObject({ name: z.literal('accept').describe('The kernel.'), theta: Theta, beta: Beta, gamma: Gamma })
  .describe('Keeps each chain with its weight as the probability; a question may drop out [ours].');

const BinsKernel = z
  .strictObject({
    name: z.literal('bins').describe('The kernel.'),
    edges: z
      .array(z.int().min(0).max(10))
      .min(2)
      .max(11)
      .default([0, 3, 6, 10])
      .describe('Edges of the CD bins: [0, 3, 6, 10] is CD 0-2, 3-5 and 6-9.'),
    rvTargets: z.array(z.number().min(0).max(9)).min(1).max(10).describe('RV wanted in each bin.'),
    perBin: z
      .union([Rows, z.array(z.int().min(0).max(MAX_ROWS)).min(1).max(10)])
      .describe(
        'Chains of each bin: one number for all, or one a bin. Those with the RV nearest to the target are taken.',
      ),
  })
  .describe("CD bins with an RV target each and the nearest chains, for comparison with EasyDistill 2's mixer.");

const AllKernel = z
  .strictObject({ name: z.literal('all').describe('The kernel.') })
  .describe('Every accepted chain, scored or not; with rows or quotas, evenly at random.');

export const Kernel = z
  .discriminatedUnion('name', [OmniThoughtKernel, AcceptKernel, BinsKernel, AllKernel])
  .describe('How chains are drawn.');
export type Kernel = z.infer<typeof Kernel>;

export const Quota = z
  .strictObject({
    name: Name.optional().describe('For messages. Left out: made of the bounds, such as "cd 3-5".'),
    cd: Interval.optional(),
    rv: Interval.optional(),
    domain: z.string().min(1).max(64).optional().describe('Domain of the question, as in the rows.'),
    chains: Rows.describe('Chains wanted, exactly.'),
  })
  .describe('Exactly so many chains with these scores and this domain.');
export type Quota = z.infer<typeof Quota>;

const Portion = z
  .strictObject({
    name: Quota.shape.name,
    cd: Interval.optional(),
    rv: Interval.optional(),
    domain: Quota.shape.domain,
    share: z.number().gt(0).max(1).describe('Share of `rows`.'),
  })
  .describe('A share of the chains with these scores and this domain.');
export type Portion = z.infer<typeof Portion>;

const VerbositySplits = z
  .strictObject({
    minGap: z
      .int()
      .min(0)
      .max(8)
      .default(3)
      .describe('RV of neighbours differs by MORE than this: 3 means at least 4 (OmniThought).'),
    questions: Rows.optional().describe('Questions wanted, exactly; left out: all that have three such chains.'),
  })
  .describe('Three sets, short, medium and long, over the same questions: the verbosity experiment (methods 2.4).');

const TrainingSetFields = z.strictObject({
  name: Name.describe('Name of the training set.'),
  version: Name.default('v1').describe('Version of the training set. A published version is immutable.'),
  seed: Seed.default(0).describe('Another seed draws another sample.'),
  kernel: Kernel,
  quotas: z
    .array(Quota)
    .min(1)
    .max(100)
    .optional()
    .describe('Exact numbers of chains by scores and domain. They may not overlap.'),
  shares: z
    .array(Portion)
    .min(1)
    .max(100)
    .optional()
    .describe(
      'Exact shares of `rows` by scores and domain, in place of quotas: the mixture of a seed of any size. What is left of a chain goes to the largest remainders. They may not overlap; below 1 in all, the rest comes from chains of no share.',
    ),
  rows: Rows.optional().describe(
    'Exact number of chains in all, train and validation together. With quotas: the rest comes from chains of no quota.',
  ),
  verbositySplits: VerbositySplits.optional(),
  validationShare: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe(
      'Share of the questions held out for validation, with all their chains. Decided by a hash of the question alone: the same question is on the same side in every training set of this share [ours].',
    ),
  allowShort: z
    .boolean()
    .default(false)
    .describe(
      'true: when the data can not fill rows or quotas, give what there is and say so. false: fail before anything is written.',
    ),
  views: TrainingViews.prefault([{ form: 'messages' }]),
});

/** What a student is to be trained on, with every default filled in. */
export type TrainingSet = z.infer<typeof TrainingSetFields>;

/** One training set for one student, sampled from a published data set. Stands in a recipe under `trainingSets`, or in a file of its own. */
export const TrainingSet = TrainingSetFields.superRefine(checkTrainingSet, {
  when: ({ issues }) => issues.length === 0,
}).describe('A training set for one student.');
/** The training set as written. */
export type TrainingSetInput = z.input<typeof TrainingSetFields>;

/** Whether it looks at RV or CD: then chains without scores can not be drawn. */
export const drawsByScores = ({ kernel, quotas = [], shares = [], verbositySplits }: TrainingSet): boolean =>
  kernel.name !== 'all' || verbositySplits !== undefined || [...quotas, ...shares].some(({ cd, rv }) => cd ?? rv);

/** Quotas of a training set, those of its shares among them; undefined: it has neither. Pure. */
export function quotasOf({
  quotas,
  shares,
  rows,
}: Pick<TrainingSet, 'quotas' | 'shares' | 'rows'>): Quota[] | undefined {
  if (!shares || rows === undefined) return quotas;
  const exact = shares.map(({ share }) => share * rows);
  const total = Math.round(exact.reduce((sum, one) => sum + one, 0));
  const whole = exact.map(Math.floor);
  // Largest remainders; of equal ones the first.
  const order = exact.map((_one, index) => index).sort((a, b) => remainder(exact, b) - remainder(exact, a) || a - b);
  const missing = total - whole.reduce((sum, one) => sum + one, 0);
  const extra = new Set(order.slice(0, Math.max(0, missing)));
  return shares.map(({ share: _share, ...bounds }, index) => ({
    ...bounds,
    chains: (whole[index] ?? 0) + (extra.has(index) ? 1 : 0),
  }));
}

const remainder = (exact: readonly number[], index: number): number => (exact[index] ?? 0) % 1;

/** Name of a quota in messages and tables. */
export function quotaName({ name, cd, rv, domain }: Quota): string {
  const bounds = [interval('cd', cd), interval('rv', rv), domain].filter((part) => part !== undefined);
  return name ?? (bounds.join(' ') || 'any');
}

const interval = (what: string, bounds: readonly [number, number] | undefined): string | undefined =>
  bounds && `${what} ${bounds[0] === bounds[1] ? bounds[0] : bounds.join('-')}`;

/** Whether some chain could fit both: then it would be open which of the two it fills. */
function quotasOverlap(a: Quota, b: Quota): boolean {
  const meet = (one: readonly [number, number] | undefined, other: readonly [number, number] | undefined): boolean =>
    one === undefined || other === undefined || (one[0] <= other[1] && other[0] <= one[1]);
  const sameDomain = a.domain === undefined || b.domain === undefined || a.domain === b.domain;
  return meet(a.cd, b.cd) && meet(a.rv, b.rv) && sameDomain;
}

function checkTrainingSet(set: TrainingSet, context: z.core.$RefinementCtx): void {
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
  checkShares(set, report);
  checkBins(set, report);
  checkQuotas(set, report);
  checkSplits(set, report);
}

function checkShares({ kernel, quotas, shares, rows, verbositySplits }: TrainingSet, report: Report): void {
  if (!shares) return;
  if (rows === undefined) report(['rows'], 'expected rows: shares are of their number');
  if (quotas) report(['shares'], 'expected shares or quotas, not both');
  if (kernel.name === 'bins') report(['shares'], 'expected no shares: the kernel "bins" states its own in perBin');
  if (verbositySplits) report(['shares'], 'expected no shares beside verbositySplits');
  const sum = shares.reduce((total, { share }) => total + share, 0);
  if (sum > 1 + 1e-9) report(['shares'], `expected shares of at most 1 in all, found ${Number(sum.toFixed(6))}`);
  shares.forEach((portion, index) => {
    const asQuota = (one: Portion): Quota => ({ ...one, chains: 1 });
    const first = shares.findIndex((earlier) => quotasOverlap(asQuota(earlier), asQuota(portion)));
    if (first < index)
      report(
        ['shares', index],
        `expected shares of different chains, found "${quotaName(asQuota(portion))}", which overlaps shares[${first}]`,
      );
  });
}

function checkBins({ kernel, quotas, rows }: TrainingSet, report: Report): void {
  if (kernel.name !== 'bins') return;
  const bins = kernel.edges.length - 1;
  if (kernel.edges.some((edge, index) => index > 0 && edge <= (kernel.edges[index - 1] ?? edge)))
    report(['kernel', 'edges'], `expected rising edges such as [0, 3, 6, 10], found [${kernel.edges.join(', ')}]`);
  if (kernel.rvTargets.length !== bins)
    report(
      ['kernel', 'rvTargets'],
      `expected one target for each of the ${bins} bins, found ${kernel.rvTargets.length}`,
    );
  if (Array.isArray(kernel.perBin) && kernel.perBin.length !== bins)
    report(['kernel', 'perBin'], `expected one number for each of the ${bins} bins, found ${kernel.perBin.length}`);
  if (quotas !== undefined) report(['quotas'], 'expected no quotas: the kernel "bins" states its own in perBin');
  if (rows !== undefined) report(['rows'], 'expected no rows: the kernel "bins" states its own in perBin');
}

function checkQuotas({ quotas = [], rows }: TrainingSet, report: Report): void {
  quotas.forEach((quota, index) => {
    const first = quotas.findIndex((earlier) => quotasOverlap(earlier, quota));
    if (first < index)
      report(
        ['quotas', index],
        `expected quotas that share no chain, found "${quotaName(quota)}", which overlaps quotas[${first}]`,
      );
  });
  const wanted = quotas.reduce((sum, { chains }) => sum + chains, 0);
  if (rows !== undefined && rows < wanted)
    report(['rows'], `expected at least the ${wanted} chains of the quotas, found ${rows}`);
}

function checkSplits({ kernel, quotas, rows, verbositySplits }: TrainingSet, report: Report): void {
  if (verbositySplits === undefined) return;
  if (kernel.name !== 'all')
    report(['kernel'], `expected the kernel "all": verbositySplits chooses chains by RV alone, found "${kernel.name}"`);
  if (quotas !== undefined) report(['quotas'], 'expected no quotas beside verbositySplits');
  if (rows !== undefined) report(['rows'], 'expected verbositySplits.questions instead of rows');
}
