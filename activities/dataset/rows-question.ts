import { breakDown, distinctCalls, totalUsage } from './rows-calls.js';
import { provenanceColumns, type QuestionMaterial } from './rows-chain.js';
import { chainEnd, questionEnd, reachedVerification } from './rows-outcome.js';
import type { QuestionOutcomeRow, RowContext } from './rows.js';

/** The row of a question, whatever became of it. Pure. */
export function questionRow(material: QuestionMaterial, context: RowContext): QuestionOutcomeRow {
  const { row, history } = material;
  const calls = distinctCalls(history.entries);
  const total = totalUsage(calls);
  return {
    question_id: row.id,
    question: row.question,
    answer: row.answer,
    domain: row.domain,
    ...provenanceColumns(row),
    ...questionEnd(history, material.failure),
    ...chainCounts(material),
    steps: history.state.step,
    calls: total.calls,
    input_tokens: total.inputTokens,
    output_tokens: total.outputTokens,
    cost: total.cost,
    by_role: Object.entries(breakDown(calls).byRole).map(([role, usage]) => ({
      role,
      calls: usage.calls,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cost: usage.cost,
    })),
    fingerprint: context.fingerprint,
  };
}

function chainCounts({ history, failure }: QuestionMaterial) {
  const { chains } = history.state;
  const end = questionEnd(history, failure);
  return {
    chains: chains.length,
    chains_from_source: chains.filter((chain) => 'source' in chain.origin).length,
    chains_verified: chains.filter((chain, index) => reachedVerification(chain, index, history.entries)).length,
    chains_accepted: chains.filter((chain) => chainEnd(chain, end).outcome === 'accepted').length,
    rounds: chains.reduce((sum, chain) => sum + chain.rounds, 0),
  };
}
