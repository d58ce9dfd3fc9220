import type { Sampling } from '../../config/recipe.js';

/** Roles a model can be asked in. */
export const ROLES = ['teacher', 'solver', 'judge', 'scorer', 'critic', 'rewriter', 'student'] as const;
export type Role = (typeof ROLES)[number];

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Everything that can change the answer; the call key is a hash of exactly this. */
export interface CallRequest {
  readonly role: Role;
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly sampling: Sampling;
  /** Which of several samples of the same request. */
  readonly sample: number;
  readonly salt: string;
  /** JSON Schema of a structured answer, with its name. */
  readonly schema?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> };
}

export type FinishReason = 'stop' | 'length' | 'content-filter' | 'other';

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the output; 0 where the server does not say. */
  readonly reasoningTokens: number;
}

/** A model's answer with the thought already told apart from the solution. */
export interface CallResponse {
  /** '' when the model gave none. */
  readonly thought: string;
  /** Text after the thought: a chain's solution or a judge's answer. */
  readonly solution: string;
  /** Where the thought came from. */
  readonly thoughtFrom: 'reasoning' | 'reasoning_content' | 'inline' | 'none';
  /** true: an inline thought began and never ended. */
  readonly thoughtOpen: boolean;
  readonly finishReason: FinishReason;
  readonly modelReported: string;
  readonly usage: Usage;
}

/** One paid call, as the ledger keeps it. */
export interface CallRecord {
  readonly schema: 1;
  readonly key: string;
  readonly request: CallRequest;
  readonly response: CallResponse;
  readonly pool: string;
  /** URL of the endpoint without credentials. */
  readonly endpoint: string;
  readonly latencyMs: number;
  /** ISO 8601. */
  readonly finishedAt: string;
  /** In the currency of the deployment's prices. */
  readonly cost: number;
  /** Who paid: run name and execution id. */
  readonly run: string;
  readonly execution: string;
  /** What it was paid for: question, step and pool. A repetition of that very step finds its own record, anybody else reuses it. */
  readonly asker: string;
}
