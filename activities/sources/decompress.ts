import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

/** Decompressors get blocks of one size, so that what comes out before a fault does not depend on how the bytes arrived. */
const BLOCK_BYTES = 65_536;

export type Compression = 'none' | 'gzip' | 'zstd';

/** Thrown when compressed data are damaged, cut off, or not of the form that the file's name promises. */
export class DamagedData extends Error {
  override name = 'DamagedData';
}

/**
 * Streams bytes through a decompressor. Damaged data give what was decompressed before the fault, the same however the bytes arrived, and then
 * throw DamagedData. Errors of the source pass through.
 */
export function decompress(bytes: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip':
      return throughGunzip(inBlocks(bytes));
    case 'zstd':
      // Not Node's own zstd (22.15 on): seen on 24.21, it stops after the first frame and drops the rest without an error.
      return throughFzstd(inBlocks(bytes));
  }
}

async function* inBlocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of bytes) {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (; rest.length - start >= BLOCK_BYTES; start += BLOCK_BYTES) yield rest.subarray(start, start + BLOCK_BYTES);
    rest = rest.subarray(start);
  }
  if (rest.length > 0) yield rest;
}

/**
 * Drives zlib block by block instead of piping: a pipe that fails discards what it has buffered, here what was decompressed before the fault
 * is yielded first.
 */
async function* throughGunzip(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const ready: Uint8Array[] = [];
  let fault: Error | undefined;
  gunzip.on('data', (piece: Uint8Array) => ready.push(piece));
  gunzip.on('error', (error) => (fault = error));
  const ended = once(gunzip, 'end').catch(() => undefined);
  try {
    for await (const block of blocks) {
      if (gunzip.readableEnded) fault = new Error('further data after the end');
      else await Promise.race([new Promise((resolve) => gunzip.write(block, resolve)), ended]);
      // Pieces and errors are emitted in the turn after the write.
      await nextTurn();
      yield* ready.splice(0);
      if (fault !== undefined) throw damaged('gzip', fault);
    }
    gunzip.end();
    await ended;
    yield* ready.splice(0);
    if (fault !== undefined) throw damaged('gzip', fault);
  } finally {
    gunzip.destroy();
  }
}

async function* throughFzstd(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let fault: Error | undefined;
  const stream = new Decompress((piece) => ready.push(piece));
  const push = (block: Uint8Array, last: boolean) => {
    try {
      stream.push(block, last);
    } catch (error) {
      fault = error instanceof Error ? error : new Error(String(error));
    }
  };
  for await (const block of blocks) {
    push(block, false);
    yield* ready.splice(0);
    if (fault !== undefined) throw damaged('zstd', fault);
  }
  push(new Uint8Array(0), true);
  yield* ready.splice(0);
  if (fault !== undefined) throw damaged('zstd', fault);
}

const damaged = (compression: Compression, cause: Error): DamagedData =>
  new DamagedData(`the ${compression} data are cut off or damaged (${cause.message})`, { cause });
