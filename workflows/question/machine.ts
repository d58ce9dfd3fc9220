import { advanceChain, beginAlignment, currentRevision, drop, rewriteDirection, type ChainFacts } from './chain.js';
import type { QuestionPolicy } from './policy.js';
import type { QuotaDrop } from './quotas.js';
import type { Answer, Ask, AskGroup, ChainState, QuestionState, RejectReason, TextKey } from './state.js';

/** Answers to one group of asks, in the order of its asks. */
export interface AnsweredGroup {
  readonly group: AskGroup;
  readonly answers: readonly Answer[];
}

/** A question before its first step: its source chains wait for the rule check, the teachers' first chains for their answers. */
export function startQuestion(policy: QuestionPolicy, sourceChains: readonly TextKey[] = []): QuestionState {
  const first = policy.teachers.reduce((sum, teacher) => sum + teacher.chains, 0);
  const fromSource = sourceChains.map((key, source): ChainState => ({
    ...blankChain({ source }),
    stage: 'checking',
    revisions: [{ key, by: 'source', grade: 'none' }],
  }));
  return {
    phase: 'verifying',
    chains: [...fromSource, ...nextTeacherChains(policy, [], Math.min(first, policy.maxChains))],
    step: 0,
  };
}

/** The asks of the next step, grouped by pool; none when the question has ended. Depends on nothing but its arguments. */
export function decide(policy: QuestionPolicy, state: QuestionState): readonly AskGroup[] {
  if (state.outcome) return [];
  const groups = new Map<string, { asks: Ask[]; texts: Record<number, TextKey>; solutions: Record<number, TextKey> }>();
  for (const [index, chain] of state.chains.entries()) {
    for (const ask of asksOf(policy, chain, index)) {
      const pool = poolOf(policy, ask);
      const group = groups.get(pool) ?? { asks: [], texts: {}, solutions: {} };
      const text = ask.kind === 'generate' ? undefined : currentRevision(chain);
      if (text) group.texts[index] = text.key;
      if (text?.solution !== undefined) group.solutions[index] = text.solution;
      group.asks.push(ask);
      groups.set(pool, group);
    }
  }
  return [...groups].map(([pool, { asks, texts, solutions }]) => ({
    ...{ pool, asks, texts },
    ...(Object.keys(solutions).length > 0 && { solutions }),
  }));
}

/** The question after one step. Answers must be those to `decide(policy, state)`. */
export function apply(policy: QuestionPolicy, state: QuestionState, answered: readonly AnsweredGroup[]): QuestionState {
  const facts = factsByChain(answered);
  const chains = state.chains.map((chain, index) => {
    const known = facts.get(index);
    return known ? advanceChain(policy, chain, known) : chain;
  });
  return conclude(policy, { ...state, chains, step: state.step + 1 });
}

/** Goes on as far as no new answer is needed: past the verification barrier, and to the outcome. */
function conclude(policy: QuestionPolicy, state: QuestionState): QuestionState {
  if (state.phase === 'aligning') return finishWhenSettled(policy, state);
  if (state.chains.some((chain) => verifying.has(chain.stage))) return state;
  const verified = state.chains.filter((chain) => chain.stage === 'verified').length;
  if (verified < policy.minVerified) return moreChains(policy, state, verified);
  const chains = state.chains.map((chain) => beginAlignment(policy, chain));
  return finishWhenSettled(policy, { ...state, chains, phase: 'aligning' });
}

const verifying = new Set<ChainState['stage']>(['asked', 'checking', 'solving', 'judging']);

function finishWhenSettled(policy: QuestionPolicy, state: QuestionState): QuestionState {
  if (state.chains.some((chain) => chain.stage !== 'kept' && chain.stage !== 'dropped')) return state;
  const needed = policy.align?.minKept ?? 1;
  const kept = state.chains.filter((chain) => chain.stage === 'kept').length;
  const surplus = state.chains.filter((chain) => isUnwanted(chain) && isGood(policy, chain)).length;
  // Quotas take chains away from a question; they do not make it a bad one.
  if (kept > 0 && kept + surplus >= needed) return { ...state, outcome: { kind: 'accepted' } };
  const unwantedChains = state.chains.filter(isUnwanted);
  if (kept + unwantedChains.length < needed || unwantedChains.length === 0) return reject(state, 'never-medium');
  const full = unwantedChains.some((chain) => chain.dropped === 'quota-full');
  return reject(state, full ? 'quota-full' : 'outside-quotas');
}

const unwantedReasons: ReadonlySet<string | undefined> = new Set<QuotaDrop>([
  'quota-full',
  'outside-quotas',
  'unscored',
]);
const isUnwanted = (chain: ChainState): boolean => unwantedReasons.has(chain.dropped);
/** Dropped at its end by the quotas alone, and not on the way to a rewrite. */
const isGood = (policy: QuestionPolicy, chain: ChainState): boolean =>
  !policy.align || currentRevision(chain)?.rating === 'medium';

function moreChains(policy: QuestionPolicy, state: QuestionState, verified: number): QuestionState {
  const made = state.chains.filter((chain) => 'teacher' in chain.origin);
  const room = policy.maxChains - made.length;
  const refused = made.length > 0 && made.every((chain) => chain.dropped === 'refused');
  if (room <= 0 || refused) return reject(state, rejectReason(state));
  const count = chainsToAsk({ needed: policy.minVerified - verified, verified, made: state.chains.length, room });
  return { ...state, chains: [...state.chains, ...nextTeacherChains(policy, made, count)] };
}

