import type { Deployment } from '../config/deployment.js';
import type { Recipe } from '../config/recipe.js';
import { improveOfRound, type SelfImprove } from '../config/self-improve.js';
import type { Student } from '../config/student.js';
import { chainsToAsk } from '../workflows/question/machine.js';
import {
  backboneOf,
  longestChain,
  chainTokens,
  meanTokens,
  mostTokens,
  PROMPT_TOKENS,
  secondsFor,
  sumOfLimits,
  type Bounds,
  type PlanContext,
} from './plan-assumptions.js';
import type { PlannedEvaluation } from './planned-evaluation.js';
import { speedOf, trainingWork, type PlannedTraining } from './planned-training.js';

/** Reading is so much faster than training or writing [ours]: a pass forward is a third of a training's, and reads many tokens at once. */
const READING_SPEED = 3;
const SECONDS_PER_HOUR = 3600;

/** A step of a round. */
export interface PlannedStep {
  readonly step: 'explore' | 'judge' | 'measure' | 'train' | 'evaluate';
  /** What is counted: rollouts, verdicts, thoughts, rows, answers. */
  readonly counted: string;
  readonly count: Bounds;
  readonly tokens: Bounds;
  /** Of a training. */
  readonly trainingSteps?: Bounds;
  /** null: the deployment says nothing about how fast it is. */
  readonly seconds: Bounds | null;
  readonly gpuHours: Bounds | null;
  /** null: what it costs is not known. */
  readonly cost: Bounds | null;
}

export interface PlannedRound {
  readonly round: number;
  readonly steps: readonly PlannedStep[];
}

/** The rounds of a self-improvement, as far as they can be foreseen. */
export interface PlannedImprovement {
  /** Hard questions of a round. */
  readonly questions: number;
  /** The recipe explores all questions of its sources: all numbers are for a thousand. */
  readonly isPerThousand: boolean;
  /** Of a question, and the share of the questions of which something is learnt, where pass rates are spread evenly from 0 to 1 [ours]. */
  readonly expected: ExpectedQuestion;
  readonly rounds: readonly PlannedRound[];
}

/** What a hard question comes to on average. */
export interface ExpectedQuestion {
  readonly rollouts: number;
  /** Share of the questions within the band that have a right chain. */
  readonly learnable: number;
  /** Of those, with a wrong chain too. */
  readonly pairable: number;
}

interface Planning {
  readonly context: PlanContext;
  readonly trainings: readonly PlannedTraining[];
  readonly evaluations: readonly PlannedEvaluation[];
}

/** All rounds of a recipe that goes on by itself: no rule ends it before `maxRounds`. Pure. */
export function plannedImprovement(recipe: Recipe, planning: Planning): PlannedImprovement | null {
  const { selfImprove } = recipe;
  const student = recipe.students?.find(({ name }) => name === selfImprove?.student);
  if (!selfImprove || !student) return null;
  const known = selfImprove.explore.maxQuestions ?? sumOfLimits(selfImprove.explore);
  const questions = known ?? 1000;
  const expected = expectedQuestion(selfImprove.explore);
  const at = {
    ...planning,
    recipe,
    selfImprove,
    student,
    questions,
    expected,
    model: backboneOf(student.name, recipe),
  };
  const asked = [explored(at), ...judged(at), measured(at)];
  const rounds = Array.from({ length: selfImprove.loop.maxRounds }, (_, index) => ({
    round: index + 1,
    steps: [...asked, trained(index + 1, otherwise(index + 1, at)), ...evaluated(at)],
  }));
  return { questions, isPerThousand: known === undefined, expected, rounds };
}

interface Improving extends Planning {
  readonly recipe: Recipe;
  readonly selfImprove: SelfImprove;
  readonly student: Student;
  readonly questions: number;
  readonly expected: ExpectedQuestion;
  /** Model of the deployment that the student is trained from in the end. */
  readonly model: string | undefined;
}

const otherwise = (round: number, at: Improving): Improving => ({
  ...at,
  selfImprove: { ...at.selfImprove, improve: improveOfRound(at.selfImprove, round) },
});

/**
 * What a question comes to when the student's pass rates are spread evenly from 0 to 1 [ours]: then after `r` right of `n` rollouts the next one is right
 * with (r + 1) / (n + 2), and every step is asked as the build asks it. Exact. Pure.
 */
