const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Single segment, content size in four bytes. */
const DESCRIPTOR = 0b1010_0000;
const RAW_BLOCK_BYTES = 100_000;

/** A Zstandard frame of raw blocks (RFC 8878, 3.1.1): what Node 20 can write without a compressor. */
export function rawZstdFrame(content: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  const parts: Uint8Array[] = [MAGIC, Buffer.from([DESCRIPTOR]), size];
  for (let start = 0; start === 0 || start < content.length; start += RAW_BLOCK_BYTES) {
    const block = content.subarray(start, start + RAW_BLOCK_BYTES);
    const isLast = start + RAW_BLOCK_BYTES >= content.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}
