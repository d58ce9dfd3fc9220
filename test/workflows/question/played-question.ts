import { apply, decide, startQuestion } from '../../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import type {
  Answer,
  Ask,
  AskGroup,
  ChainState,
  Difficulty,
  Grade,
  QuestionState,
} from '../../../workflows/question/state.js';

/** Answers by ask; undefined: the good answer of {@link good}. */
export type Script = (ask: Ask) => Answer | undefined;

export interface PlayedQuestion {
  readonly end: QuestionState;
  /** What was asked, step by step, as `pool: kind chain kind chain | pool: ...`. */
  readonly steps: readonly string[];
  readonly groups: readonly (readonly AskGroup[])[];
}

/** Plays a question to its end through the machine. Texts get the key `kind-chain-n`, n counting the texts of the chain. */
export function play(policy: QuestionPolicy, script: Script = () => undefined, sources: string[] = []): PlayedQuestion {
  let state = startQuestion(policy, sources);
  const groups: (readonly AskGroup[])[] = [];
  for (let next = decide(policy, state); next.length > 0; next = decide(policy, state)) {
    groups.push(next);
    if (groups.length > 100) throw new Error('the question does not end');
    state = apply(
      policy,
      state,
      next.map((group) => ({ group, answers: group.asks.map((ask) => script(ask) ?? good(ask, group)) })),
    );
  }
  return { end: state, groups, steps: groups.map(describeStep) };
}

const describeStep = (groups: readonly AskGroup[]): string =>
  groups
    .map(({ pool, asks }) => `${pool || 'rules'}: ${asks.map(({ kind, chain }) => `${kind} ${chain}`).join(' ')}`)
    .join(' | ');

/** The answer with which everything is right at once. */
function good(ask: Ask, group: AskGroup): Answer {
  switch (ask.kind) {
    case 'generate':
      return text(`generate-${ask.chain}-${ask.raised}`);
    case 'solution':
      return text(`solution-${ask.chain}-${ask.raised}`);
    case 'check':
      return text(group.texts[ask.chain] ?? 'none');
    case 'extend':
    case 'simplify':
    case 'shorten':
      return text(`${ask.kind}-${ask.chain}-${ask.round}`);
    case 'validate':
      return verdict(true, true);
    case 'rate':
      return rated('medium');
    case 'verbosity':
      return { kind: 'score', value: 3 };
    case 'cognitive':
      return { kind: 'score', value: 4 };
  }
}

export const text = (key: string, grade: Grade = 'equal'): Answer => ({ kind: 'text', key, grade });
export const verdict = (reasoning: boolean, solution: boolean): Answer => ({ kind: 'verdict', reasoning, solution });
export const rated = (difficulty: Difficulty): Answer => ({ kind: 'rating', difficulty });
export const thought = (key: string): Answer => ({ kind: 'thought', key });
export const truncated: Answer = { kind: 'truncated', key: 'cut' };
export const unparsed: Answer = { kind: 'unparsed', key: 'no-json' };
export const filtered: Answer = { kind: 'filtered', key: 'loop', filter: 'repetition' };
export const refused: Answer = { kind: 'refused', reason: 'content filter' };

/** Ratings in the order of their asks, chain by chain; after the last one, medium. */
export function ratings(byChain: Readonly<Record<number, readonly Difficulty[]>>): Script {
  const asked = new Map<number, number>();
  return (ask) => {
    if (ask.kind !== 'rate') return undefined;
    const nth = asked.get(ask.chain) ?? 0;
    asked.set(ask.chain, nth + 1);
    return rated(byChain[ask.chain]?.[nth] ?? 'medium');
  };
}

/** The first script that answers. */
export const either =
  (...scripts: Script[]): Script =>
  (ask) => {
    for (const script of scripts) {
      const answer = script(ask);
      if (answer) return answer;
    }
    return undefined;
  };

/** A judge, a critic with two rounds, two chains of four at most, no scorer. Roles have pools of their own: teacher t, judge j, critic c, rewriter r. */
export const align = { critic: 'c', rewriter: 'r', maxRounds: 2, minKept: 1 };
const POLICY: QuestionPolicy = {
  teachers: [{ pool: 't', chains: 2 }],
  keep: 'both',
  minVerified: 2,
  maxChains: 4,
  truncatedRetries: 1,
  judge: 'j',
  align,
};
/** That policy, changed. */
export const policy = (changes: Partial<QuestionPolicy> = {}): QuestionPolicy => ({ ...POLICY, ...changes });
export const rulesOnly = (changes: Partial<QuestionPolicy> = {}): QuestionPolicy => {
  const { judge: _judge, ...rest } = policy({ keep: 'solution', ...changes });
  return rest;
};

export const withoutCritic = ({ align: _align, ...rest }: QuestionPolicy): QuestionPolicy => rest;

/** Only for asks of this kind. */
export const on =
  (kind: string, answer: Answer | undefined, chains?: readonly number[]): Script =>
  (ask) =>
    ask.kind === kind && (chains === undefined || chains.includes(ask.chain)) ? answer : undefined;

/** How the question ended, in a word or two. */
export const endOf = ({ end }: PlayedQuestion): string =>
  end.outcome?.kind === 'rejected' ? `rejected: ${end.outcome.reason}` : (end.outcome?.kind ?? 'open');
/** How each chain ended: kept with its text and rounds, or why it was dropped. */
export const stages = ({ end }: PlayedQuestion): string[] =>
  end.chains.map(({ stage, dropped, rounds, revisions, current }) =>
    stage === 'kept' ? `kept ${revisions[current]?.key} after ${rounds}` : (dropped ?? stage),
  );
export const chain = ({ end }: PlayedQuestion, index: number): ChainState => {
  const found = end.chains[index];
  if (!found) throw new Error(`no chain ${index}`);
  return found;
};
