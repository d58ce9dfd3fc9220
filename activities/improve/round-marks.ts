import type { RolloutPoint, Spread } from '../report/improvement-data.js';
import type { ChosenChain, DpoChoice, SftChoice } from './choose-chains.js';
import type { ExploredQuestion, QuestionReason, Rollout, RolloutReason } from './explored.js';

/** What became of a rollout: learnt (`chosen`, or `rejected` as the worse side of a pair), or the reason of its own or of its question. */
export type RolloutFate = 'chosen' | 'rejected' | RolloutReason | QuestionReason;

export interface MarkedRollout extends Rollout {
  readonly fate: RolloutFate;
}

/** A question of a round with what became of it and of its rollouts, by the indexes of their chains. */
export interface MarkedQuestion {
  readonly questionId: string;
  readonly fate: 'chosen' | QuestionReason;
  readonly rollouts: ReadonlyMap<number, MarkedRollout>;
  /** Indexes of the chains of each pair. */
  readonly pairs: readonly { readonly chosen: number; readonly rejected: number }[];
}

export type RoundMarks = ReadonlyMap<string, MarkedQuestion>;

/** Every question that was explored with what a choice made of it, by its id. Pure. */
export function markRound(explored: readonly ExploredQuestion[], choice: SftChoice | DpoChoice): RoundMarks {
  const sides = new Map(chosenSides(choice).map(({ side, chain }) => [keyOf(chain), side] as const));
  const pairs = new Map<string, MarkedQuestion['pairs']>();
  for (const { questionId, chosen, rejected } of choice.variant === 'dpo' ? choice.pairs : [])
    pairs.set(questionId, [
      ...(pairs.get(questionId) ?? []),
      { chosen: chosen.chainIndex, rejected: rejected.chainIndex },
    ]);
  return new Map(
    explored.map(({ questionId, rollouts }) => {
      const fate = choice.reasons.questions.get(questionId) ?? 'chosen';
      const marked = rollouts.map((one): [number, MarkedRollout] => [
        one.chainIndex,
        {
          ...one,
          fate:
            sides.get(keyOf({ questionId, chainIndex: one.chainIndex })) ??
            choice.reasons.chains.get(one.chainId) ??
            (fate === 'chosen' ? 'others-preferred' : fate),
        },
      ]);
      return [questionId, { questionId, fate, rollouts: new Map(marked), pairs: pairs.get(questionId) ?? [] }];
    }),
  );
}

type Chosen = Pick<SftChoice, 'variant' | 'chains'> | Pick<DpoChoice, 'variant' | 'pairs'>;

interface Side {
  readonly side: 'chosen' | 'rejected';
  readonly chain: ChosenChain;
}

const chosenSides = (choice: Chosen): Side[] =>
  choice.variant === 'sft'
    ? choice.chains.map((chain) => ({ side: 'chosen', chain }))
    : choice.pairs.flatMap(({ chosen, rejected }) => [
        { side: 'chosen', chain: chosen } as const,
        { side: 'rejected', chain: rejected } as const,
      ]);

const keyOf = ({ questionId, chainIndex }: Pick<ChosenChain, 'questionId' | 'chainIndex'>): string =>
  `${questionId}/${chainIndex}`;

/** Questions of a kind that a sample may have: of those that gave something, and of every other reason. */
const PER_CHOSEN = 24;
const PER_REASON = 6;

export const examplesPerKind = (kind: string): number => (kind === 'question chosen' ? PER_CHOSEN : PER_REASON);

/** Ids of the questions that a sample is drawn from: of every reason of questions and rollouts those with the smallest ids. Pure. */
export function exampleIds(marks: RoundMarks): string[] {
  const kinds = new Map<string, string[]>();
  for (const questionId of [...marks.keys()].sort())
    for (const kind of kindsOf(marks.get(questionId))) {
      const ids = kinds.get(kind) ?? [];
      if (ids.length < examplesPerKind(kind)) kinds.set(kind, [...ids, questionId]);
    }
  return [...new Set([...kinds.values()].flat())].sort();
}

const kindsOf = (question: MarkedQuestion | undefined): ReadonlySet<string> =>
  new Set(
    question
      ? [`question ${question.fate}`, ...[...question.rollouts.values()].map(({ fate }) => `chain ${fate}`)]
      : [],
  );

/** Indexes of the rollouts of a question whose texts are shown: what is learnt, and the first of every other reason. Pure. */
export function shownRollouts({ rollouts }: MarkedQuestion): ReadonlySet<number> {
  const shown = new Set<number>();
  const fates = new Set<RolloutFate>();
  for (const [index, { fate }] of [...rollouts].sort(([a], [b]) => a - b)) {
    if (fate === 'chosen' || fate === 'rejected' || !fates.has(fate)) shown.add(index);
    fates.add(fate);
  }
  return shown;
}

/** Dots of a round's plot. */
const MAX_POINTS = 300;

/** Rollouts by length and perplexity: those that are learnt first, then others by their ids, which are hashes. Pure. */
export function rolloutPoints(marks: RoundMarks): RolloutPoint[] {
  const measured = [...marks.values()].flatMap(({ rollouts }) => [...rollouts.values()].flatMap(pointOf));
  const byId = measured.sort((a, b) => rankOf(a) - rankOf(b) || (a.id < b.id ? -1 : 1));
  return byId.slice(0, MAX_POINTS).map(({ point }) => point);
}

interface NamedPoint {
  readonly id: string;
  readonly point: RolloutPoint;
}

function pointOf({ chainId, tokens, perplexity, verdict, fate }: MarkedRollout): NamedPoint[] {
  if (tokens === null || perplexity === null) return [];
  const learnt = fate === 'chosen' || fate === 'rejected' ? fate : undefined;
  return [{ id: chainId, point: { tokens, perplexity, fate: learnt ?? (verdict === 'right' ? 'right' : 'wrong') } }];
}

const rankOf = ({ point: { fate } }: NamedPoint): number => (fate === 'chosen' || fate === 'rejected' ? 0 : 1);

/** Tokens and perplexities of what was chosen, and of the other side of pairs. Pure. */
export function choiceSpreads(choice: Chosen): {
  readonly lengths: Spread[];
  readonly perplexities: Spread[];
} {
  const sides = chosenSides(choice);
  const of = (figure: (chain: ChosenChain) => number | null): Spread[] =>
    (['chosen', 'rejected'] as const).flatMap((side) =>
      spread(
        side,
        sides.flatMap((one) => (one.side === side ? (figure(one.chain) ?? []) : [])),
      ),
    );
  return { lengths: of(({ tokens }) => tokens), perplexities: of(({ perplexity }) => perplexity) };
}

function spread(side: Spread['side'], values: readonly number[]): Spread[] {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, median, max] = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return min === undefined || median === undefined || max === undefined
    ? []
    : [{ side, count: sorted.length, min, median, max }];
}
