import type { z } from 'zod';
import { InferenceError } from '../inference/inference.js';
import { correctiveMessages, parseStructured } from '../inference/structured-answer.js';
import type { CallRequest } from '../ledger/record.js';
import type { PaidCall } from './paid-call.js';

/** What a structured ask brought, with the calls that it took, also when there is no value. */
export type StructuredAnswer<Value> = { readonly calls: readonly PaidCall[] } & (
  | { readonly kind: 'value'; readonly value: Value }
  /** `key`: of the last answer. */
  | { readonly kind: 'unparsed'; readonly key: string }
  /** The server will never answer. */
  | { readonly kind: 'refused'; readonly reason: string }
);

/** Asks and reads strictly; an answer that breaks the schema is asked for once more with the fault named. Throws the other errors of `ask`. */
export async function askStructured<Value>(
  schema: z.ZodType<Value>,
  request: CallRequest,
  ask: (request: CallRequest) => Promise<PaidCall>,
): Promise<StructuredAnswer<Value>> {
  const calls: PaidCall[] = [];
  const read = async (asked: CallRequest) => {
    const call = await ask(asked);
    calls.push(call);
    return { call, parsed: parseStructured(schema, call.record.response) };
  };
  try {
    const first = await read(request);
    if (first.parsed.ok) return { kind: 'value', value: first.parsed.value, calls };
    const messages = correctiveMessages(request, first.call.record.response, first.parsed.fault);
    const { call, parsed } = await read({ ...request, messages });
    return parsed.ok
      ? { kind: 'value', value: parsed.value, calls }
      : { kind: 'unparsed', key: call.record.key, calls };
  } catch (error) {
    if (!(error instanceof InferenceError) || error.kind !== 'rejected') throw error;
    return { kind: 'refused', reason: error.message, calls };
  }
}
