import type { CallRecord } from './record.js';

/** JavaScript holds a character in one or two bytes. */
const BYTES_PER_CHARACTER = 2;
/** Objects, numbers, short strings and the map's entry of one record. */
const OVERHEAD_BYTES = 2_048;

/** Records used last, up to a number of bytes. */
export interface RecordCache {
  get(key: string): CallRecord | undefined;
  add(record: CallRecord): void;
  /** Never more than the limit. */
  readonly bytes: number;
}

export function createRecordCache(maxBytes: number): RecordCache {
  // A Map keeps the order of insertion, so the first entry is the one used longest ago.
  const records = new Map<string, CallRecord>();
  let bytes = 0;

  function remove(record: CallRecord): void {
    records.delete(record.key);
    bytes -= bytesOf(record);
  }

  return {
    get bytes() {
      return bytes;
    },
    get(key) {
      const record = records.get(key);
      if (!record) return undefined;
      records.delete(key);
      records.set(key, record);
      return record;
    },
    add(record) {
      const known = records.get(record.key);
      if (known) remove(known);
      // One giant must not drive out everything else.
      if (bytesOf(record) > maxBytes) return;
      records.set(record.key, record);
      bytes += bytesOf(record);
      for (const oldest of records.values()) {
        if (bytes <= maxBytes) return;
        remove(oldest);
      }
    },
  };
}

function bytesOf({ request, response }: CallRecord): number {
  const prompt = request.messages.reduce((sum, { content }) => sum + content.length, 0);
  return OVERHEAD_BYTES + BYTES_PER_CHARACTER * (prompt + response.thought.length + response.solution.length);
}