export function expectedQuestion({
  firstChains,
  maxChains,
  enough,
  passRate: [low, high],
}: Pick<SelfImprove['explore'], 'firstChains' | 'maxChains' | 'enough' | 'passRate'>): ExpectedQuestion {
  const sum = { rollouts: 0, learnable: 0, pairable: 0 };
  // Share of the questions with so many rollouts, by how many of them are right: only larger numbers follow from a number.
  const shares = Array.from({ length: maxChains + 1 }, (_, made) => Array.from({ length: made + 1 }, () => 0));
  shares[0] = [1];
  for (const [made, byRight] of shares.entries())
    for (const [right, share] of byRight.entries()) {
      if (right < enough && made < maxChains) {
        const ask = { needed: enough - right, verified: right, made, room: maxChains - made };
        const more = made === 0 ? firstChains : chainsToAsk(ask);
        const next = shares[made + more] ?? [];
        for (const [gained, chance] of rightOf(more, { made, right }).entries())
          next[right + gained] = (next[right + gained] ?? 0) + share * chance;
        continue;
      }
      sum.rollouts += share * made;
      if (right === 0 || right / made < low || right / made > high) continue;
      sum.learnable += share;
      if (right < made) sum.pairable += share;
    }
  return sum;
}

/** Chance of 0, 1, ... right ones among the next rollouts. */
function rightOf(more: number, before: { readonly made: number; readonly right: number }): number[] {
  let chances = [1];
  for (let asked = 0; asked < more; asked += 1) {
    const next = (gained: number): number => (before.right + gained + 1) / (before.made + asked + 2);
    chances = Array.from(
      { length: asked + 2 },
      (_, gained) =>
        (chances[gained] ?? 0) * (1 - next(gained)) + (gained > 0 ? (chances[gained - 1] ?? 0) * next(gained - 1) : 0),
    );
  }
  return chances;
}

const rolloutsOf = ({ questions, expected, selfImprove }: Improving): Bounds => ({
  expected: questions * expected.rollouts,
  most: questions * selfImprove.explore.maxChains,
});

function explored(at: Improving): PlannedStep {
  const { sampling } = at.selfImprove.explore;
  const count = rolloutsOf(at);
  const tokens = { expected: count.expected * meanTokens(sampling), most: count.most * mostTokens(sampling) };
  return { step: 'explore', counted: 'rollouts', count, tokens, ...served(tokens, at) };
}

/** One verdict a rollout. */
function judged(at: Improving): PlannedStep[] {
  const { judge, sampling } = at.selfImprove.explore;
  if (!judge) return [];
  const count = rolloutsOf(at);
  const tokens = {
    expected: count.expected * meanTokens(judge.sampling),
    most: count.most * mostTokens(judge.sampling),
  };
  const pool = at.context.deployment.pools[judge.pool];
  const { inputPerMillion = 0, outputPerMillion = 0 } = pool?.price ?? {};
  const read = { expected: PROMPT_TOKENS + meanTokens(sampling), most: PROMPT_TOKENS + mostTokens(sampling) };
  const cost = both(
    (side) => (count[side] * read[side] * inputPerMillion + tokens[side] * outputPerMillion) / 1_000_000,
  );
  const seconds = timed(tokens, pool?.tokensPerSecond);
  return [{ step: 'judge', counted: 'verdicts', count, tokens, seconds, gpuHours: null, cost }];
}

/** Every thought, with the question before it, read once. */
function measured(at: Improving): PlannedStep {
  const { selfImprove, student, model, context } = at;
  const { sampling } = selfImprove.explore;
  const count = rolloutsOf(at);
  const tokens = {
    expected: count.expected * (PROMPT_TOKENS + meanTokens(sampling)),
    most: count.most * (PROMPT_TOKENS + mostTokens(sampling)),
  };
  const trainer = context.deployment.trainers[student.trainer];
  const server = context.deployment.servers[student.server];
  const job = selfImprove.perplexity.by === 'job' ? trainer : server;
  const speed = speedOf(job, model);
  const seconds = timed(tokens, speed === undefined ? undefined : speed * READING_SPEED);
  return { step: 'measure', counted: 'thoughts', count, tokens, ...booked(seconds, job, context.deployment) };
}

