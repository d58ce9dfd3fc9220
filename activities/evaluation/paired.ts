import { points, signedPoints } from '../plain-text.js';
import { resampledMeans } from './intervals.js';
import { mean, quantile } from './quantiles.js';
import { createRandom } from './random.js';
import { problemScore, type ProblemResult } from './results.js';

/** Two models on the same problems: what the second has over the first. Shares in [0, 1]. */
export interface PairedComparison {
  /** Problems that both were scored on; the others are left out. */
  readonly problems: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly first: number;
  readonly second: number;
  /** second - first. */
  readonly difference: number;
  /** 95 %, paired bootstrap over problems. */
  readonly low: number;
  readonly high: number;
  /** Problems on which the second did better, and worse. */
  readonly better: number;
  readonly worse: number;
  /** Chance of a difference as large between two models that are equally good; two-sided. */
  readonly p: number;
  readonly test: 'mcnemar' | 'sign-flip';
  /** About the smallest difference that would be larger than noise, as far as the models differ on these problems. */
  readonly visible: number;
  readonly verdict: 'higher' | 'lower' | 'within-noise' | 'not-comparable';
}

const LEVEL = 0.05;
const FLIPS = 10_000;
const EPSILON = 1e-9;

/**
 * Compares two models problem by problem, which sees much smaller differences than two intervals side by side. p is that of McNemar's exact test
 * [source] for one sample a problem, else of a sign-flip test over problems; the difference is larger than noise when p is below 5 % and its
 * bootstrap interval leaves out 0, so that few problems can't make much of little. Independent of the order of the problems. [ours]
 */
export function comparePaired(
  first: readonly ProblemResult[],
  second: readonly ProblemResult[],
  seed: string,
): PairedComparison {
  const [before, after] = [scoresById(first), scoresById(second)];
  const shared = [...before.keys()].filter((id) => after.has(id));
  const pairs = shared.map((id): [number, number] => [before.get(id) ?? 0, after.get(id) ?? 0]);
  const differences = pairs.map(([left, right]) => right - left);
  const counts = {
    problems: shared.length,
    onlyFirst: before.size - shared.length,
    onlySecond: after.size - shared.length,
  };
  const means = { first: mean(pairs.map(([left]) => left)), second: mean(pairs.map(([, right]) => right)) };
  const signs = {
    better: differences.filter((difference) => difference > EPSILON).length,
    worse: differences.filter((difference) => difference < -EPSILON).length,
  };
  return { ...counts, ...means, ...signs, ...weigh(differences, seed) };
}

function scoresById(problems: readonly ProblemResult[]): ReadonlyMap<string, number> {
  const scored = problems.flatMap((problem): [string, number][] => {
    const score = problemScore(problem);
    return score === undefined ? [] : [[problem.id, score]];
  });
  return new Map(scored);
}

type Weighed = Pick<PairedComparison, 'difference' | 'low' | 'high' | 'p' | 'test' | 'visible' | 'verdict'>;

function weigh(differences: readonly number[], seed: string): Weighed {
  if (differences.length === 0)
    return { difference: 0, low: -1, high: 1, p: 1, test: 'mcnemar', visible: 1, verdict: 'not-comparable' };
  const difference = mean(differences);
  const means = resampledMeans(differences, `paired/${seed}`);
  const [low, high] = [quantile(means, 0.025), quantile(means, 0.975)];
  const isWhole = differences.every((each) => Number.isInteger(each));
  const { p, visible } = isWhole ? mcNemar(differences) : { p: signFlip(differences, seed), visible: (high - low) / 2 };
  const test = isWhole ? 'mcnemar' : 'sign-flip';
  return { difference, low, high, p, test, visible, verdict: verdictOf({ low, high, p }) };
}

function verdictOf({ low, high, p }: Pick<Weighed, 'low' | 'high' | 'p'>): PairedComparison['verdict'] {
  if (p >= LEVEL || (low <= 0 && high >= 0)) return 'within-noise';
  return low > 0 ? 'higher' : 'lower';
}

/** The rarer direction stays as it is; the other needs so many problems. */
function mcNemar(differences: readonly number[]): Pick<Weighed, 'p' | 'visible'> {
  const better = differences.filter((difference) => difference > 0).length;
  const worse = differences.filter((difference) => difference < 0).length;
  const rarer = Math.min(better, worse);
  let needed = rarer + 1;
  while (exactMcNemar(needed, rarer) >= LEVEL) needed += 1;
  return { p: exactMcNemar(better, worse), visible: Math.min(1, (needed - rarer) / differences.length) };
}

/** McNemar's exact test: two-sided binomial test of the problems on which the models differ, each direction as likely. */
export function exactMcNemar(better: number, worse: number): number {
  const differing = better + worse;
  const rarer = Math.min(better, worse);
  let logTerm = -differing * Math.LN2;
  let tail = 0;
  for (let count = 0; count <= rarer; count += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((differing - count) / (count + 1));
  }
  return Math.min(1, 2 * tail);
}

/** Were the models equal, each problem's difference could as well have the other sign: how often is the sum then as large? */
function signFlip(differences: readonly number[], seed: string): number {
  const values = Float64Array.from(differences.filter((difference) => difference !== 0)).sort();
  const observed = Math.abs(values.reduce((sum, value) => sum + value, 0));
  const random = createRandom(`sign-flip/${seed}`);
  let asLarge = 0;
  for (let flip = 0; flip < FLIPS; flip += 1) {
    let [sum, bits] = [0, 0];
    for (let at = 0; at < values.length; at += 1) {
      bits = at % 32 === 0 ? random() : bits >>> 1;
      sum += (bits & 1) === 0 ? (values[at] ?? 0) : -(values[at] ?? 0);
    }
    if (Math.abs(sum) >= observed - EPSILON) asLarge += 1;
  }
  return (asLarge + 1) / (FLIPS + 1);
}

/** The comparison in plain words, of the second model against the first. */
export function comparisonWords(
  comparison: Pick<PairedComparison, 'problems' | 'difference' | 'low' | 'high' | 'p' | 'visible' | 'verdict'>,
  names: { readonly first: string; readonly second: string },
): string {
  const { problems, difference, low, high, p, visible, verdict } = comparison;
  if (verdict === 'not-comparable')
    return `${names.second} and ${names.first} share no problem that both were scored on.`;
  const side = difference >= 0 ? 'above' : 'below';
  const size = `${names.second} is ${points(Math.abs(difference))} points ${side} ${names.first} on the same ${problems} problems`;
  const chance = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
  const evidence = `${signedPoints(low)} to ${signedPoints(high)} at 95 %, ${chance}`;
  if (verdict !== 'within-noise') return `${size} (${evidence}): larger than noise.`;
  return `${size} (${evidence}): within noise, which here reaches to about ${points(visible)} points.`;
}
