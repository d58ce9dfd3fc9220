import { createHash } from 'node:crypto';
import type { DecidedBy } from '../../activities/grading/grader.js';
import type { Ledger } from '../../activities/ledger/ledger.js';
import type { CallRecord, FinishReason, Role, Usage } from '../../activities/ledger/record.js';
import type { QuestionHistory } from '../../activities/question/history.js';
import type { JournalCall, JournalEntry } from '../../activities/question/journal.js';
import type { QuestionRow } from '../../activities/sources/question-row.js';
import { apply, decide, startQuestion } from '../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../workflows/question/policy.js';
import type { Answer, Ask, AskGroup, Difficulty, Grade } from '../../workflows/question/state.js';

/** What a scripted model says to one ask. */
export type Reply =
  | {
      readonly kind: 'text' | 'thought' | 'truncated' | 'unparsed';
      readonly thought: string;
      readonly solution: string;
      /** @default equal */
      readonly grade?: Grade;
      /** @default fast-path */
      readonly decidedBy?: DecidedBy;
      readonly usage?: Partial<Usage>;
      /** The rewriter's own thinking; then thought and solution stand in tags. */
      readonly thinking?: string;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'verdict'; readonly reasoning: boolean; readonly solution: boolean }
  | { readonly kind: 'rating'; readonly difficulty: Difficulty }
  | { readonly kind: 'score'; readonly value: number | null };

export interface Play {
  readonly row: QuestionRow;
  readonly policy: QuestionPolicy;
  readonly reply: (ask: Ask) => Reply;
  /** Execution that pays. @default e1 */
  readonly execution?: string;
  /** Steps after which the question stops for good. @default never */
  readonly steps?: number;
}

/** A question that was played through, with what its answers left in the ledger. */
export interface Played {
  readonly row: QuestionRow;
  readonly history: QuestionHistory;
  readonly records: ReadonlyMap<string, CallRecord>;
}

const ROLES: Readonly<Record<Ask['kind'], Role>> = {
  generate: 'teacher',
  solution: 'solver',
  check: 'teacher',
  validate: 'judge',
  rate: 'critic',
  extend: 'rewriter',
  simplify: 'rewriter',
  shorten: 'rewriter',
  verbosity: 'scorer',
  cognitive: 'scorer',
};

/** Runs the real state machine over scripted replies. Calls cost 1 for a thousand output tokens. */
export function playQuestion({ row, policy, reply, execution = 'e1', steps = Infinity }: Play): Played {
  const records = new Map<string, CallRecord>();
  const entries: JournalEntry[] = [];
  let state = startQuestion(
    policy,
    row.chains.map(({ key }) => key),
  );
  for (let groups = decide(policy, state); groups.length > 0; groups = decide(policy, state)) {
    if (state.step >= steps) return { row, history: { state, entries, complete: false }, records };
    const answered = groups.map((group) => answerGroup({ row, group, step: state.step, execution, reply }));
    for (const { entry, written } of answered) {
      entries.push(entry);
      for (const record of written) records.set(record.key, record);
    }
    state = apply(
      policy,
      state,
      answered.map(({ entry }) => ({ group: entry.group, answers: entry.answers })),
    );
  }
  return { row, history: { state, entries, complete: true }, records };
}

/** A ledger that holds what was played. */
export function ledgerOf(played: readonly Played[]): Ledger {
  const records = new Map(played.flatMap((one) => [...one.records]));
  return {
    find: (key) => Promise.resolve(records.get(key)),
    record: () => Promise.reject(new Error('a committer never pays')),
  };
}

export const questionRowOf = (name: string, more: Partial<QuestionRow> = {}): QuestionRow => ({
  id: sha256(name).slice(0, 32),
  question: `What is ${name}?`,
  answer: '42',
  domain: 'math',
  chains: [],
  provenance: { source: 'test', path: 'a.jsonl', row: 1, rowId: name, revision: null, licence: null },
  ...more,
});

interface GroupToAnswer {
  readonly row: QuestionRow;
  readonly group: AskGroup;
  readonly step: number;
  readonly execution: string;
  readonly reply: (ask: Ask) => Reply;
}

function answerGroup(work: GroupToAnswer): { entry: JournalEntry; written: CallRecord[] } {
  const { row, group, step } = work;
  const answers: Answer[] = [];
  const written: CallRecord[] = [];
  const calls: JournalCall[] = [];
  const grades: JournalEntry['grades'][number][] = [];
  for (const [ask, one] of group.asks.entries()) {
    const reply = work.reply(one);
    const record = one.kind === 'check' || reply.kind === 'refused' ? undefined : recordOf(work, one, reply);
    const key = record?.key ?? group.texts[one.chain] ?? '';
    if (record) written.push(record);
    if (record) calls.push(callOf(record, ask));
    answers.push(answerOf(reply, key));
    if (reply.kind === 'text' && (reply.grade ?? 'equal') !== 'none') {
      const verdict = reply.grade ?? 'equal';
      if (verdict !== 'none') grades.push({ ask, verdict, decidedBy: reply.decidedBy ?? 'fast-path', extracted: '42' });
    }
  }
  return { entry: { schema: 1, questionId: row.id, step, group, answers, calls, grades }, written };
}

