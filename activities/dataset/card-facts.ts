import type { ResolvedRecipe } from '../../config/resolve.js';
import type { DatasetStats } from './assemble-summary.js';
import type { CardTally } from './card-tally.js';
import type { DatasetFile } from './manifest.js';

export type CardRecipe = Pick<ResolvedRecipe, 'recipe' | 'prompts' | 'presets' | 'models' | 'fingerprint'>;
/** Without what depends on the execution that built: two builds of a version have the same card. */
export type CardStats = Omit<DatasetStats, 'calls' | 'paid' | 'planId'>;

export interface DatasetCard {
  readonly resolved: CardRecipe;
  readonly stats: CardStats;
  readonly tally: CardTally;
  /** All files of the version. */
  readonly files: readonly DatasetFile[];
}
