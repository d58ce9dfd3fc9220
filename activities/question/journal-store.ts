import { hash } from 'node:crypto';
import { canonicalJson } from '../../config/canonical-json.js';
import type { AskGroup } from '../../workflows/question/state.js';
import { fiveDigits } from '../numbered-name.js';
import type { ShardRef } from '../references.js';
import { readJson, writeJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import type { JournalEntry } from './journal.js';

/** One step of one question at one pool. */
export interface JournalStep extends ShardRef {
  readonly id: string;
  readonly step: number;
  readonly group: AskGroup;
}

/** Journals of the questions of all runs: written once a step and pool, read on a restart, at the shard's commit and by people. */
export interface JournalStore {
  read(step: JournalStep): Promise<JournalEntry | undefined>;
  write(step: JournalStep, entry: JournalEntry): Promise<void>;
}

const directory = ({ plan, shard }: ShardRef): string => `runs/${plan.run}/${plan.planId}/journal/${fiveDigits(shard)}`;

/**
 * Store key of an entry: the same asks of the same plan have the same key, so that a restart finds them and other asks never do. The entries of a
 * shard share one folder: on disk, a folder of its own would cost a question as much as an entry.
 */
export function journalKey(step: JournalStep): string {
  const asks = hash('sha256', canonicalJson(step.group)).slice(0, 12);
  return `${directory(step)}/${step.id}-${step.step}-${step.group.pool || 'rules'}-${asks}.json`;
}

export function createJournalStore(store: ObjectStore): JournalStore {
  return {
    // Written by this program alone, under a key that hashes the asks: a parse is check enough.
    read: (step) => readJson(store, journalKey(step)),
    write: (step, entry) => writeJson(store, journalKey(step), entry),
  };
}