function answerOf(reply: Reply, key: string): Answer {
  switch (reply.kind) {
    case 'text':
      return { kind: 'text', key, grade: reply.grade ?? 'equal' };
    case 'thought':
    case 'truncated':
    case 'unparsed':
      return { kind: reply.kind, key };
    case 'score':
      return reply.value === null ? { kind: 'unparsed', key } : { kind: 'score', value: reply.value };
    case 'refused':
    case 'verdict':
    case 'rating':
      return reply;
    default:
      return reply satisfies never;
  }
}

function recordOf(
  { row, group, step, execution }: GroupToAnswer,
  ask: Ask,
  reply: Exclude<Reply, { kind: 'refused' }>,
): CallRecord {
  const role = ROLES[ask.kind];
  const isText = 'thought' in reply;
  const usage = { inputTokens: 10, outputTokens: isText ? 100 : 5, reasoningTokens: 0, ...(isText && reply.usage) };
  const finishReason: FinishReason = reply.kind === 'truncated' ? 'length' : 'stop';
  const tagged = isText && reply.thinking !== undefined;
  const written = isText ? reply : { thought: '', solution: JSON.stringify(reply) };
  return {
    schema: 1,
    key: sha256(JSON.stringify([row.id, step, ask])),
    request: { role, model: `${role}-model`, messages: [], sampling: { seed: true }, sample: 0, salt: '' },
    response: {
      thought: tagged ? (reply.thinking ?? '') : written.thought,
      solution: tagged ? `<thought>${reply.thought}</thought>\n<answer>${reply.solution}</answer>` : written.solution,
      thoughtFrom: 'reasoning',
      thoughtOpen: false,
      finishReason,
      modelReported: `${role}-model`,
      usage,
    },
    pool: group.pool,
    endpoint: 'http://127.0.0.1/v1',
    latencyMs: 1,
    finishedAt: '2026-01-01T00:00:00.000Z',
    cost: usage.outputTokens / 1000,
    run: 'r',
    execution,
    asker: `${row.id} ${step} ${group.pool}`,
  };
}

const callOf = (record: CallRecord, ask: number): JournalCall => ({
  key: record.key,
  ask,
  role: record.request.role,
  pool: record.pool,
  model: record.request.model,
  corrective: false,
  origin: 'new',
  execution: record.execution,
  usage: record.response.usage,
  cost: record.cost,
  latencyMs: record.latencyMs,
  finishReason: record.response.finishReason,
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A policy with every role in it: three chains of two teachers, two rounds of rewriting. */
export const FULL_POLICY: QuestionPolicy = {
  teachers: [
    { pool: 't', chains: 2 },
    { pool: 'u', chains: 1 },
  ],
  keep: 'both',
  minVerified: 2,
  maxChains: 3,
  truncatedRetries: 0,
  judge: 'j',
  scorer: 's',
  scoreEarly: true,
  align: { critic: 'c', rewriter: 'r', maxRounds: 2, minKept: 1 },
};

/** A reply with which everything is right at once, for what a test does not script. */
export function goodReply(ask: Ask): Reply {
  switch (ask.kind) {
    case 'generate':
      return {
        kind: 'text',
        thought: `thought ${ask.chain}`,
        solution: `solution ${ask.chain}`,
        usage: { reasoningTokens: 60 },
      };
    case 'solution':
      return { kind: 'text', thought: '', solution: `solution ${ask.chain}`, usage: { outputTokens: 30 } };
    case 'check':
      return { kind: 'text', thought: '', solution: '', decidedBy: 'math-verify' };
    case 'validate':
      return { kind: 'verdict', reasoning: true, solution: true };
    case 'rate':
      return { kind: 'rating', difficulty: 'medium' };
    case 'verbosity':
      return { kind: 'score', value: 3 };
    case 'cognitive':
      return { kind: 'score', value: 4 };
    case 'extend':
    case 'simplify':
    case 'shorten':
      return {
        kind: 'text',
        thought: `${ask.kind} ${ask.round}`,
        solution: 'rewritten',
        thinking: 'How do I put it?',
        usage: { outputTokens: 90, reasoningTokens: 30 },
      };
  }
}
