import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Sampling } from '../../config/recipe.js';
import { ROLES, type CallRecord } from './record.js';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const UsageShape = z.object({ inputTokens: count, outputTokens: count, reasoningTokens: count });

const RequestShape = z
  .object({
    role: z.enum(ROLES),
    model: z.string(),
    messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
    // Kept to be read by people; what it may hold changes with the recipe's schema, and the key already vouches for it.
    sampling: z.custom<Sampling>((value) => typeof value === 'object' && value !== null),
    sample: z.number(),
    salt: text,
    schema: z.object({ name: z.string(), schema: z.record(z.string(), z.unknown()) }).nullish(),
  })
  .transform(({ schema, ...request }) => (schema ? { ...request, schema } : request));

const ResponseShape = z.object({
  thought: text,
  solution: text,
  thoughtFrom: z.enum(['reasoning', 'reasoning_content', 'inline', 'none']),
  thoughtOpen: z.boolean(),
  finishReason: z.enum(['stop', 'length', 'content-filter', 'other']),
  modelReported: text,
  usage: UsageShape,
});

/** Fields that only inform may be missing; those that decide what becomes of an answer may not. */
const RecordShape = z.object({
  schema: z.literal(1),
  key: z.string(),
  request: RequestShape,
  response: ResponseShape,
  pool: text,
  endpoint: text,
  latencyMs: count,
  finishedAt: text,
  cost: count,
  run: text,
  execution: text,
  asker: text,
}) satisfies z.ZodType<CallRecord>;

/** Smaller records are kept as they are: what gzip costs hardly depends on the size, and it would save one block of a disk at most. [measured] */
const GZIP_FROM_BYTES = 8 * 1024;
const GZIP_MARK = 0x1f;

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/**
 * Bytes of a record: JSON, larger ones as gzip at its fastest level. On this thread: for the sizes of answers handing the work to another thread
 * costs as much as doing it. The same record gives the same bytes.
 */
export function encodeRecord(record: CallRecord): Uint8Array {
  const json = encoder.encode(JSON.stringify(record));
  return json.byteLength < GZIP_FROM_BYTES ? json : gzipSync(json, { level: 1 });
}

/** The record in these bytes. Throws an Error that says what is wrong with them. */
export function decodeRecord(body: Uint8Array, key: string): CallRecord {
  const json = body[0] === GZIP_MARK ? gunzipSync(body) : body;
  const parsed = RecordShape.safeParse(JSON.parse(decoder.decode(json)));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error), { cause: parsed.error });
  if (parsed.data.key !== key) throw new Error(`expected the record of call ${key}, found that of ${parsed.data.key}`);
  return parsed.data;
}
