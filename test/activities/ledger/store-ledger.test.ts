import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callKey } from '../../../activities/ledger/call-key.js';
import { LedgerCorrupt } from '../../../activities/ledger/ledger.js';
import type { CallRecord, CallRequest, CallResponse } from '../../../activities/ledger/record.js';
import { createStoreLedger, recordKey } from '../../../activities/ledger/store-ledger.js';
import { createFileStore } from '../../../activities/store/file-store.js';
import type { ObjectStore } from '../../../activities/store/object-store.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function recordOf(
  question: string,
  response: Partial<CallResponse> = {},
  request: Partial<CallRequest> = {},
): CallRecord {
  const asked: CallRequest = {
    role: 'teacher',
    model: 'm',
    messages: [{ role: 'user', content: question }],
    sampling: { seed: true },
    sample: 0,
    salt: '',
    ...request,
  };
  return {
    schema: 1,
    key: callKey(asked),
    request: asked,
    response: {
      thought: 'Let me see.',
      solution: '42',
      thoughtFrom: 'reasoning',
      thoughtOpen: false,
      finishReason: 'stop',
      modelReported: 'm-1',
      usage: { inputTokens: 3, outputTokens: 7, reasoningTokens: 5 },
      ...response,
    },
    pool: 'teacher',
    endpoint: 'http://127.0.0.1:1/v1',
    latencyMs: 12.5,
    finishedAt: '2025-01-02T03:04:05.678Z',
    cost: 0.0001,
    run: 'nightly',
    execution: 'e-1',
    asker: 'question/0/pool',
  };
}

