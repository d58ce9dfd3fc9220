import { recordKey } from '../../activities/ledger/store-ledger.js';
import { decodeRecord } from '../../activities/ledger/record-codec.js';
import type { JournalEntry } from '../../activities/question/journal.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import type { Answer } from '../../workflows/question/state.js';

/** What the journals of a run say, held against the recorded words of the model. */
export interface AnswerCheck {
  /** Verdicts, ratings and scores, each found word for word in the answer that it was read from. */
  readonly judged: number;
  /** Judge answers without a valid form, twice: they have no value. */
  readonly unparsed: number;
  readonly truncated: number;
  readonly refused: number;
  /** Values that no recorded answer says: made up. */
  readonly madeUp: readonly string[];
}

/** Reads all journals of a run. A value counts as said when the last call of its ask says exactly that. */
export async function verifyAnswers(store: ObjectStore, run: string): Promise<AnswerCheck> {
  const counts = { judged: 0, unparsed: 0, truncated: 0, refused: 0 };
  const madeUp: string[] = [];
  for await (const { key } of store.list(`runs/${run}/`)) {
    if (!key.includes('/journal/')) continue;
    const entry = JSON.parse(Buffer.from((await store.get(key)) ?? '').toString()) as JournalEntry;
    for (const [ask, answer] of entry.answers.entries()) {
      if (answer.kind === 'unparsed' || answer.kind === 'truncated' || answer.kind === 'refused')
        counts[answer.kind] += 1;
      const expected = saidBy(answer);
      if (!expected) continue;
      counts.judged += 1;
      const said = await lastWords(store, entry, ask);
      if (!matches(said, expected)) madeUp.push(`${key}: ${JSON.stringify(answer)} from ${said.slice(0, 80)}`);
    }
  }
  return { ...counts, madeUp };
}

/** The fields of a judge's answer that stand for this value; undefined: no judge's answer. */
function saidBy(answer: Answer): Record<string, unknown> | undefined {
  switch (answer.kind) {
    case 'verdict':
      return { reasoning_valid: answer.reasoning, solution_valid: answer.solution };
    case 'rating':
      return { difficulty: answer.difficulty };
    case 'score':
      return { score: answer.value };
    case 'text':
    case 'thought':
    case 'truncated':
    case 'unparsed':
    case 'filtered':
    case 'refused':
      return undefined;
    default:
      return answer satisfies never;
  }
}

async function lastWords(store: ObjectStore, entry: JournalEntry, ask: number): Promise<string> {
  const key = entry.calls.filter((call) => call.ask === ask).at(-1)?.key ?? '';
  const body = await store.get(recordKey(key));
  return body ? decodeRecord(body, key).response.solution : '';
}

function matches(said: string, expected: Record<string, unknown>): boolean {
  try {
    const parsed = JSON.parse(said) as Record<string, unknown>;
    return Object.entries(expected).every(([name, value]) => parsed[name] === value);
  } catch {
    return false;
  }
}
