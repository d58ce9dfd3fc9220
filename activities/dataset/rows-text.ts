import type { Revision } from '../../workflows/question/state.js';
import type { CallRecord } from '../ledger/record.js';
import { chainText, solvedText } from '../question/chain-text.js';
import type { SourceChain } from '../sources/question-row.js';

/** A chain's text with its length. */
export interface ChainText {
  readonly thought: string;
  readonly solution: string;
  readonly model: string | null;
  /** Model that wrote the solution in a second call; null: it was not written so. */
  readonly solutionModel: string | null;
  readonly tokens: number;
  readonly tokensEstimated: boolean;
  /** Tokens of the thought where the server counted them and the text is a teacher's. */
  readonly thoughtTokens: number | null;
}

/** UTF-8 bytes that one token stands for where nothing was counted [ours]; about right for English and for Chinese. */
export const BYTES_PER_TOKEN = 4;

/** Where the texts of a question are looked up. */
export interface TextSources {
  readonly records: ReadonlyMap<string, CallRecord>;
  readonly chains: readonly SourceChain[];
}

/** The text of a revision, or undefined when its record is not there. */
export function textOf(revision: Revision, sources: TextSources): ChainText | undefined {
  const first = ownText(revision, sources);
  if (!first || revision.solution === undefined) return first;
  const second = sources.records.get(revision.solution);
  return second && inTwoCalls(first, second);
}

function ownText({ by, key }: Revision, { records, chains }: TextSources): ChainText | undefined {
  if (by === 'source') {
    const chain = chains.find((candidate) => candidate.key === key);
    return chain && sourceText(chain);
  }
  const record = records.get(key);
  if (!record) return undefined;
  return by === 'teacher' ? teacherText(record) : rewrittenText(record);
}

/** The tokens of the thought and those of the solution [ours]; what the second model thought to itself is not the chain's. */
function inTwoCalls(first: ChainText, second: CallRecord): ChainText {
  const text = solvedText(first, second);
  const length = writtenTokens(second.response, false);
  return {
    ...text,
    model: first.model,
    solutionModel: second.request.model,
    tokens: first.tokens + (length?.tokens ?? tokensByBytes({ thought: '', solution: text.solution })),
    tokensEstimated: first.tokensEstimated || (length?.estimated ?? true),
    thoughtTokens: first.tokensEstimated ? null : first.tokens,
  };
}

function sourceText({ thought, solution }: SourceChain): ChainText {
  const tokens = tokensByBytes({ thought, solution });
  return { thought, solution, model: null, solutionModel: null, tokens, tokensEstimated: true, thoughtTokens: null };
}

function teacherText(record: CallRecord): ChainText {
  const { usage } = record.response;
  const text = chainText(record);
  const counted = usage.outputTokens > 0;
  return {
    ...text,
    ...{ model: record.request.model, solutionModel: null },
    tokens: counted ? usage.outputTokens : tokensByBytes(text),
    tokensEstimated: !counted,
    thoughtTokens: usage.reasoningTokens > 0 ? usage.reasoningTokens : null,
  };
}

function rewrittenText(record: CallRecord): ChainText {
  const { request, response } = record;
  const text = chainText(record);
  const length = writtenTokens(response, text.thought !== '' && text.thought === response.thought.trim());
  return {
    ...text,
    ...{ model: request.model, solutionModel: null },
    tokens: length?.tokens ?? tokensByBytes(text),
    tokensEstimated: length?.estimated ?? true,
    thoughtTokens: null,
  };
}

/**
 * Tokens of what a rewriter or a second call wrote of a chain [ours]. The usage of a reasoning model counts its own thinking, which is not the chain:
 * it is subtracted where the server tells it apart, and else taken out by its share of the answer's bytes. undefined: the server counted nothing.
 */
function writtenTokens(
  response: CallRecord['response'],
  thoughtIsChain: boolean,
): { readonly tokens: number; readonly estimated: boolean } | undefined {
  const { outputTokens, reasoningTokens } = response.usage;
  if (outputTokens === 0) return undefined;
  if (thoughtIsChain || response.thought === '') return { tokens: outputTokens, estimated: false };
  if (reasoningTokens > 0 && reasoningTokens < outputTokens) {
    return { tokens: outputTokens - reasoningTokens, estimated: false };
  }
  const own = Buffer.byteLength(response.solution);
  const share = own / (own + Buffer.byteLength(response.thought));
  return { tokens: Math.max(1, Math.round(outputTokens * share)), estimated: true };
}

const tokensByBytes = ({ thought, solution }: Pick<ChainText, 'thought' | 'solution'>): number =>
  Math.ceil((Buffer.byteLength(thought) + Buffer.byteLength(solution)) / BYTES_PER_TOKEN);
