import { apply, decide, startQuestion, type AnsweredGroup } from '../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../workflows/question/policy.js';
import type { QuestionState } from '../../workflows/question/state.js';
import type { ShardRef } from '../references.js';
import type { QuestionRow } from '../sources/question-row.js';
import type { JournalEntry } from './journal.js';
import type { JournalStore } from './journal-store.js';

/** How a question came to where it stands: its state follows from its journal alone. */
export interface QuestionHistory {
  readonly state: QuestionState;
  readonly entries: readonly JournalEntry[];
  /** false: the journal ends before the question does (still at work, or failed). */
  readonly complete: boolean;
}

/**
 * Reads a question's journal step by step, the machine saying what comes next: the workflow's own loop, over what is written.
 * @param question.steps no more than so many
 */
export async function readQuestionHistory(
  journal: JournalStore,
  question: {
    readonly shard: ShardRef;
    readonly row: QuestionRow;
    readonly policy: QuestionPolicy;
    readonly steps?: number;
  },
): Promise<QuestionHistory> {
  const { shard, row, policy, steps = Infinity } = question;
  let state = startQuestion(
    policy,
    row.chains.map(({ key }) => key),
  );
  const entries: JournalEntry[] = [];
  for (let groups = decide(policy, state); groups.length > 0; groups = decide(policy, state)) {
    const step = state.step;
    if (step >= steps) return { state, entries, complete: false };
    const found = await Promise.all(groups.map((group) => journal.read({ ...shard, id: row.id, step, group })));
    const written = found.filter((entry) => entry !== undefined);
    entries.push(...written);
    if (written.length < groups.length) return { state, entries, complete: false };
    state = apply(
      policy,
      state,
      written.map((entry): AnsweredGroup => ({ group: entry.group, answers: entry.answers })),
    );
  }
  return { state, entries, complete: true };
}
