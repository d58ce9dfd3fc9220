import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedData, decompress, type Compression } from '../../../activities/sources/decompress.js';
import { chunksOf } from '../../fakes/memory-store.js';
import { rawZstdFrame } from './zstd-frame.js';

const TEXT = Buffer.from(Array.from({ length: 40_000 }, (_line, index) => `${index * 7919}`).join('\n'));
const OTHER = Buffer.from('a second member');

async function* asStream(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** Everything that came out, and the fault if there was one. */
async function run(
  bytes: Uint8Array,
  compression: Compression,
  chunkBytes: number,
): Promise<{ out: Buffer; fault?: unknown }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of decompress(asStream(chunksOf(bytes, chunkBytes)), compression))
      pieces.push(Uint8Array.from(piece));
  } catch (fault) {
    return { out: Buffer.concat(pieces), fault };
  }
  return { out: Buffer.concat(pieces) };
}

const chunkSizes = [1000, 65_536, 1_000_000];
const forms: [Compression, (bytes: Uint8Array) => Buffer][] = [
  ['gzip', (bytes) => gzipSync(bytes)],
  ['zstd', rawZstdFrame],
];

describe('decompress', () => {
  it.each(forms.flatMap((form) => chunkSizes.map((size) => [...form, size] as const)))(
    'reads %s (by %o) in chunks of %i bytes, also of several members',
    async (compression, compress, chunkBytes) => {
      const bytes = Buffer.concat([compress(TEXT), compress(OTHER)]);
      const { out, fault } = await run(bytes, compression, chunkBytes);
      expect(fault).toBeUndefined();
      expect(out.equals(Buffer.concat([TEXT, OTHER]))).toBe(true);
    },
  );

  it.each(forms)('finds %s data that were cut off, after yielding what came before', async (compression, compress) => {
    const whole = compress(TEXT);
    for (const missing of [1, 5, 5000]) {
      const runs = await Promise.all(chunkSizes.map((size) => run(whole.subarray(0, -missing), compression, size)));
      for (const { out, fault } of runs) {
        expect(fault).toBeInstanceOf(DamagedData);
        expect(out.equals(runs[0]?.out ?? Buffer.alloc(0))).toBe(true);
        expect(TEXT.subarray(0, out.length).equals(out)).toBe(true);
        expect(out.length).toBeGreaterThan(TEXT.length / 2);
      }
    }
  });

  it.each(forms)('refuses bytes that are no %s', async (compression) => {
    const { out, fault } = await run(Buffer.from('{"question":"plain"}\n'.repeat(9)), compression, 50);
    expect(out.length).toBe(0);
    expect(fault).toBeInstanceOf(DamagedData);
    expect(String(fault)).toContain(compression);
  });

  it.each(forms)('refuses further data after the end of %s', async (compression, compress) => {
    const filled = compress(TEXT);
    const garbage = Buffer.from('no compressed data');
    for (const chunkBytes of chunkSizes) {
      const { out, fault } = await run(Buffer.concat([filled, garbage]), compression, chunkBytes);
      expect(TEXT.subarray(0, out.length).equals(out)).toBe(true);
      expect(fault).toBeInstanceOf(DamagedData);
    }
  });

  it('lets zero bytes pass that fill up a gzip file', async () => {
    const padded = Buffer.concat([gzipSync(TEXT), Buffer.alloc(512)]);
    const runs = await Promise.all(chunkSizes.map((size) => run(padded, 'gzip', size)));
    expect(runs.map(({ out, fault }) => [out.equals(TEXT), fault])).toEqual(chunkSizes.map(() => [true, undefined]));
  });

  it('gives the same bytes and fault however damaged gzip data arrive', async () => {
    const whole = gzipSync(TEXT);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 200, max: 100_000 }),
        async (position, chunkBytes) => {
          const damaged = Buffer.from(whole);
          damaged[position] = (damaged[position] ?? 0) ^ 0x55;
          const [one, other] = await Promise.all([run(damaged, 'gzip', chunkBytes), run(damaged, 'gzip', 1_000_000)]);
          expect(one.out.equals(other.out)).toBe(true);
          expect(String(one.fault)).toBe(String(other.fault));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('passes errors of the source on', async () => {
    const failure = new Error('the disk is gone');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield gzipSync(TEXT).subarray(0, 100);
      await Promise.reject(failure);
    }
    const readAll = async () => {
      for await (const piece of decompress(failing(), 'gzip')) expect(piece.length).toBeGreaterThan(0);
    };
    await expect(readAll()).rejects.toBe(failure);
  });
});
