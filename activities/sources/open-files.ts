import type { Source } from '../../config/recipe.js';
import type { InputFile, OpenInput } from './source-input.js';
import type { SourcePresets } from './row-form.js';
import { SourceError } from './source-error.js';

/** Where files lie: an input of the deployment, for one of the Hub with a dataset. */
export interface FilesPlace {
  readonly input: string;
  /** `owner/name` on the Hub. */
  readonly dataset?: string | undefined;
  /** On the Hub: branch, tag or commit. @default main */
  readonly revision?: string | undefined;
  /** Paths; on the Hub also patterns with "*". */
  readonly paths: readonly string[];
}

export interface OpenFiles {
  readonly files: readonly InputFile[];
  /** `owner/name`, for files of the Hub. */
  readonly dataset: string | null;
  /** The commit that the files are of, for files of the Hub; elsewhere what the place says. */
  readonly revision: string | null;
}

/** Where the files of a source lie, by what it says itself and then by its preset. Throws SourceError when neither names a file. */
export function placeOf(source: Source, presets: SourcePresets): FilesPlace {
  const { input, preset } = source;
  const hub = preset !== undefined && Object.hasOwn(presets, preset) ? presets[preset]?.hub : undefined;
  const isPresets = source.dataset === undefined || source.dataset === hub?.dataset;
  const paths = source.path === undefined ? (isPresets ? hub?.files : undefined) : [source.path].flat();
  if (paths === undefined)
    throw new SourceError(`Source "${source.name}" names no file: give it a path, or a preset that lies on the Hub.`);
  return {
    input,
    paths,
    dataset: source.dataset ?? hub?.dataset,
    revision: source.revision ?? (isPresets ? hub?.revision : undefined),
  };
}

/**
 * Opens the files of a place, in the order of its paths and, for a pattern, of their names. On the Hub the revision is looked up once, and
 * all files are of that commit. Throws SourceError when an input, a dataset or a file is not there, SourceUnavailable and StoreError.
 */
export async function openFiles(place: FilesPlace, openInput: OpenInput): Promise<OpenFiles> {
  const input = openInput(place.input);
  if (input.dataset === undefined) {
    const files = await Promise.all(place.paths.map((path) => input.file(path)));
    return { files, dataset: null, revision: place.revision ?? null };
  }
  if (place.dataset === undefined)
    throw new SourceError(
      `${place.paths.join(', ')} of ${input.description}: name the dataset, as dataset: owner/name.`,
    );
  const dataset = await input.dataset(place.dataset, place.revision ?? 'main');
  const files = await Promise.all(place.paths.map((path) => dataset.files(path)));
  return { files: files.flat(), dataset: place.dataset, revision: dataset.revision };
}
