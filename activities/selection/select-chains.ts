import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingSet } from '../../config/training-set.js';
import type { DatasetManifest } from '../dataset/manifest.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { openCandidates } from './candidates.js';
import { choose } from './choose.js';
import { publishedDataset, type DatasetRef } from './dataset-version.js';
import { fetchMetadata, readSelection, storeSelection } from './selection-files.js';
import { selectionOf } from './selection.js';
import { isPublished, readTrainingManifest, specHash, type TrainingInputs } from './training-manifest.js';
import type { Selection, TrainingFile, TrainingRef } from './training-set.js';

export interface SelectInput {
  readonly dataset: DatasetRef;
  readonly spec: TrainingSet;
}

/** What was selected; small enough for a workflow's history. */
export interface SelectedTraining extends TrainingInputs {
  readonly training: TrainingRef;
  /** true: this very training set stands published already, and nothing was written. */
  readonly isPublished: boolean;
  readonly counts: Pick<Selection['counts'], 'candidates' | 'selected'>;
  readonly shortfall: string | null;
  /** picks.parquet and selection.json; of a published version all its files. */
  readonly files: readonly TrainingFile[];
}

/** The data can not fill what was asked for, and the training set does not allow that. Nothing was written. */
export class TrainingShortfall extends Error {
  override name = 'TrainingShortfall';
  /** What could have been selected. */
  readonly selection: Selection;

  constructor(selection: Selection) {
    const { name, version, dataset, shortfall } = selection;
    super(
      `Training set ${name} ${version} can't be filled from ${dataset.name} ${dataset.version}:\n${shortfall}\nNothing was written. Ask for less, build more, or allow it (allowShort: true) to get what there is.`,
    );
    this.selection = selection;
  }
}

export interface SelectorDependencies {
  readonly store: ObjectStore;
  /** For metadata and DuckDB's database, about three times the metadata. @default the system's */
  readonly temporaryDirectory?: string;
  /** @default 1024 */
  readonly duckdbMemoryMiB?: number | undefined;
}

export interface SelectOptions {
  readonly heartbeat: (phase: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Draws a training set from a published data set and writes `picks.parquet` and `selection.json`. Safe to run twice: the same content and
 * training set give the same bytes, and a published version is never touched. Throws ConfigError when there is no such data set,
 * TrainingSetExists, TrainingShortfall, PublishedFileDamaged or StoreError.
 */
export function createSelector({ store, temporaryDirectory = tmpdir(), duckdbMemoryMiB }: SelectorDependencies) {
  async function selectChains({ dataset: ref, spec }: SelectInput, options: SelectOptions): Promise<SelectedTraining> {
    const manifest = await publishedDataset(store, ref);
    const { name, version, contentSha256 } = manifest;
    const inputs: TrainingInputs = { dataset: { name, version, contentSha256 }, specSha256: specHash(spec) };
    const training: TrainingRef = { name: spec.name, version: spec.version };
    const existing = await readTrainingManifest(store, training);
    if (isPublished(existing, inputs)) {
      const selection = await readSelection(store, training);
      return { ...summaryOf({ training, inputs, selection }), isPublished: true, files: existing.files };
    }
    return inDirectory(async (directory) => {
      const { selection, picks } = await drawInto(directory, { manifest, spec, store, duckdbMemoryMiB, options });
      if (selection.shortfall !== null && !spec.allowShort) throw new TrainingShortfall(selection);
      options.heartbeat('writing');
      const files = await storeSelection(store, selection, picks);
      return { ...summaryOf({ training, inputs, selection }), isPublished: false, files };
    });
  }

  /** What would be chosen, also where it falls short. Writes nothing. */
  async function previewSelection({ dataset, spec }: SelectInput, options: SelectOptions): Promise<Selection> {
    const manifest = await publishedDataset(store, dataset);
    return inDirectory(async (directory) => {
      const { selection } = await drawInto(directory, { manifest, spec, store, duckdbMemoryMiB, options });
      return selection;
    });
  }

  const inDirectory = <Result>(work: (directory: string) => Promise<Result>): Promise<Result> =>
    withTemporaryDirectory(temporaryDirectory, 'cotmill-select-', work);

  return { selectChains, previewSelection };
}

export type Selector = ReturnType<typeof createSelector>;

interface Drawing extends Pick<SelectorDependencies, 'store' | 'duckdbMemoryMiB'> {
  readonly manifest: DatasetManifest;
  readonly spec: TrainingSet;
  readonly options: SelectOptions;
}

/** Selects with all files in one directory; `picks` is the local Parquet file. */
async function drawInto(
  directory: string,
  { store, manifest, spec, duckdbMemoryMiB, options }: Drawing,
): Promise<{ readonly selection: Selection; readonly picks: string }> {
  const { heartbeat, signal } = options;
  heartbeat('reading');
  const files = await fetchMetadata(store, manifest, { directory, signal });
  heartbeat('selecting');
  const table = await openCandidates({ files, spec, directory, memoryLimitMiB: duckdbMemoryMiB, signal });
  try {
    const candidates = await table.read();
    const choice = choose(candidates, spec);
    const picks = join(directory, 'picks.parquet');
    const totals = await table.writePicks(choice.picks, picks);
    return { selection: selectionOf({ manifest, spec, candidates, choice, totals }), picks };
  } finally {
    table.close();
  }
}

const summaryOf = (input: {
  readonly training: TrainingRef;
  readonly inputs: TrainingInputs;
  readonly selection: Selection;
}): Omit<SelectedTraining, 'isPublished' | 'files'> => ({
  training: input.training,
  ...input.inputs,
  counts: { candidates: input.selection.counts.candidates, selected: input.selection.counts.selected },
  shortfall: input.selection.shortfall,
});
