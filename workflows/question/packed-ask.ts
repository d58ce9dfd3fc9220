import type { PlanRef } from '../../activities/references.js';
import { packPolicy, unpackPolicy } from './packed-policy.js';
import {
  CHAIN_FILTERS,
  type Answer,
  type Ask,
  type AskGroup,
  type AskKind,
  type Grade,
  type TextKey,
} from './state.js';
import { packSpending, unpackSpending, type PackedSpending } from './spending.js';
import type { AskInput, AskResult, NextResult, StepResult } from './step.js';

/**
 * What goes to an activity and comes back, written small: it all stays in the question's history, and the asks written out as objects made up
 * half of it. [ours]
 */
export interface PackedAsk {
  /** `run/plan id/execution` */
  readonly plan: string;
  readonly shard: number;
  readonly id: string;
  readonly step: number;
  readonly pool: string;
  /**
   * `chain letter numbers`, such as `0g1.2`: see {@link LETTERS}. The numbers of g: teacher, sample, times raised (0 left out); of o: times raised,
   * teacher (left out for a chain of the row); of a rewrite: its round.
   */
  readonly asks: string;
  /**
   * Keys of the texts that the asks are about, by the chains in their order in `asks`; `-`: none; `thought+solution`: of two calls. Left out when there
   * are none at all.
   */
  readonly texts?: string;
  readonly policy?: string;
}

/** Answers in the order of the asks: see {@link packAnswer}. */
interface PackedStep {
  readonly answers: readonly string[];
  readonly spending: PackedSpending;
}

export interface PackedAnswers extends PackedStep {
  readonly next?: readonly (PackedStep & Pick<PackedAsk, 'asks'>)[];
}

const LETTERS = {
  generate: 'g',
  solution: 'o',
  check: 'k',
  validate: 'v',
  rate: 'r',
  extend: 'e',
  simplify: 's',
  shorten: 'h',
  verbosity: 'b',
  cognitive: 'c',
} as const satisfies Record<AskKind, string>;

const GRADES = { equal: '=', different: '!', undecided: '?', none: '~' } as const satisfies Record<Grade, string>;
const NO_TEXT = '-';

const flipped = <Name extends string>(letters: Readonly<Record<Name, string>>): ReadonlyMap<string, Name> =>
  new Map((Object.keys(letters) as Name[]).map((name) => [letters[name], name]));
const KINDS = flipped<AskKind>(LETTERS);
const GRADE_NAMES = flipped<Grade>(GRADES);

export const packPlan = ({ run, planId, execution }: PlanRef): string => `${run}/${planId}/${execution}`;

/** Throws an Error for anything that {@link packPlan} did not write. */
export function unpackPlan(packed: string): PlanRef {
  const [run, planId, execution, ...rest] = packed.split('/');
  if (!run || !planId || !execution || rest.length > 0) throw unreadable('run/plan id/execution', packed);
  return { run, planId, execution };
}

/** Pure; {@link unpackAsk} gives the same back. */
export function packAsk({ plan, shard, id, step, group, policy }: AskInput): PackedAsk {
  const texts = chainsOf(group.asks).map((chain) => packText(group, chain));
  return {
    plan: packPlan(plan),
    shard,
    id,
    step,
    pool: group.pool,
    asks: packAsks(group.asks),
    ...(texts.some((text) => text !== NO_TEXT) && { texts: texts.join(' ') }),
    ...(policy && { policy: packPolicy(policy) }),
  };
}

/** Throws an Error that says what was expected for anything that {@link packAsk} did not write. */
export function unpackAsk({ plan, shard, id, step, pool, asks: packed, texts: keys, policy }: PackedAsk): AskInput {
  const asks = unpackAsks(packed);
  const texts: Record<number, TextKey> = {};
  const solutions: Record<number, TextKey> = {};
  const known = keys?.split(' ') ?? [];
  for (const [index, chain] of chainsOf(asks).entries()) {
    const [key = NO_TEXT, solution] = (known[index] ?? NO_TEXT).split('+');
    if (key !== NO_TEXT) texts[chain] = key;
    if (solution !== undefined) solutions[chain] = solution;
  }
  const group: AskGroup = { pool, asks, texts, ...(Object.keys(solutions).length > 0 && { solutions }) };
  const rules = policy !== undefined && { policy: unpackPolicy(policy) };
  return { plan: unpackPlan(plan), shard, id, step, group, ...rules };
}

export const packAnswers = ({ next, ...step }: AskResult): PackedAnswers => ({
  ...packStep(step),
  ...(next && { next: next.map(({ asks, ...answered }) => ({ asks: packAsks(asks), ...packStep(answered) })) }),
});