/** How many more chains to ask for, from the share that passed so far (with one success and one failure added) [ours]. */
export function chainsToAsk(counts: { needed: number; verified: number; made: number; room: number }): number {
  const passShare = (counts.verified + 1) / (counts.made + 2);
  return Math.min(counts.room, Math.max(1, Math.ceil(counts.needed / passShare)));
}

function rejectReason(state: QuestionState): RejectReason {
  const ends = state.chains.map((chain) => chain.dropped);
  if (ends.length > 0 && ends.every((end) => end === 'refused')) return 'refused';
  const answerless = ends.every((end) => end === 'truncated' || end === 'unparsed' || end === 'refused');
  return answerless ? 'unanswerable' : 'too-few-verified';
}

function reject(state: QuestionState, reason: RejectReason): QuestionState {
  const chains = state.chains.map((chain) => (chain.stage === 'dropped' ? chain : drop(chain, 'question-rejected')));
  return { ...state, chains, outcome: { kind: 'rejected', reason } };
}

/** The next chains in the teachers' rotation: each teacher as often as its `chains`, in order, over and over. */
function nextTeacherChains(policy: QuestionPolicy, made: readonly ChainState[], count: number): ChainState[] {
  const rotation = policy.teachers.flatMap((teacher, index) => Array.from({ length: teacher.chains }, () => index));
  const samples = policy.teachers.map(
    (_, index) => made.filter((chain) => 'teacher' in chain.origin && chain.origin.teacher === index).length,
  );
  return Array.from({ length: count }, (_, offset): ChainState => {
    const teacher = rotation[(made.length + offset) % rotation.length] ?? 0;
    const sample = samples[teacher] ?? 0;
    samples[teacher] = sample + 1;
    return blankChain({ teacher, sample });
  });
}

const blankChain = (origin: ChainState['origin']): ChainState => ({
  origin,
  raised: 0,
  revisions: [],
  current: 0,
  base: 0,
  rounds: 0,
  stage: 'asked',
});

function asksOf(policy: QuestionPolicy, chain: ChainState, index: number): Ask[] {
  switch (chain.stage) {
    case 'asked':
      return 'teacher' in chain.origin
        ? [
            {
              kind: 'generate',
              chain: index,
              teacher: chain.origin.teacher,
              sample: chain.origin.sample,
              raised: chain.raised,
            },
          ]
        : [];
    case 'checking':
      return [{ kind: 'check', chain: index }];
    case 'solving': {
      const teacher = 'teacher' in chain.origin ? { teacher: chain.origin.teacher } : {};
      return [{ kind: 'solution', chain: index, ...teacher, raised: chain.raised }];
    }
    case 'judging':
      return [{ kind: 'validate', chain: index }];
    case 'shortening':
      return [{ kind: 'shorten', chain: index, round: 0 }];
    case 'rating':
      return [{ kind: 'rate', chain: index }, ...(policy.scoreEarly ? scoreAsks(policy, index) : [])];
    case 'rewriting':
      return [{ kind: rewriteDirection(chain), chain: index, round: chain.rounds + 1 }];
    case 'rejudging':
      return [
        ...(policy.judge ? [{ kind: 'validate', chain: index } as const] : []),
        { kind: 'rate', chain: index },
        ...(policy.scoreEarly ? scoreAsks(policy, index) : []),
      ];
    case 'scoring':
      return scoreAsks(policy, index);
    case 'verified':
    case 'kept':
    case 'dropped':
      return [];
    default:
      return chain.stage satisfies never;
  }
}

const scoreAsks = (policy: QuestionPolicy, chain: number): Ask[] =>
  policy.scorer
    ? [
        { kind: 'verbosity', chain },
        { kind: 'cognitive', chain },
      ]
    : [];

function poolOf(policy: QuestionPolicy, ask: Ask): string {
  switch (ask.kind) {
    case 'generate':
      return policy.teachers[ask.teacher]?.pool ?? '';
    case 'solution':
      return (ask.teacher === undefined ? policy.sourceSolver : policy.teachers[ask.teacher]?.solver) ?? '';
    case 'check':
      return '';
    case 'validate':
      return policy.judge ?? '';
    case 'rate':
      return policy.align?.critic ?? '';
    case 'extend':
    case 'simplify':
      return policy.align?.rewriter ?? '';
    case 'shorten':
      return policy.align?.shortener ?? '';
    case 'verbosity':
    case 'cognitive':
      return policy.scorer ?? '';
    default:
      return ask satisfies never;
  }
}

function factsByChain(answered: readonly AnsweredGroup[]): Map<number, ChainFacts> {
  const facts = new Map<number, ChainFacts>();
  for (const { group, answers } of answered) {
    for (const [index, ask] of group.asks.entries()) {
      const answer = answers[index];
      if (answer) facts.set(ask.chain, { ...facts.get(ask.chain), [factName(ask)]: answer });
    }
  }
  return facts;
}

function factName(ask: Ask): keyof ChainFacts {
  if (ask.kind === 'validate') return 'verdict';
  if (ask.kind === 'rate') return 'rating';
  if (ask.kind === 'verbosity' || ask.kind === 'cognitive') return ask.kind;
  return 'text';
}
