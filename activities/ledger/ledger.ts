import type { CallRecord } from './record.js';

/** The memory of everything paid: one immutable record a call key. */
export interface Ledger {
  /** The record of a key, or undefined. Throws StoreError; throws {@link LedgerCorrupt} when the stored bytes are no record. */
  find(key: string): Promise<CallRecord | undefined>;
  /**
   * Stores a record durably. Of two racers one record stays and both get that one; `repeated` tells the loser that it paid twice.
   * Throws as find does.
   */
  record(record: CallRecord): Promise<{ readonly record: CallRecord; readonly repeated: boolean }>;
}

/** A stored object is not the record its name says. Waiting does not help: someone has to restore or delete it. */
export class LedgerCorrupt extends Error {
  override name = 'LedgerCorrupt';
  readonly objectKey: string;

  constructor(objectKey: string, reason: string, options?: ErrorOptions) {
    super(
      `The ledger object ${objectKey} is damaged: ${reason}. Restore it from a backup, or delete it: the call is then asked and paid again.`,
      options,
    );
    this.objectKey = objectKey;
  }
}