export const unpackAnswers = ({ next, ...step }: PackedAnswers): AskResult => ({
  ...unpackStep(step),
  ...(next && { next: next.map(unpackNext) }),
});

/** The same line for the same asks. */
export const packAsks = (asks: readonly Ask[]): string =>
  asks.map((ask) => `${ask.chain}${LETTERS[ask.kind]}${numbersOf(ask).join('.')}`).join(' ');

const unpackAsks = (packed: string): Ask[] => packed.split(' ').map(unpackOne);

const unpackNext = ({ asks, ...answered }: NonNullable<PackedAnswers['next']>[number]): NextResult => ({
  asks: unpackAsks(asks),
  ...unpackStep(answered),
});

const packStep = ({ answers, spending }: StepResult): PackedStep => ({
  answers: answers.map(packAnswer),
  spending: packSpending(spending),
});

const unpackStep = ({ answers, spending }: PackedStep): StepResult => ({
  answers: answers.map(unpackAnswer),
  spending: unpackSpending(spending),
});

const chainsOf = (asks: readonly Ask[]): number[] => [...new Set(asks.map(({ chain }) => chain))];

function packText({ texts, solutions }: AskGroup, chain: number): string {
  const solution = solutions?.[chain];
  return `${texts[chain] ?? NO_TEXT}${solution === undefined ? '' : `+${solution}`}`;
}

function numbersOf(ask: Ask): number[] {
  if (ask.kind === 'generate') return [ask.teacher, ask.sample, ...(ask.raised > 0 ? [ask.raised] : [])];
  if (ask.kind === 'solution') return [ask.raised, ...(ask.teacher === undefined ? [] : [ask.teacher])];
  return 'round' in ask ? [ask.round] : [];
}

function unpackOne(packed: string): Ask {
  const [, chainDigits, letter, rest = ''] = /^(\d+)([a-z])([\d.]*)$/.exec(packed) ?? [];
  const kind = KINDS.get(letter ?? '');
  if (kind === undefined) throw unreadable('an ask such as 0g0.1', packed);
  const chain = Number(chainDigits);
  const [first = 0, second, third = 0] = rest === '' ? [] : rest.split('.').map(Number);
  if (kind === 'generate') return { kind, chain, teacher: first, sample: second ?? 0, raised: third };
  if (kind === 'solution') return { kind, chain, raised: first, ...(second !== undefined && { teacher: second }) };
  if (kind === 'extend' || kind === 'simplify' || kind === 'shorten') return { kind, chain, round: first };
  return { kind, chain };
}

/** A text is its grade's sign and key; other answers are a letter and what they say. */
function packAnswer(answer: Answer): string {
  switch (answer.kind) {
    case 'text':
      return `${GRADES[answer.grade]}${answer.key}`;
    case 'thought':
      return `o${answer.key}`;
    case 'truncated':
      return `t${answer.key}`;
    case 'unparsed':
      return `u${answer.key}`;
    case 'filtered':
      return `f${answer.filter} ${answer.key}`;
    case 'refused':
      return `x${answer.reason}`;
    case 'verdict':
      return `v${Number(answer.reasoning)}${Number(answer.solution)}`;
    case 'rating':
      return `r${answer.difficulty}`;
    case 'score':
      return `s${answer.value}`;
    default:
      return answer satisfies never;
  }
}

function unpackAnswer(packed: string): Answer {
  const rest = packed.slice(1);
  const grade = GRADE_NAMES.get(packed.charAt(0));
  if (grade !== undefined) return { kind: 'text', key: rest, grade };
  switch (packed.charAt(0)) {
    case 'o':
      return { kind: 'thought', key: rest };
    case 't':
      return { kind: 'truncated', key: rest };
    case 'u':
      return { kind: 'unparsed', key: rest };
    case 'f': {
      const [name = '', key = ''] = rest.split(' ');
      const filter = CHAIN_FILTERS.find((known) => known === name);
      if (filter !== undefined) return { kind: 'filtered', key, filter };
      break;
    }
    case 'x':
      return { kind: 'refused', reason: rest };
    case 'v':
      return { kind: 'verdict', reasoning: rest.startsWith('1'), solution: rest.endsWith('1') };
    case 'r':
      if (rest === 'easy' || rest === 'medium' || rest === 'hard') return { kind: 'rating', difficulty: rest };
      break;
    case 's':
      return { kind: 'score', value: Number(rest) };
  }
  throw unreadable('an answer', packed);
}

const unreadable = (expected: string, found: string): Error =>
  new Error(`expected ${expected}, found ${JSON.stringify(found.slice(0, 80))}: is it of another version of cotmill?`);
