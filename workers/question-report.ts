import type { FailedQuestion } from '../activities/dataset/commit-shard-summary.js';
import { questionEnd } from '../activities/dataset/rows-outcome.js';
import type { JournalCall, JournalEntry } from '../activities/question/journal.js';
import type { ChainText } from '../activities/question/chain-text.js';
import type { QuestionHistory } from '../activities/question/history.js';
import type { QuestionRow } from '../activities/sources/question-row.js';
import type { ChainState, Revision } from '../workflows/question/state.js';

/** Everything about one question: what `cotmill inspect` prints, as text or JSON. */
export interface QuestionReport {
  readonly row: QuestionRow;
  readonly history: QuestionHistory;
  /** Why its workflow failed, if it did. */
  readonly failure: FailedQuestion | null;
  /** Texts by key; a key without one was never written or is gone. */
  readonly texts: Readonly<Record<string, ChainText>>;
  readonly teachers: readonly string[];
}

/** Where a question stands for people: `open` while its journal has no end and no failure was reported. */
export function questionStanding(
  history: QuestionHistory,
  failure: Pick<FailedQuestion, 'reason' | 'message'> | null | undefined,
): { readonly outcome: 'accepted' | 'rejected' | 'failed' | 'open'; readonly reason: string | null } {
  const { outcome, reason } = questionEnd(history, failure ?? undefined);
  return outcome === 'failed' && !failure ? { outcome: 'open', reason: null } : { outcome, reason };
}

/** The report as plain text: the question, each chain with each of its texts and what was said of it, then every call. */
export function reportText({ row, history, failure, texts, teachers }: QuestionReport): string {
  const { outcome, reason } = questionStanding(history, failure);
  const pools = new Map(history.entries.flatMap(({ calls }) => calls.map(({ key, pool }) => [key, pool] as const)));
  const poolOf = (key: string): string => pools.get(key) ?? '?';
  return [
    `question ${row.id}  ${outcome}${reason === null ? '' : ` (${reason})`}`,
    ...(failure ? [`failure  ${failure.message}`] : []),
    `source   ${row.provenance.source}, ${row.provenance.path} row ${row.provenance.row}`,
    '',
    row.question,
    '',
    `reference answer: ${row.answer ?? 'none'}`,
    ...history.state.chains.flatMap((chain, index) => ['', ...chainLines(chain, { index, teachers, texts, poolOf })]),
    '',
    'calls',
    ...history.entries.flatMap((entry) => entry.calls.map((call) => callLine(entry, call))),
  ].join('\n');
}

function chainLines(
  chain: ChainState,
  about: {
    index: number;
    teachers: readonly string[];
    texts: QuestionReport['texts'];
    poolOf: (key: string) => string;
  },
): string[] {
  const from =
    'teacher' in chain.origin
      ? `teacher ${about.teachers[chain.origin.teacher] ?? chain.origin.teacher}, sample ${chain.origin.sample}`
      : `source chain ${chain.origin.source}`;
  const end = chain.dropped ? `dropped: ${chain.dropped}` : chain.stage;
  const rounds = chain.rounds > 0 ? `, ${chain.rounds} ${chain.rounds === 1 ? 'round' : 'rounds'}` : '';
  return [
    `chain ${about.index}: ${from}: ${end}${rounds}`,
    ...chain.revisions.flatMap((revision, index) => [
      `  ${index === chain.current && chain.stage === 'kept' ? '*' : '-'} ${revisionLine(revision, about.poolOf)}`,
      ...textLines(about.texts[revision.key]),
    ]),
  ];
}

function revisionLine(
  { key, solution, by, grade, verdict, rating, scores }: Revision,
  poolOf: (key: string) => string,
): string {
  const parts = [
    `${by} ${key.slice(0, 12)}`,
    ...(solution === undefined ? [] : [`solution ${solution.slice(0, 12)} by a second call @ ${poolOf(solution)}`]),
    `answer ${grade}`,
    ...(verdict
      ? [`reasoning ${verdict.reasoning ? 'valid' : 'flawed'}, solution ${verdict.solution ? 'valid' : 'wrong'}`]
      : []),
    ...(rating ? [`rated ${rating}`] : []),
    ...(scores ? [`RV ${scores.verbosity ?? 'unscored'}, CD ${scores.cognitive ?? 'unscored'}`] : []),
  ];
  return parts.join('; ');
}

function textLines(text: ChainText | undefined): string[] {
  if (!text) return ['      (no text)'];
  const lines = [...(text.thought ? [text.thought, '=>'] : []), text.solution].join('\n').split('\n');
  return lines.map((line) => `      ${line}`);
}

function callLine({ step, group }: JournalEntry, call: JournalCall): string {
  const ask = group.asks[call.ask];
  const what = ask ? `${ask.kind} chain ${ask.chain}` : '?';
  const tokens = `${call.usage.inputTokens}+${call.usage.outputTokens} tokens`;
  return `  step ${step}  ${what.padEnd(18)} ${call.role} @ ${call.pool}${call.corrective ? ' (corrective)' : ''}  ${tokens}, ${call.latencyMs.toFixed(0)} ms, cost ${call.cost.toFixed(6)}  ${call.origin}  ${call.key}`;
}
