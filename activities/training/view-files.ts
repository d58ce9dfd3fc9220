import type { SplitName, TrainingFile, TrainingManifest } from '../selection/training-set.js';

const SPLITS: readonly SplitName[] = ['train', 'validation'];

export const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Those of one split, by their names. */
export const splitFiles = <File extends Pick<TrainingFile, 'path'>>(files: readonly File[], split: SplitName): File[] =>
  files.filter(({ path }) => fileName(path).startsWith(`${split}-`));

/** Rows of tables by split. */
export function splitRows(files: readonly Pick<TrainingFile, 'path' | 'rows'>[]): Record<SplitName, number> {
  const of = (split: SplitName): number => splitFiles(files, split).reduce((sum, { rows }) => sum + (rows ?? 0), 0);
  return { train: of('train'), validation: of('validation') };
}

/** Names of files by split, ascending; a split without files is left out. */
export function namesBySplit(paths: readonly string[]): Partial<Record<SplitName, string[]>> {
  const files = paths.map((path) => ({ path }));
  const names = SPLITS.map(
    (split) =>
      [
        split,
        splitFiles(files, split)
          .map(({ path }) => fileName(path))
          .sort(),
      ] as const,
  );
  return Object.fromEntries(names.filter(([, list]) => list.length > 0));
}

/** Parquet files of a view that have rows, by path. @param view name of its folder */
export const viewTables = ({ files }: Pick<TrainingManifest, 'files'>, view: string): TrainingFile[] =>
  files
    .filter(({ path, rows }) => path.startsWith(`views/${view}/`) && path.endsWith('.parquet') && rows)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
