import { viewName, type TrainingView } from '../../config/training-view.js';
import type { TrainingChain } from '../dataset/rows-training.js';
import { fullResponse } from '../dataset/rows.js';
import { answerText, type AnswerText, type ChainParts, type UnwritableReason } from './answer-text.js';
import { pairsOf, type NotFormedCounts, type Pair, type PairKind, type PairView } from './pairs.js';
import type { ViewChain, ViewQuestion } from './view-chain.js';

export type SftView = Extract<TrainingView, { form: 'messages' | 'prompt-completion' | 'sharegpt' | 'alpaca' }>;

/** A row of a view: its columns by name. */
export type ViewRow = Readonly<Record<string, unknown>>;

/** Chains that a view has no row of, by reason. */
export type LeftOut = Readonly<Partial<Record<UnwritableReason, number>>>;

/** What one question gives to a view. */
export interface QuestionRows {
  readonly rows: readonly ViewRow[];
  readonly leftOut: LeftOut;
  /** Pair views: how many pairs there are of each kind, and why there are not more. */
  readonly pairs?: {
    readonly byKind: Readonly<Partial<Record<PairKind, number>>>;
    readonly notFormed: NotFormedCounts;
  };
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

const MESSAGES = 'STRUCT("role" VARCHAR, content VARCHAR)[]';
const LEVEL = 'STRUCT("level" INTEGER, judge VARCHAR)';

/** Behind the columns that trainers read; those read them by name and leave these alone. */
const CHAIN_COLUMNS = {
  question_id: 'VARCHAR',
  chain_id: 'VARCHAR',
  teacher: 'VARCHAR',
  rv: 'INTEGER',
  cd: 'INTEGER',
  domain: 'VARCHAR',
};
const PAIR_COLUMNS = {
  kind: 'VARCHAR',
  question_id: 'VARCHAR',
  chosen_id: 'VARCHAR',
  rejected_id: 'VARCHAR',
  domain: 'VARCHAR',
};

/** The published OmniThought row and nothing else (methods 2.5) [source]. */
const OMNITHOUGHT_COLUMNS = {
  question: 'VARCHAR',
  reasoning: `STRUCT(thought VARCHAR, solution VARCHAR, full_response VARCHAR, teacher VARCHAR, thought_correctness_verify BOOLEAN, "Reasoning_Verbosity" ${LEVEL}, "Cognitive_Difficulty" ${LEVEL})[]`,
};

/** DuckDB type of every column of a view, in the order of its files. */
export function viewColumns(view: TrainingView): Readonly<Record<string, string>> {
  switch (view.form) {
    case 'messages':
      return { messages: MESSAGES, ...chainColumnTypes(view) };
    case 'prompt-completion':
      return { ...spoken(view, ['prompt', 'completion']), ...chainColumnTypes(view) };
    case 'sharegpt':
      return {
        conversations: 'STRUCT("from" VARCHAR, "value" VARCHAR)[]',
        ...systemColumn(view),
        ...chainColumnTypes(view),
      };
    case 'alpaca':
      return {
        instruction: 'VARCHAR',
        input: 'VARCHAR',
        output: 'VARCHAR',
        ...systemColumn(view),
        ...chainColumnTypes(view),
      };
    case 'omnithought':
      return OMNITHOUGHT_COLUMNS;
    case 'dpo':
      return { ...spoken(view, ['prompt', 'chosen', 'rejected']), ...PAIR_COLUMNS };
    case 'cogpo':
      return { ...spoken(view, ['prompt', 'chosen', 'rejected']), beta: 'DOUBLE', ...PAIR_COLUMNS };
    default:
      return view satisfies never;
  }
}

/** Scores are those of the rewritten chain: they do not stand beside its original. */
function chainColumnTypes({ text }: Pick<SftView, 'text'>): Record<string, string> {
  if (text !== 'original') return CHAIN_COLUMNS;
  const { rv: _rv, cd: _cd, ...others } = CHAIN_COLUMNS;
  return others;
}

const systemColumn = ({ system }: { readonly system?: string | undefined }): Record<string, string> =>
  system === undefined ? {} : { system: 'VARCHAR' };

type Spoken = { readonly conversational: boolean; readonly system?: string | undefined };

const spoken = (view: Spoken, names: readonly string[]): Record<string, string> => ({
  ...Object.fromEntries(names.map((name) => [name, view.conversational ? MESSAGES : 'VARCHAR'])),
  ...(view.conversational ? {} : systemColumn(view)),
});

/** Rows of a question in a view, by chain_index or, for pairs, by kind. Pure. */
export function questionRows(view: TrainingView, question: ViewQuestion): QuestionRows {
  if (view.form === 'dpo' || view.form === 'cogpo') return pairRows(view, question);
  const chains = question.chains.filter(({ picked }) => picked);
  if (view.form === 'omnithought') {
    const reasoning = chains.map(publishedChain);
    return { rows: reasoning.length > 0 ? [{ question: question.question, reasoning }] : [], leftOut: {} };
  }
  const rows: ViewRow[] = [];
  const leftOut: Partial<Record<UnwritableReason, number>> = {};
  for (const chain of chains) {
    const answer: AnswerText = answerText(textOf(chain, view), view.thought);
    if ('text' in answer)
      rows.push({ ...trainerColumns(view, question.question, answer.text), ...chainColumns(chain, view) });
    else leftOut[answer.unwritable] = (leftOut[answer.unwritable] ?? 0) + 1;
  }
  return { rows, leftOut };
}

/** A chain that nobody rewrote is its own original. */
const textOf = (chain: ViewChain, { text }: SftView): ChainParts =>
  text === 'original' && chain.original_solution !== null
    ? { thought: chain.original_thought, solution: chain.original_solution }
    : chain;

const chainColumns = ({ question_id, chain_id, teacher, rv, cd, domain }: ViewChain, { text }: SftView): ViewRow => ({
  question_id,
  chain_id,
  teacher,
  ...(text !== 'original' && { rv, cd }),
  domain,
});

function trainerColumns(view: SftView, question: string, answer: string): ViewRow {
  const system = view.system === undefined ? {} : { system: view.system };
  switch (view.form) {
    case 'messages':
      return { messages: [...promptMessages(view, question), { role: 'assistant', content: answer }] };
    case 'prompt-completion':
      return view.conversational
        ? { prompt: promptMessages(view, question), completion: [{ role: 'assistant', content: answer }] }
        : { prompt: question, completion: answer, ...system };
    case 'sharegpt':
      return {
        conversations: [
          { from: 'human', value: question },
          { from: 'gpt', value: answer },
        ],
        ...system,
      };
    case 'alpaca':
      return { instruction: question, input: '', output: answer, ...system };
    default:
      return view satisfies never;
  }
}

const promptMessages = ({ system }: { readonly system?: string | undefined }, question: string): Message[] => [
  ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
  { role: 'user', content: question },
];

/** A chain as the published set has it: a boolean, and a judge beside each level. */
function publishedChain(chain: ViewChain): PublishedChain {
  const { thought, solution } = chain;
  if (thought === null || solution === null)
    throw new Error(
      `Chain ${chain.chain_id} of question ${chain.question_id} was picked but has no text: the data set is damaged.`,
    );
  return {
    thought,
    solution,
    full_response: fullResponse(thought, solution),
    teacher: chain.teacher,
    thought_correctness_verify: chain.reasoning_valid,
    Reasoning_Verbosity: { level: chain.rv, judge: chain.scorer },
    Cognitive_Difficulty: { level: chain.cd, judge: chain.scorer },
  };
}

type PublishedChain = Pick<
  TrainingChain,
  | 'thought'
  | 'solution'
  | 'full_response'
  | 'teacher'
  | 'thought_correctness_verify'
  | 'Reasoning_Verbosity'
  | 'Cognitive_Difficulty'
>;

function pairRows(view: PairView, question: ViewQuestion): QuestionRows {
  const { pairs, notFormed } = pairsOf(question.chains, view);
  const byKind: Partial<Record<PairKind, number>> = {};
  for (const { kind } of pairs) byKind[kind] = (byKind[kind] ?? 0) + 1;
  return { rows: pairs.map((pair) => pairRow(view, question, pair)), leftOut: {}, pairs: { byKind, notFormed } };
}

function pairRow(view: PairView, { question, question_id, domain }: ViewQuestion, pair: Pair): ViewRow {
  const answer = (content: string): string | Message[] =>
    view.conversational ? [{ role: 'assistant', content }] : content;
  return {
    prompt: view.conversational ? promptMessages(view, question) : question,
    chosen: answer(pair.chosen),
    rejected: answer(pair.rejected),
    ...(!view.conversational && view.system !== undefined && { system: view.system }),
    ...(view.form === 'cogpo' && { beta: betaOf(view, pair.kind) }),
    kind: pair.kind,
    question_id,
    chosen_id: pair.chosenId,
    rejected_id: pair.rejectedId,
    domain,
  };
}

function betaOf(view: Extract<PairView, { form: 'cogpo' }>, kind: PairKind): number {
  switch (kind) {
    case 'small':
      return view.betaSmall;
    case 'medium':
      return view.betaMedium;
    case 'large':
      return view.betaLarge;
    default:
      throw new Error(`View ${viewName(view)} has a pair of kind ${kind}: CogPO knows small, medium and large.`);
  }
}
