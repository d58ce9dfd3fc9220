import type { TrainingView } from '../../../config/training-view.js';
import type { ChatMessage } from '../../ledger/record.js';
import type { ViewRow } from '../view-rows.js';

/** A view that SFT reads. */
export type AskedView = Extract<TrainingView, { form: 'messages' | 'prompt-completion' }>;

/** What a model is asked so that its answer can stand in the place of the row's: the messages before the answer, word for word. Pure. */
export function promptOf(view: AskedView, row: ViewRow): ChatMessage[] {
  if (view.form === 'messages') return (row['messages'] as ChatMessage[]).slice(0, -1);
  if (view.conversational) return row['prompt'] as ChatMessage[];
  const user = { role: 'user', content: row['prompt'] as string } as const;
  return view.system === undefined ? [user] : [{ role: 'system', content: view.system }, user];
}

/** The row with another answer, and no more said about it than is known. Pure. */
export function answeredRow(
  view: AskedView,
  row: ViewRow,
  answer: { readonly text: string; readonly model: string; readonly callKey: string },
): ViewRow {
  const message = { role: 'assistant', content: answer.text } as const;
  const about = { ...row, chain_id: answer.callKey, teacher: answer.model, rv: null, cd: null };
  if (view.form === 'messages') return { ...about, messages: [...promptOf(view, row), message] };
  return { ...about, completion: view.conversational ? [message] : answer.text };
}

/** SQL for the bytes of a row's answer. Pure. */
export function answerBytes(view: AskedView): string {
  if (view.form === 'messages') return 'strlen(messages[-1].content)';
  return view.conversational ? 'strlen(completion[-1].content)' : 'strlen(completion)';
}
