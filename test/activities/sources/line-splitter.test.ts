import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter, type Line } from '../../../activities/sources/line-splitter.js';
import { chunksOf } from '../../fakes/memory-store.js';

function splitInChunks(bytes: Uint8Array, chunkBytes: number, maxLineBytes: number): Line[] {
  const splitter = createLineSplitter(maxLineBytes);
  // Lines may be views of a chunk: they are copied as a reader would use them, before the next push.
  const copy = (lines: Line[]) =>
    lines.map((line) => ('bytes' in line ? { ...line, bytes: Buffer.from(line.bytes) } : line));
  return [...[...chunksOf(bytes, chunkBytes)].flatMap((chunk) => copy(splitter.push(chunk))), ...copy(splitter.end())];
}

const shown = (lines: Line[]) => lines.map((line) => ('bytes' in line ? line.bytes.toString() : line.tooLongBytes));

describe('createLineSplitter', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\n\nb\n', ['a', '', 'b']],
    ['\n', ['']],
    ['12345\n123456\n1', ['12345', 6, '1']],
  ])('cuts %j into %j with lines of at most 5 bytes', (text, lines) => {
    expect(shown(splitInChunks(Buffer.from(text), 1000, 5))).toEqual(lines);
  });

  it('gives the same lines however the bytes are cut', () => {
    const text = fc.array(fc.constantFrom('\n', 'a', 'bc', 'ü', '\r\n', 'long enough to be too long'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 30 }), (parts, chunkBytes) => {
        const bytes = Buffer.from(parts.join(''));
        expect(splitInChunks(bytes, chunkBytes, 12)).toEqual(splitInChunks(bytes, 10_000, 12));
      }),
    );
  });

  it('numbers the line that is being read', () => {
    const splitter = createLineSplitter(100);
    splitter.push(Buffer.from('a\nb\nhalf'));
    expect(splitter.lineNumber).toBe(3);
  });

  it('is not fooled by a producer that reuses its memory', () => {
    const splitter = createLineSplitter(100);
    const chunk = Buffer.from('abc');
    splitter.push(chunk);
    chunk.fill('x');
    expect(shown(splitter.push(Buffer.from('d\n')))).toEqual(['abcd']);
  });
});
