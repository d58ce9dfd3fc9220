import type { Recipe } from '../../config/recipe.js';
import { rowFormOf, type SourcePresets } from '../sources/row-form.js';
import type { PlanManifest } from './plan-manifest.js';

/** What became of the rows of one source: rows = accepted + notNeeded + badRows + duplicates + nearDuplicates + contaminated + passedOver. */
export interface PlanSourceCounts {
  readonly name: string;
  readonly rows: number;
  /** Questions of the plan. */
  readonly accepted: number;
  /** Good questions that a limit left out. */
  readonly notNeeded: number;
  readonly badRows: number;
  readonly duplicates: number;
  readonly nearDuplicates: number;
  readonly contaminated: number;
  /** Left out where the source takes all rows. */
  readonly passedOver?: number;
  /** Source chains that could not be read; their rows are not bad. */
  readonly badChains: number;
  /** Of the rows that name none themselves; null: unknown. */
  readonly licence: string | null;
  /** The commit, for sources of the Hub. */
  readonly revision: string | null;
}

/** `plan` in stats.json: how the questions of a data set were picked from its sources. */
export interface PlanCounts {
  readonly sources: readonly PlanSourceCounts[];
  /** What the questions were compared with; left out where the recipe does not ask for it. */
  readonly benchmarks?: readonly {
    readonly name: string;
    /** Questions read. */
    readonly questions: number;
    /** Questions that the benchmark has; null: unknown. More than were read: it was given in part. */
    readonly size: number | null;
  }[];
}

/** Pure. The recipe and presets must be those of the plan. */
export function planCounts(
  manifest: Pick<PlanManifest, 'sources' | 'benchmarks'>,
  { recipe, presets }: { readonly recipe: Pick<Recipe, 'sources'>; readonly presets: SourcePresets },
): PlanCounts {
  const sources = manifest.sources.map((planned): PlanSourceCounts => {
    const source = recipe.sources.find(({ name }) => name === planned.name);
    const { name, rows, accepted, notNeeded, badRows, duplicates, badChains } = planned;
    return {
      ...{ name, rows, accepted, notNeeded, badRows, duplicates, badChains },
      nearDuplicates: planned.nearDuplicates ?? 0,
      contaminated: planned.contaminated ?? 0,
      ...(planned.passedOver !== undefined && { passedOver: planned.passedOver }),
      licence: source ? rowFormOf(source, presets).licence : null,
      revision: planned.revision ?? source?.revision ?? null,
    };
  });
  const benchmarks = manifest.benchmarks?.map(({ name, questions, size }) => ({ name, questions, size }));
  return { sources, ...(benchmarks && { benchmarks }) };
}
