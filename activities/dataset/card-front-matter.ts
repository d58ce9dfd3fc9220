import { stringify } from 'yaml';
import type { Feature } from './card-features.js';
import type { LicenceFields } from './card-licence.js';
import { oneLine } from '../plain-text.js';

/** A part of a set that `load_dataset` takes by name. */
export interface CardConfig {
  readonly name: string;
  /** Split and the files of it, a path or a pattern below the set's folder. */
  readonly splits: readonly { readonly split: string; readonly path: string; readonly rows: number }[];
  readonly bytes: number;
  /** Left out: the library reads them from the files. */
  readonly features?: readonly Feature[];
}

export interface FrontMatter {
  readonly title: string;
  readonly language: readonly string[];
  readonly licence: LicenceFields;
  /** Rows of the default configuration. */
  readonly rows: number;
  readonly tags: readonly string[];
  /** The first one is the default. */
  readonly configs: readonly CardConfig[];
  /** Folder of the files in the repository, such as `v1/`; '' where the card lies beside them. */
  readonly folder: string;
}

/** The YAML block at the head of a card, as the Hub and `datasets` read it. Depends on its input alone. */
export function frontMatter({ title, language, licence, rows, tags, configs, folder }: FrontMatter): string {
  const fields = {
    pretty_name: oneLine(title),
    language: [...new Set(language)].sort(),
    ...licence,
    task_categories: ['text-generation'],
    size_categories: [sizeCategory(rows)],
    tags: [...new Set(tags)],
    configs: configs.map(({ name, splits }, index) => ({
      config_name: name,
      ...(index === 0 && { default: true }),
      data_files: splits.map(({ split, path }) => ({ split, path: `${folder}${path}` })),
    })),
    dataset_info: configs.flatMap(({ name, features, bytes }) =>
      features ? [{ config_name: name, features, download_size: bytes }] : [],
    ),
  };
  const { dataset_info: info, ...rest } = fields;
  return `---\n${stringify(info.length > 0 ? fields : rest, { lineWidth: 0, aliasDuplicateObjects: false })}---\n`;
}

/** The Hub's name for a number of rows. */
export function sizeCategory(rows: number): string {
  const names = ['n<1K', '1K<n<10K', '10K<n<100K', '100K<n<1M', '1M<n<10M', '10M<n<100M', '100M<n<1B', '1B<n<10B'];
  const index = names.findIndex((_, power) => rows < 10 ** (power + 3));
  return names[index] ?? 'n>1T';
}
