import { InferenceError } from '../inference/inference.js';
import type { ObjectStore } from '../store/object-store.js';
import type { PerplexityStore, ThoughtFigure } from './perplexity.js';
import type { PromptLogprobs } from './prompt-logprobs.js';
import type { ExploredRound } from './round-plan.js';
import type { OpenRound } from './open-round.js';
import { exploredManifest, rolloutRows } from './rollout-rows.js';
import { namedThought, type NamedThought } from './thoughts.js';

const READS_AT_ONCE = 32;
/** Texts of so many thoughts are in memory at a time. */
const THOUGHTS_AT_ONCE = 2_000;

export interface MeasureOptions {
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
}

/** Measures some thoughts, none of which has a figure yet. */
export type MeasureThoughts = (thoughts: readonly NamedThought[]) => Promise<ReadonlyMap<string, ThoughtFigure>>;

/** How many thoughts of a round were measured, and how many were known. */
export interface MeasuredRound {
  readonly measured: number;
  readonly known: number;
}

/**
 * Gives every thought of a round that may be learnt from its perplexity: what is in the store is not measured again. Safe to run twice. Throws what
 * `measure` throws, StoreError, and the signal's reason.
 */
export async function measureRound(
  { store, perplexities }: { readonly store: ObjectStore; readonly perplexities: PerplexityStore },
  {
    round,
    open,
    by,
    measure,
  }: { round: ExploredRound; open: OpenRound; by: 'job' | 'endpoint'; measure: MeasureThoughts },
  { signal, report }: MeasureOptions,
): Promise<MeasuredRound> {
  const manifest = await exploredManifest(store, round.dataset);
  const counts = { measured: 0, known: 0 };
  let waiting = new Map<string, NamedThought>();
  const flush = async (): Promise<void> => {
    const thoughts = [...waiting.values()];
    waiting = new Map();
    if (thoughts.length === 0) return;
    const figures = await measure(thoughts);
    for (const [key, figure] of figures) await perplexities.record({ key, ...figure, by });
    counts.measured += figures.size;
    report(counts);
  };
  for await (const rows of rolloutRows(store, manifest, { signal, heartbeat: () => report(counts) })) {
    const thoughts = rows.flatMap((row) => namedThought(row, open.measuring) ?? []);
    for (let first = 0; first < thoughts.length; first += READS_AT_ONCE) {
      const part = thoughts.slice(first, first + READS_AT_ONCE);
      const found = await Promise.all(part.map(({ key }) => perplexities.find(key)));
      part.forEach((thought, index) => {
        if (found[index]) counts.known += 1;
        else waiting.set(thought.key, thought);
      });
      if (waiting.size >= THOUGHTS_AT_ONCE) await flush();
    }
  }
  await flush();
  return { ...counts };
}

/**
 * Over an endpoint that gives prompt log-probabilities, some at a time. A thought that it refuses (longer than its context) has no figure. Throws
 * InferenceError, first of all when the endpoint can't do it.
 */
export async function measureOverEndpoint(
  endpoint: PromptLogprobs,
  thoughts: readonly NamedThought[],
  { signal, atOnce }: { readonly signal: AbortSignal; readonly atOnce: number },
): Promise<Map<string, ThoughtFigure>> {
  const figures = new Map<string, ThoughtFigure>();
  const lack = await endpoint.probe(signal);
  if (lack !== undefined) throw new InferenceError(lack, { kind: 'misconfigured', pool: 'student' });
  const queue = [...thoughts];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      figures.set(next.key, await endpoint.measure(next, signal).catch(noFigure));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return figures;
}

function noFigure(error: unknown): ThoughtFigure {
  if (error instanceof InferenceError && error.kind === 'rejected') return { tokens: 0, nll: 0 };
  throw error;
}
