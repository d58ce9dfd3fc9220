import type { CallRecord } from './record.js';

/** The memory of everything paid: one immutable record a call key. */
export interface Ledger {
  /** The record of a key, or undefined. Throws StoreError; throws LedgerCorrupt when the stored bytes are no record. */
  find(key: string): Promise<CallRecord | undefined>;
  /** Stores a record durably. Of two racers one record stays and both get that one; `repeated` tells the loser that it paid twice. */
  record(record: CallRecord): Promise<{ readonly record: CallRecord; readonly repeated: boolean }>;
}
