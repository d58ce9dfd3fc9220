import { describe, expect, it } from 'vitest';
import type { InferencePool } from '../../../activities/inference/inference.js';
import type { Ledger } from '../../../activities/ledger/ledger.js';
import type { CallRequest } from '../../../activities/ledger/record.js';
import { createPaidCalls } from '../../../activities/question/paid-call.js';
import { StoreError } from '../../../activities/store/object-store.js';

const request: CallRequest = {
  role: 'teacher',
  model: 'm',
  messages: [],
  sampling: { seed: true },
  sample: 0,
  salt: '',
};
const payer = { run: 'r', execution: 'e', asker: 'q/0/p' };

/** A pool that counts what it is asked, over a ledger whose first writes fail with the given errors. */
function payFor(failures: Error[], signal = new AbortController().signal, model = 'm') {
  const calls = { asked: 0, writes: 0 };
  const ledger: Ledger = {
    find: () => Promise.resolve(undefined),
    record: (record) => {
      const failure = failures[calls.writes++];
      return failure ? Promise.reject(failure) : Promise.resolve({ record, repeated: false });
    },
  };
  const response = {
    thought: '',
    solution: '1',
    thoughtFrom: 'none',
    thoughtOpen: false,
    finishReason: 'stop',
    modelReported: 'm',
    usage: { inputTokens: 1, outputTokens: 1, reasoningTokens: 0 },
  } as const;
  const pool: InferencePool = {
    name: 'p',
    model,
    call: () => Promise.resolve({ response, endpoint: 'http://m/v1', latencyMs: (calls.asked += 1) }),
    status: () => ({ pool: 'p', waiting: 0, endpoints: [] }),
    close: () => Promise.resolve(),
  };
  const paid = createPaidCalls({
    ledger,
    poolNamed: () => pool,
    priceOf: () => ({ inputPerMillion: 0, outputPerMillion: 0 }),
  });
  return { calls, call: paid.ask(request, { pool: 'p', payer, signal, underway: new Map() }) };
}

const away = (): StoreError => new StoreError('unavailable', 'the store is away');

describe('a paid answer', () => {
  it('is kept until a store that was away takes it', async () => {
    const { calls, call } = payFor([away(), away()]);
    expect(await call).toMatchObject({ origin: 'new' });
    expect(calls).toEqual({ asked: 1, writes: 3 });
  });

  it('is let go when the store refuses it', async () => {
    const { calls, call } = payFor([new StoreError('denied', 'no')]);
    await expect(call).rejects.toThrow('no');
    expect(calls.writes).toBe(1);
  });

  it('is tried once more when the work is cancelled', async () => {
    const cancel = new AbortController();
    const { calls, call } = payFor([away(), away(), away(), away(), away()], cancel.signal);
    setTimeout(() => cancel.abort(), 20);
    await expect(call).rejects.toThrow('away');
    expect(calls.writes).toBe(2);
  });
});

it('is not asked of a pool that serves another model than the run was started with', async () => {
  const { calls, call } = payFor([], undefined, 'another');
  await expect(call).rejects.toMatchObject({
    kind: 'misconfigured',
    message: expect.stringMatching(/serves another now.*started with m/) as string,
  });
  expect(calls).toEqual({ asked: 0, writes: 0 });
});
