import type { AskRange } from '../config/ask-estimate.js';
import type { Benchmark } from '../config/benchmark.js';
import type { Deployment } from '../config/deployment.js';
import type { Recipe } from '../config/recipe.js';
import type { Sampling } from '../config/sampling.js';
import type { TrainingPresets } from '../config/training-preset.js';

/** Nobody knows how long answers will be: a quarter of the token limit, before a small run has shown it [ours]. */
const MEAN_SHARE_OF_LIMIT = 0.25;
/** Where no limit is given. [ours] */
const UNLIMITED_MEAN_TOKENS = 2_000;
/** Instructions and a question. [ours] */
export const PROMPT_TOKENS = 400;

/** What a plan is made against. */
export interface PlanContext {
  readonly deployment: Deployment;
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
  readonly presets: TrainingPresets;
}

/** What is expected under the assumptions of a plan, and what it can be at most. */
export interface Bounds {
  readonly expected: number;
  readonly most: number;
}

/** Rows of all sources at most; undefined: one of them has no limit. */
export function sumOfLimits({ sources }: Pick<Recipe, 'sources'>): number | undefined {
  const limits = sources.flatMap(({ limit }) => limit ?? []);
  return limits.length < sources.length ? undefined : limits.reduce((sum, limit) => sum + limit, 0);
}

/** Tokens of an answer, on average. */
export const meanTokens = ({ maxTokens }: Pick<Sampling, 'maxTokens'>): number =>
  maxTokens === undefined ? UNLIMITED_MEAN_TOKENS : Math.round(maxTokens * MEAN_SHARE_OF_LIMIT);

/** Tokens of an answer at most; where no limit is given, four times the mean [ours]. */
export const mostTokens = ({ maxTokens }: Pick<Sampling, 'maxTokens'>): number =>
  maxTokens ?? UNLIMITED_MEAN_TOKENS / MEAN_SHARE_OF_LIMIT;

/** Mean length of a chain: that of the teachers, each as often as it writes one. */
export function chainTokens({ teachers }: Recipe): number {
  const chains = teachers.reduce((sum, teacher) => sum + teacher.chains, 0);
  return teachers.reduce((sum, teacher) => sum + teacher.chains * meanTokens(teacher.sampling), 0) / chains;
}

/** Longest chain that a teacher may write. */
export const longestChain = ({ teachers }: Recipe): number =>
  Math.max(...teachers.map(({ sampling }) => mostTokens(sampling)));

/** Seconds that tokens take; null: nobody said how fast it is. */
export const secondsFor = (tokens: number, tokensPerSecond: number | undefined): number | null =>
  tokensPerSecond === undefined ? null : tokens / tokensPerSecond;

/** As {@link secondsFor}. */
export const rangeOfSeconds = ({ least, most }: AskRange, tokensPerSecond: number | undefined): AskRange | null =>
  tokensPerSecond === undefined ? null : { least: least / tokensPerSecond, most: most / tokensPerSecond };

/** Model of the deployment that a student is trained from in the end: it decides how fast it is trained and served. */
export function backboneOf(name: string, { students = [] }: Recipe): string | undefined {
  // A chain of bases is as long as there are students at most: a recipe has no circles.
  let student = students.find((one) => one.name === name);
  for (let step = 0; step < students.length && student && 'student' in student.base; step += 1) {
    const { student: base } = student.base;
    student = students.find((one) => one.name === base);
  }
  return student && 'model' in student.base ? student.base.model : undefined;
}