function trained(round: number, at: Improving): PlannedStep {
  const { selfImprove, student, model, context, recipe } = at;
  const { improve, explore } = selfImprove;
  const isSft = improve.variant === 'sft';
  const count = rowsOfRound(round, at);
  const preset = improve.preset ?? (isSft ? student.preset : undefined);
  const by = {
    method: improve.variant,
    form: isSft ? ('messages' as const) : ('dpo' as const),
    trainer: student.trainer,
    preset,
    // As a round trains: by SFT as the imitation did, but for what the recipe says.
    settings: isSft ? { ...student.settings, ...improve.settings } : improve.settings,
    model,
  };
  const work = (rows: number, answerTokens: number) => trainingWork(by, { rows, answerTokens }, context);
  const usual = work(count.expected, isSft ? chainTokens(recipe) : meanTokens(explore.sampling));
  const most = work(count.most, Math.max(isSft ? longestChain(recipe) : 0, mostTokens(explore.sampling)));
  const seconds =
    usual.seconds === null || most.seconds === null ? null : { expected: usual.seconds, most: most.seconds };
  return {
    step: 'train',
    counted: isSft ? 'rows' : 'pairs',
    count,
    tokens: { expected: usual.tokens, most: most.tokens },
    trainingSteps: { expected: usual.steps, most: most.steps },
    ...booked(seconds, context.deployment.trainers[student.trainer], context.deployment),
  };
}

/** Rows of a round: by SFT a question is learnt once over all rounds, by DPO again in each. */
function rowsOfRound(
  round: number,
  { selfImprove: { improve }, student, questions, expected, trainings }: Improving,
): Bounds {
  if (improve.variant === 'dpo') {
    const rounds = improve.rows === 'all' ? round : 1;
    const perQuestion = rounds * questions * improve.pairsPerQuestion;
    return { expected: Math.round(rounds * questions * expected.pairable), most: perQuestion };
  }
  const seed = improve.rows === 'all' ? (trainings.find((one) => one.student === student.name)?.rows ?? 0) : 0;
  // A student that gets no better: each round learns the same share of what is left.
  const left = (after: number): number => (1 - expected.learnable) ** after;
  const found = improve.rows === 'all' ? 1 - left(round) : left(round - 1) - left(round);
  return { expected: Math.round(seed + questions * found), most: seed + questions * improve.chainsPerQuestion };
}

/** Every evaluation that asks the imitation is asked of each round. */
function evaluated(at: Improving): PlannedStep[] {
  const own = at.evaluations.filter(({ model }) => model === at.student.name);
  if (own.length === 0) return [];
  const sum = (of: (one: PlannedEvaluation) => number | null): number =>
    own.reduce((total, one) => total + (of(one) ?? 0), 0);
  const answers = sum((one) => one.answers);
  const tokens = { expected: sum((one) => one.outputTokens), most: sum((one) => one.mostTokens) };
  return [
    {
      step: 'evaluate',
      counted: 'answers',
      count: { expected: answers, most: answers },
      tokens,
      ...served(tokens, at),
    },
  ];
}

type Takes = Pick<PlannedStep, 'seconds' | 'gpuHours' | 'cost'>;

/** Tokens of the student on its server. */
const served = (tokens: Bounds, { student, model, context: { deployment } }: Improving): Takes => {
  const server = deployment.servers[student.server];
  return booked(timed(tokens, speedOf(server, model)), server, deployment);
};

/** What a job takes that is at work for so long. */
function booked(
  seconds: Bounds | null,
  job: { readonly launcher: string; readonly resources: { readonly gpus?: number | undefined } } | undefined,
  { launchers }: Deployment,
): Takes {
  const gpus = job?.resources.gpus ?? 0;
  const price = job && launchers[job.launcher]?.gpuHourPrice;
  const gpuHours = seconds && both((side) => (seconds[side] * gpus) / SECONDS_PER_HOUR);
  return { seconds, gpuHours, cost: gpuHours && price !== undefined ? both((side) => gpuHours[side] * price) : null };
}

function timed(tokens: Bounds, tokensPerSecond: number | undefined): Bounds | null {
  const [expected, most] = [secondsFor(tokens.expected, tokensPerSecond), secondsFor(tokens.most, tokensPerSecond)];
  return expected === null || most === null ? null : { expected, most };
}

const both = (of: (side: keyof Bounds) => number): Bounds => ({ expected: of('expected'), most: of('most') });
