import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonl, type JsonlOptions } from '../../../activities/sources/read-jsonl.js';
import type { SourceItem } from '../../../activities/sources/source-item.js';
import { chunksOf } from '../../fakes/memory-store.js';
import { rawZstdFrame } from './zstd-frame.js';

const PLAIN = { compression: 'none', name: 'rows.jsonl' } as const;

async function* asStream(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (const chunk of chunksOf(bytes, chunkBytes)) yield await Promise.resolve(chunk);
}

async function readAll(bytes: Uint8Array, options: JsonlOptions = PLAIN, chunkBytes = 1000): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of readJsonl(asStream(bytes, chunkBytes), options)) items.push(item);
  return items;
}

describe('readJsonl', () => {
  it.each([
    ['rows', '{"a":1}\n{"a":2}\n', [1, 2]],
    ['no newline at the end', '{"a":1}\n{"a":2}', [1, 2]],
    ['Windows line ends', '{"a":1}\r\n{"a":2}\r\n', [1, 2]],
    ['a byte order mark', '\ufeff{"a":1}\n', [1]],
    ['blank lines', '\n{"a":1}\n   \n\r\n{"a":5}\n\n', [2, 5]],
    ['nothing', '', []],
  ])('reads %s', async (_name, text, numbers) => {
    const items = await readAll(Buffer.from(text));
    expect(items.map((item) => item.number)).toEqual(numbers);
    expect(items.every((item) => 'row' in item)).toBe(true);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['broken JSON', '{"secret text": tru', /^broken JSON: /],
    ['text after the object', '{"secret text":1} x', /^broken JSON: Unexpected non-white/],
    ['a list', '[{"secret text":1}]', /^expected a JSON object, found a list$/],
    ['a text', '"secret text"', /^expected a JSON object, found "string"$/],
    ['null', 'null', /^expected a JSON object, found "object"$/],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /^expected UTF-8/],
    ['a line that is too long', `{"a":"${'x'.repeat(60)}"}`, /^the line is too long: 68 bytes$/],
  ])('reports %s with its line and goes on', async (_name, line, fault) => {
    const bytes = Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.from(line), Buffer.from('\n{"a":3}\n')]);
    const items = await readAll(bytes, { ...PLAIN, maxLineBytes: 50 });
    expect(items).toEqual([
      { number: 1, row: { a: 1 } },
      { number: 2, fault: expect.stringMatching(fault) as string },
      { number: 3, row: { a: 3 } },
    ]);
    expect(JSON.stringify(items[1])).not.toContain('secret');
  });

  it('does not depend on how the bytes arrive', async () => {
    const parts = fc.array(fc.constantFrom('{"a":"ü"}', '{"b":[1,2]}', '\n', '\n', '\r\n', '[1]', '{"a"', '   '), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 20 }), async (lines, chunkBytes) => {
        const bytes = Buffer.from(lines.join(''));
        expect(await readAll(bytes, PLAIN, chunkBytes)).toEqual(await readAll(bytes, PLAIN, 10_000));
      }),
    );
  });

  it.each([['gzip', gzipSync] as const, ['zstd', rawZstdFrame] as const])(
    'reads %s, and names a file that breaks off',
    async (compression, compress) => {
      const rows = Array.from({ length: 20_000 }, (_row, index) => ({
        question: `What is ${index} + ${(index * 7919) % 1000}?`,
      }));
      const bytes = compress(Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')));
      const options = { compression, name: `rows.jsonl.${compression}` };
      const whole = await readAll(bytes, options, 100_000);
      expect(whole.map((item) => 'row' in item && item.row)).toEqual(rows);

      const cut = await readAll(bytes.subarray(0, -1000), options, 5000);
      expect(cut).toEqual(await readAll(bytes.subarray(0, -1000), options, 100_000));
      expect(cut.slice(0, -1)).toEqual(whole.slice(0, cut.length - 1));
      expect(cut.at(-1)).toEqual({ number: cut.length, fault: expect.stringContaining(options.name) as string });
    },
  );

  it('passes errors of the stream on', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"a":1}\n');
      await Promise.reject(new Error('connection reset'));
    }
    const readFailing = async () => {
      for await (const item of readJsonl(failing(), PLAIN)) expect(item.number).toBe(1);
    };
    await expect(readFailing()).rejects.toThrow('connection reset');
  });
});
