import type { z } from 'zod';
import type { CallRequest, CallResponse, ChatMessage } from '../ledger/record.js';

export type Structured<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

/** Bounds on the search for an object in prose; answers of judges are short. */
const MAX_ENDS = 20;
const MAX_STARTS = 100;
const MAX_QUOTED_CHARACTERS = 2_000;

/**
 * Reads a structured answer strictly: the last JSON object of the text after the thought, checked whatever the server claims to have
 * enforced. A number or a word somewhere in prose is no answer (methods 5.3). The fault is a clause that fits into a corrective ask.
 */
export function parseStructured<T>(schema: z.ZodType<T>, response: CallResponse): Structured<T> {
  if (response.finishReason === 'length' || response.thoughtOpen) return fault('it was cut off by the token limit');
  if (response.finishReason === 'content-filter') return fault('it was withheld by a content filter');
  if (response.solution.trim() === '') return fault('it was empty');
  const object = lastObject(response.solution);
  if (object === undefined) return fault('it has no valid JSON object (backslashes in strings must be doubled)');
  const parsed = schema.safeParse(object);
  return parsed.success ? { ok: true, value: parsed.data } : fault(`it breaks the schema: ${describe(parsed.error)}`);
}

const fault = (text: string): { ok: false; fault: string } => ({ ok: false, fault: text });

const describe = (error: z.ZodError): string =>
  error.issues
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');

/** The last substring that is a JSON object; of nested ones the outermost. Code fences and prose around it do not matter. */
function lastObject(text: string): object | undefined {
  let end = text.lastIndexOf('}');
  for (let ends = 0; end >= 0 && ends < MAX_ENDS; ends++) {
    const object = objectEndingAt(text, end);
    if (object) return object;
    end = end === 0 ? -1 : text.lastIndexOf('}', end - 1);
  }
  return undefined;
}

function objectEndingAt(text: string, end: number): object | undefined {
  let start = text.lastIndexOf('{', end);
  for (let starts = 0; start >= 0 && starts < MAX_STARTS; starts++) {
    const object = parseObject(text.slice(start, end + 1));
    if (object) return object;
    start = start === 0 ? -1 : text.lastIndexOf('{', start - 1);
  }
  return undefined;
}

function parseObject(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** Messages of the one corrective ask: the conversation so far, the answer as it came, and what was wrong with it. */
export function correctiveMessages(
  request: CallRequest,
  response: CallResponse,
  fault: string,
): readonly ChatMessage[] {
  const answer = response.solution.trim().slice(0, MAX_QUOTED_CHARACTERS) || '(no answer)';
  const correction = `Your last answer could not be used: ${fault}. Answer the same request again with nothing but one JSON object of the form that was asked for.`;
  return [...request.messages, { role: 'assistant', content: answer }, { role: 'user', content: correction }];
}
