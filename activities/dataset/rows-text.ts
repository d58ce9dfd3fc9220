import type { Revision } from '../../workflows/question/state.js';
import type { CallRecord } from '../ledger/record.js';
import { chainText } from '../question/chain-text.js';
import type { SourceChain } from '../sources/question-row.js';

/** A chain's text with its length. */
export interface ChainText {
  readonly thought: string;
  readonly solution: string;
  readonly model: string | null;
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
  if (revision.by === 'source') {
    const chain = sources.chains.find((candidate) => candidate.key === revision.key);
    return chain && sourceText(chain);
  }
  const record = sources.records.get(revision.key);
  if (!record) return undefined;
  return revision.by === 'teacher' ? teacherText(record) : rewrittenText(record);
}

function sourceText({ thought, solution }: SourceChain): ChainText {
  const tokens = tokensByBytes({ thought, solution });
  return { thought, solution, model: null, tokens, tokensEstimated: true, thoughtTokens: null };
}

function teacherText(record: CallRecord): ChainText {
  const { usage } = record.response;
  const text = chainText(record);
  const counted = usage.outputTokens > 0;
  return {
    ...text,
    model: record.request.model,
    tokens: counted ? usage.outputTokens : tokensByBytes(text),
    tokensEstimated: !counted,
    thoughtTokens: usage.reasoningTokens > 0 ? usage.reasoningTokens : null,
  };
}

function rewrittenText(record: CallRecord): ChainText {
  const { request, response } = record;
  const text = chainText(record);
  const length = rewriteTokens(response, text.thought !== '' && text.thought === response.thought.trim());
  return {
    ...text,
    model: request.model,
    tokens: length?.tokens ?? tokensByBytes(text),
    tokensEstimated: length?.estimated ?? true,
    thoughtTokens: null,
  };
}

/**
 * Tokens of a rewritten chain [ours]. The usage of a reasoning rewriter counts its own thinking, which is not the chain: it is subtracted
 * where the server tells it apart, and else taken out by its share of the answer's bytes. undefined: the server counted nothing.
 */
function rewriteTokens(
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
