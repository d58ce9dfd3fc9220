import { Fields, type Source } from '../../config/recipe.js';
import type { SolutionNeed } from './chain-forms.js';
import { SourceError } from './source-error.js';
import type { SourcePreset } from '../../config/source-preset.js';

/** Presets by name. */
export type SourcePresets = Readonly<Record<string, SourcePreset>>;

/** How the rows of a source are read: its fields or preset, with every default in place. */
export interface RowForm {
  /** Tried in order (config/source-preset.ts). */
  readonly forms: readonly Fields[];
  /** For rows that name none. */
  readonly domain: string | null;
  readonly licence: string | null;
  /** optional: chains that are a thought alone are taken. @default needed */
  readonly chainSolutions?: SolutionNeed | undefined;
}

/** The row form of a recipe's source. What the source says wins over its preset. Throws SourceError for an unknown preset, or a preset beside fields. */
export function rowFormOf(source: Source, presets: SourcePresets): RowForm {
  const { preset: name, domain, licence } = source;
  if (name === undefined)
    return { forms: [source.fields ?? Fields.parse({})], domain: domain ?? null, licence: licence ?? null };
  if (source.fields !== undefined)
    throw new SourceError(`Source "${source.name}" has both a preset and fields: keep one of them.`);
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined)
    throw new SourceError(
      `Source "${source.name}" names the preset "${name}", which does not exist: expected one of ${Object.keys(presets).join(', ')}, or fields.`,
    );
  return { forms: preset.forms, domain: domain ?? preset.domain ?? null, licence: licence ?? preset.licence };
}
