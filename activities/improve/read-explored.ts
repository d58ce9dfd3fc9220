import { createHash } from 'node:crypto';
import type { ChainFilters } from '../../config/cleaning.js';
import { brokenFilter } from '../cleaning/chain-filters.js';
import type { ExploredQuestion, Rollout, RolloutVerdict } from './explored.js';
import { perplexityOf, type PerplexityStore } from './perplexity.js';
import type { RolloutRow } from './rollout-rows.js';
import { namedThought, type Measuring } from './thoughts.js';

/** Figures read at the same time: most of it is waiting for the store. */
const READS_AT_ONCE = 32;

export interface ReadingExplored extends Measuring {
  readonly filters: ChainFilters;
  readonly perplexities: Pick<PerplexityStore, 'find'>;
}

/** What was explored, without texts: verdicts, filters and perplexities of every rollout. Throws StoreError. */
export async function readExplored(
  batches: AsyncIterable<readonly RolloutRow[]>,
  reading: ReadingExplored,
): Promise<ExploredQuestion[]> {
  const questions = new Map<string, { domain: string | null; rollouts: Rollout[] }>();
  for await (const rows of batches) {
    for (let first = 0; first < rows.length; first += READS_AT_ONCE) {
      const part = rows.slice(first, first + READS_AT_ONCE);
      const rollouts = await Promise.all(part.map((row) => rolloutOf(row, reading)));
      part.forEach(({ question_id, domain }, index) => {
        const question = questions.get(question_id) ?? { domain, rollouts: [] };
        const rollout = rollouts[index];
        if (rollout) question.rollouts.push(rollout);
        questions.set(question_id, question);
      });
    }
  }
  return [...questions].map(([questionId, question]) => ({ questionId, ...question }));
}

async function rolloutOf(row: RolloutRow, { perplexities, filters, ...measuring }: ReadingExplored): Promise<Rollout> {
  const { chain_id, chain_index, question, thought, solution, text_tokens } = row;
  const named = namedThought(row, measuring);
  const figure = named && (await perplexities.find(named.key));
  return {
    chainId: chain_id,
    chainIndex: chain_index,
    verdict: verdictOf(row),
    broken: brokenFilter({ thought: thought ?? '', solution: solution ?? '' }, { question, filters }),
    thoughtId: createHash('sha256')
      .update(thought ?? '')
      .digest('hex')
      .slice(0, 16),
    tokens: text_tokens,
    perplexity: figure ? perplexityOf(figure) : null,
  };
}

/** From the reason that a build drops a chain for. Those of a rejected question that were not dropped before had been verified. Pure. */
export function verdictOf({
  reason,
  thought,
  solution,
}: Pick<RolloutRow, 'reason' | 'thought' | 'solution'>): RolloutVerdict {
  if (reason === 'truncated') return 'truncated';
  if (reason === 'wrong-solution') return 'wrong';
  if (reason !== null && reason !== 'question-rejected') return UNUSABLE.includes(reason) ? 'unusable' : 'undecided';
  return thought === null && solution === null ? 'unusable' : 'right';
}

const UNUSABLE: readonly string[] = ['unparsed', 'refused'];
