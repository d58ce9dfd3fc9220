import type { TrainingView } from '../../config/training-view.js';
import { taggedThought } from '../sources/chain-forms.js';
import { answerText } from '../training/answer-text.js';
import type { ViewChain } from '../training/view-chain.js';
import { questionRows, type ViewRow } from '../training/view-rows.js';
import type { DpoChoice, SftChoice } from './choose-chains.js';
import type { OpenRound } from './open-round.js';
import type { RolloutRow } from './rollout-rows.js';

type Batches = AsyncIterable<readonly RolloutRow[]>;

/** Rows of the chosen chains, in the order of the exploration. A chain whose text holds the tags of its form can't be written, and is left out. */
export async function* sftRows(batches: Batches, { chains }: SftChoice, view: TrainingView): AsyncGenerator<ViewRow> {
  const wanted = new Set(chains.map(keyOf));
  for await (const rows of batches)
    for (const row of rows) {
      if (!wanted.has(keyOf({ questionId: row.question_id, chainIndex: row.chain_index }))) continue;
      const { question_id, question, domain } = row;
      const chain: ViewChain = { ...row, picked: true };
      yield* questionRows(view, { question_id, question, domain, split: 'train', chains: [chain] }).rows;
    }
}

/** Rows of the chosen pairs, in the order in which their second chain comes. */
export async function* dpoRows(
  batches: Batches,
  { pairs }: DpoChoice,
  { view, open }: { readonly view: TrainingView; readonly open: OpenRound },
): AsyncGenerator<ViewRow> {
  const sides = new Map(
    pairs.flatMap((pair) => [pair.chosen, pair.rejected].map((side) => [keyOf(side), pair] as const)),
  );
  const found = new Map<string, RolloutRow>();
  for await (const rows of batches)
    for (const row of rows) {
      const key = keyOf({ questionId: row.question_id, chainIndex: row.chain_index });
      const pair = sides.get(key);
      if (!pair) continue;
      found.set(key, row);
      const [chosen, rejected] = [found.get(keyOf(pair.chosen)), found.get(keyOf(pair.rejected))];
      if (!chosen || !rejected) continue;
      found.delete(keyOf(pair.chosen));
      found.delete(keyOf(pair.rejected));
      yield* pairRow({ chosen, rejected }, { view, open });
    }
}

interface TextPair {
  readonly chosen: RolloutRow;
  readonly rejected: RolloutRow;
}

function* pairRow(
  { chosen, rejected }: TextPair,
  { view, open }: { readonly view: TrainingView; readonly open: OpenRound },
): Generator<ViewRow> {
  const [better, worse] = [sideText(chosen, open), sideText(rejected, open)];
  if (better === undefined || worse === undefined || better === worse) return;
  const system = 'system' in view ? view.system : undefined;
  yield {
    prompt: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: chosen.question },
    ],
    chosen: [{ role: 'assistant', content: better }],
    rejected: [{ role: 'assistant', content: worse }],
    kind: 'correct-incorrect',
    question_id: chosen.question_id,
    chosen_id: chosen.chain_id,
    rejected_id: rejected.chain_id,
    domain: chosen.domain,
  };
}

/** One side of a pair: the thought with its tags alone, or the whole answer; a cut one ends inside its thought. */
function sideText(
  { thought, solution }: RolloutRow,
  { view, selfImprove: { improve } }: OpenRound,
): string | undefined {
  const wholeAnswer = improve.variant === 'dpo' && improve.answer === 'thought-and-solution';
  const written = answerText({ thought, solution }, view.thought);
  if (!('text' in written)) return undefined;
  return wholeAnswer || !solution ? written.text : taggedThought((thought ?? '').trim(), view.thought);
}

const keyOf = ({ questionId, chainIndex }: { readonly questionId: string; readonly chainIndex: number }): string =>
  `${questionId}/${chainIndex}`;
