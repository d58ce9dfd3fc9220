import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import { canonicalJson } from '../../config/canonical-json.js';
import type { CallRecord, CallRequest, ChatMessage } from './record.js';

const MARK = 'sealed:1:';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A record without a readable text, for questions that nobody may publish: each message is a hash, and thought and solution, which often quote the
 * question, are encrypted under a key that is derived from the messages. Whoever has the question can read its answers, nobody else. The call key
 * stays that of the real messages. [ours]
 */
export function sealRecord(record: CallRecord): CallRecord {
  const { request, response } = record;
  const key = keyOf(request);
  return {
    ...record,
    request: { ...request, messages: request.messages.map(hashed) },
    response: { ...response, thought: seal(response.thought, key), solution: seal(response.solution, key) },
  };
}

/** The record as it was before it was sealed, by the request that it answers; others come back as they are. Throws when they don't belong together. */
export function openRecord(record: CallRecord, request: CallRequest): CallRecord {
  const { response } = record;
  if (!isSealed(record)) return record;
  const key = keyOf(request);
  return {
    ...record,
    request,
    response: { ...response, thought: open(response.thought, key), solution: open(response.solution, key) },
  };
}

/** Whether the texts of a record can be read only by whoever has its question. */
export const isSealed = ({ response }: Pick<CallRecord, 'response'>): boolean =>
  response.thought.startsWith(MARK) && response.solution.startsWith(MARK);

const hashed = ({ role, content }: ChatMessage): ChatMessage => ({
  role,
  content: `sha256:${hash('sha256', content, 'hex')}`,
});

const keyOf = ({ messages }: CallRequest): Buffer =>
  Buffer.from(hkdfSync('sha256', canonicalJson(messages), '', 'cotmill/sealed-record', 32));

function seal(text: string, key: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return MARK + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

function open(sealed: string, key: Buffer): string {
  const bytes = Buffer.from(sealed.slice(MARK.length), 'base64');
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
