import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../config/canonical-json.js';
import type { ChatMessage } from '../ledger/record.js';
import type { ObjectStore } from '../store/object-store.js';

/** What a student is shown, and a thought that may be its own. */
export interface Thought {
  readonly messages: readonly ChatMessage[];
  readonly thought: string;
}

/** Thought tokens, and the sum of their negative log-probabilities, in nats. 0 tokens: there is no thought to measure. */
export interface ThoughtFigure {
  readonly tokens: number;
  readonly nll: number;
}

/** Everything beside the thought that decides about its perplexity. */
export interface Measured {
  /** Identity of the weights: SHA-256, hex. */
  readonly weightsSha256: string;
  /** Chat template in place of the checkpoint's own, which the weights' identity covers: SHA-256, hex; null: none. */
  readonly chatTemplateSha256: string | null;
  readonly chatTemplateKwargs: Readonly<Record<string, unknown>>;
  /** Written between prompt and thought, such as "<think>\n". */
  readonly opening: string;
}

/** exp of the mean negative log-probability of the thought's tokens [second-hand]; null without any. */
export const perplexityOf = ({ tokens, nll }: ThoughtFigure): number | null =>
  tokens === 0 ? null : Math.exp(nll / tokens);

/** Name of a measurement: 64 hex digits that depend on weights, template, prompt and thought alone, not on how or where it was measured. */
export const perplexityKey = (measured: Measured, { messages, thought }: Thought): string =>
  createHash('sha256')
    .update(canonicalJson({ ...measured, messages, thought }), 'utf8')
    .digest('hex');

const Record = z.object({
  schema: z.literal(1),
  key: z.string(),
  tokens: z.int().min(0),
  nll: z.number().min(0),
  by: z.enum(['job', 'endpoint']),
});
export type PerplexityRecord = z.infer<typeof Record>;

const objectKey = (key: string): string => `perplexities/${key.slice(0, 2)}/${key}`;

/** Measurements in the store, one object each, like paid calls: what is known is never measured again. */
export interface PerplexityStore {
  find(key: string): Promise<ThoughtFigure | undefined>;
  /** The first of several stays. */
  record(paid: Omit<PerplexityRecord, 'schema'>): Promise<void>;
}

/** Throws StoreError; Error when an object is no record. */
export function createPerplexityStore(store: ObjectStore): PerplexityStore {
  return {
    async find(key) {
      const body = await store.get(objectKey(key));
      if (!body) return undefined;
      const parsed = Record.safeParse(JSON.parse(Buffer.from(body).toString('utf8')));
      if (parsed.success && parsed.data.key === key) return { tokens: parsed.data.tokens, nll: parsed.data.nll };
      throw new Error(
        `${objectKey(key)} in ${store.description} is no perplexity record of that key. Delete it: it is then measured again.`,
      );
    },
    async record(paid) {
      await store.putIfAbsent(objectKey(paid.key), Buffer.from(JSON.stringify({ schema: 1, ...paid })));
    },
  };
}
