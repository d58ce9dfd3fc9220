import type { AskGroup, QuestionState } from './state.js';

/** One line for the UI: what an activity asks, as `generate 4, validate 2 @ pool`; `validate 4 and on @ judge` answers what follows, too. */
export function describeGroup({ asks, pool }: AskGroup, goesOn = false): string {
  const counts = new Map<string, number>();
  for (const { kind } of asks) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const what = `${[...counts].map(([kind, count]) => `${kind} ${count}`).join(', ')}${goesOn ? ' and on' : ''}`;
  return pool ? `${what} @ ${pool}` : what;
}

/** Where a question stands, in Markdown, for the UI. */
export function describeQuestion(state: QuestionState): string {
  const title = state.outcome
    ? `**${state.outcome.kind}**${state.outcome.kind === 'rejected' ? `: ${state.outcome.reason}` : ''}`
    : `step ${state.step}, ${state.phase}`;
  const lines = state.chains.map((chain, index) => {
    const from = 'teacher' in chain.origin ? `teacher ${chain.origin.teacher}` : 'source';
    const ratings = chain.revisions.flatMap((revision) => revision.rating ?? []).join(' -> ');
    return `| ${index} | ${from} | ${chain.dropped ?? chain.stage} | ${ratings} | ${chain.rounds} |`;
  });
  return [title, '', '| chain | from | state | ratings | rounds |', '|---|---|---|---|---|', ...lines].join('\n');
}