describe('store ledger', () => {
  let directory: string;
  let store: ObjectStore & { reads: number };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cotmill-ledger-'));
    store = counting(createFileStore(directory));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('finds nothing before, and the record after, also in another process', async () => {
    const ledger = createStoreLedger(store);
    const paid = recordOf('1 + 1?');
    expect(await ledger.find(paid.key)).toBeUndefined();
    expect(await ledger.record(paid)).toEqual({ record: paid, repeated: false });
    expect(await ledger.find(paid.key)).toEqual(paid);
    expect(await createStoreLedger(store).find(paid.key)).toEqual(paid);
  });

  it.each<[string, number, (body: Uint8Array) => Uint8Array]>([
    ['JSON', 5_000, (body) => body],
    ['gzipped JSON where it is large', 20_000, (body) => gunzipSync(body)],
  ])('keeps one object a call, %s', async (_, characters, unpack) => {
    const paid = recordOf('layout', { solution: 'ü'.repeat(characters / 2) });
    await createStoreLedger(store).record(paid);
    const body = await store.get(`calls/${paid.key.slice(0, 2)}/${paid.key}`);
    expect(JSON.parse(Buffer.from(unpack(body!)).toString())).toEqual(paid);
    expect(await createStoreLedger(store).find(paid.key)).toEqual(paid);
  });

  it('reads small records that were gzipped', async () => {
    const paid = recordOf('small');
    await store.put(recordKey(paid.key), gzipSync(JSON.stringify(paid)));
    expect(await createStoreLedger(store).find(paid.key)).toEqual(paid);
  });

  it('gives both of two racing workers the same record, and tells the loser that it paid twice', async () => {
    for (let round = 0; round < 20; round++) {
      const papers = ['a', 'b'].map((solution) => recordOf(`race ${round}`, { solution }));
      const results = await Promise.all(papers.map((paid) => createStoreLedger(store).record(paid)));
      expect(results.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
      const winner = results.findIndex(({ repeated }) => !repeated);
      for (const { record } of results) expect(record).toEqual(papers[winner]);
    }
  });

  it('has one record however many race, within one ledger too', async () => {
    const ledger = createStoreLedger(store);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ledger.record(recordOf('same', { solution: `${index}` }))),
    );
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(results.map(({ record }) => record.response.solution)).size).toBe(1);
  });

  it('does not call it repeated when only the answer to the own write was lost', async () => {
    const forgetful = {
      ...store,
      putIfAbsent: async (key: string, body: Uint8Array) => (await store.putIfAbsent(key, body)) && false,
    };
    const paid = recordOf('lost answer');
    expect(await createStoreLedger(forgetful).record(paid)).toEqual({ record: paid, repeated: false });
  });

  it('says so when the record that was in the way is gone', async () => {
    const losing = { ...store, putIfAbsent: () => Promise.resolve(false) };
    await expect(createStoreLedger(losing).record(recordOf('gone'))).rejects.toMatchObject({
      name: 'StoreError',
      kind: 'unavailable',
    });
  });

  it('passes on a store that fails, and asks again next time', async () => {
    let isDown = true;
    const failing = { ...store, get: (key: string) => (isDown ? Promise.reject(new Error('down')) : store.get(key)) };
    const ledger = createStoreLedger(failing);
    const paid = recordOf('down');
    await createStoreLedger(store).record(paid);
    await expect(ledger.find(paid.key)).rejects.toThrow('down');
    isDown = false;
    expect(await ledger.find(paid.key)).toEqual(paid);
  });

  describe('a damaged object', () => {
    const paid = recordOf('damaged');
    const other = recordOf('another');
    const zip = (value: unknown) => gzipSync(JSON.stringify(value));

    it.each<[string, Uint8Array, string]>([
      ['neither JSON nor gzip', bytes('hello'), 'JSON'],
      ['an empty object', bytes(''), 'end of JSON'],
      ['cut off', bytes(JSON.stringify(paid).slice(0, 100)), 'JSON'],
      ['cut off and gzipped', gzipSync(JSON.stringify(paid)).subarray(0, 100), 'unexpected end'],
      ['no gzip', Uint8Array.of(0x1f, 1, 2), 'header'],
      ['no JSON in gzip', gzipSync('{"schema":1,'), 'JSON'],
      ['another version', zip({ ...paid, schema: 2 }), 'at schema'],
      ['no response', zip({ ...paid, response: undefined }), 'at response'],
      [
        'an unknown finish',
        zip({ ...paid, response: { ...paid.response, finishReason: 'so-so' } }),
        'at response.finishReason',
      ],
      ['the record of another call', zip(other), `found that of ${other.key}`],
    ])('(%s) is named, with what to do', async (_, body, reason) => {
      await store.put(recordKey(paid.key), body);
      const found = createStoreLedger(store).find(paid.key);
      await expect(found).rejects.toThrow(LedgerCorrupt);
      await expect(found).rejects.toMatchObject({ objectKey: recordKey(paid.key) });
      for (const part of [recordKey(paid.key), reason, 'delete it']) await expect(found).rejects.toThrow(part);
      await expect(createStoreLedger(store).record(paid)).rejects.toThrow(LedgerCorrupt);
    });

    it('is read again once it was mended', async () => {
      const ledger = createStoreLedger(store);
      await store.put(recordKey(paid.key), bytes('hello'));
      await expect(ledger.find(paid.key)).rejects.toThrow(LedgerCorrupt);
      await store.delete(recordKey(paid.key));
      expect(await ledger.find(paid.key)).toBeUndefined();
      expect(await ledger.record(paid)).toEqual({ record: paid, repeated: false });
    });
  });

  it('reads records that lack what only informs, or carry more than it knows', async () => {
    const { pool: _pool, cost: _cost, ...rest } = recordOf('older');
    const stored = {
      ...rest,
      endpoint: null,
      later: 1,
      response: { ...rest.response, usage: { inputTokens: 3, outputTokens: 7 } },
    };
    await store.put(
      recordKey(rest.key),
      gzipSync(JSON.stringify({ ...stored, request: { ...rest.request, schema: null } })),
    );
    expect(await createStoreLedger(store).find(rest.key)).toEqual({
      ...rest,
      pool: '',
      cost: 0,
      endpoint: '',
      response: { ...rest.response, usage: { inputTokens: 3, outputTokens: 7, reasoningTokens: 0 } },
    });
  });

  it('returns any text as it was, whatever characters it has', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\ud800', '\u0000', '\u2028</think>', '🙂'),
    );
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, async (question, thought, solution) => {
        const paid = recordOf(question, { thought, solution }, { salt: `${Math.random()}` });
        await createStoreLedger(store).record(paid);
        expect(await createStoreLedger(store).find(paid.key)).toEqual(paid);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the schema of a structured answer', async () => {
    const schema = { name: 'verdict', schema: { type: 'object', required: ['a'] } };
    const paid = recordOf('structured', {}, { schema });
    await createStoreLedger(store).record(paid);
    expect((await createStoreLedger(store).find(paid.key))?.request.schema).toEqual(schema);
  });

  describe('memory', () => {
    it('answers what was written or read before without reading', async () => {
      const ledger = createStoreLedger(store);
      const paid = recordOf('written');
      await ledger.record(paid);
      await ledger.find(paid.key);
      expect(store.reads).toBe(0);
      const reader = createStoreLedger(store);
      await reader.find(paid.key);
      await reader.find(paid.key);
      expect(store.reads).toBe(1);
    });

    it('shares one read among concurrent finds, and forgets that nothing was there', async () => {
      const ledger = createStoreLedger(store);
      const paid = recordOf('shared');
      await Promise.all(Array.from({ length: 10 }, () => ledger.find(paid.key)));
      expect(store.reads).toBe(1);
      await createStoreLedger(store).record(paid);
      const found = await Promise.all(Array.from({ length: 10 }, () => ledger.find(paid.key)));
      expect(store.reads).toBe(2);
      expect(new Set(found)).toEqual(new Set([paid]));
    });

    it('is for texts: what a judge said is read again by whoever asks again', async () => {
      const ledger = createStoreLedger(store);
      const paid = recordOf('a verdict', {}, { role: 'judge' });
      await ledger.record(paid);
      expect(await ledger.find(paid.key)).toEqual(paid);
      expect(await ledger.find(paid.key)).toEqual(paid);
      expect(store.reads).toBe(2);
    });

    it.each(['teacher', 'judge'] as const)('finds what a %s said while the store was looked into', async (role) => {
      let answer: (body: undefined) => void = () => undefined;
      const slow = { ...store, get: () => new Promise<undefined>((resolve) => (answer = resolve)) };
      const ledger = createStoreLedger(slow);
      const paid = recordOf('meanwhile', {}, { role });
      const found = ledger.find(paid.key);
      await ledger.record(paid);
      answer(undefined);
      expect(await found).toBe(paid);
    });

    it('can be switched off', async () => {
      const ledger = createStoreLedger(store, { cacheBytes: 0 });
      const paid = recordOf('no memory');
      await ledger.record(paid);
      expect(await ledger.find(paid.key)).toEqual(paid);
      expect(store.reads).toBe(1);
    });
  });
});

/** The store, counting what is read from it. */
function counting(store: ObjectStore): ObjectStore & { reads: number } {
  const counted = {
    ...store,
    reads: 0,
    get(key: string) {
      counted.reads++;
      return store.get(key);
    },
  };
  return counted;
}
