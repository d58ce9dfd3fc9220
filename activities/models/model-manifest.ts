import { z } from 'zod';
import { Name } from '../../config/names.js';
import { TrainingSettings } from '../../config/student.js';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.int().min(0);

/** Names a registered model. */
export interface ModelRef {
  readonly name: string;
  readonly version: string;
}

/** What a model was trained from. */
const Base = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('model'), name: Name, weightsSha256: Sha256 }),
  z.strictObject({ kind: z.literal('student'), name: Name, version: Name, weightsSha256: Sha256 }),
]);

const File = z.strictObject({ path: z.string().min(1), bytes: Count, sha256: Sha256 });

/**
 * A trained student: where its weights are, and everything that it was made of. Stands as `models/<name>/<version>/manifest.json`, written last and
 * never changed.
 */
export const ModelManifest = z
  .strictObject({
    schema: z.literal(1),
    name: Name,
    version: Name,
    method: z.enum(['sft', 'dpo', 'cogpo']),
    base: Base,
    /** The data, by the identity of its content. */
    training: z.strictObject({
      name: Name,
      version: Name,
      contentSha256: Sha256,
      set: z.string(),
      view: Name,
      control: z.enum(['none', 'own-answers']),
    }),
    /** Hyper-parameters with every default filled in. */
    settings: TrainingSettings,
    /** SHA-256, hex, of everything that decides about the weights: method, base, data, settings, trainer. Equal ones are not trained twice. */
    trainingSha256: Sha256,
    trainer: z.strictObject({ name: Name, kind: z.string(), launcher: Name }),
    /** Weights stay where the trainer wrote them. */
    checkpoint: z.strictObject({ directory: z.string().min(1), files: z.array(File).min(1) }),
    /** Identity of the weights: SHA-256, hex, of the sorted paths and hashes of the checkpoint's files. */
    weightsSha256: Sha256,
    result: z.strictObject({
      steps: Count,
      rows: Count,
      tokens: Count,
      /** Last training loss. */
      loss: z.number().nullable(),
      seconds: z.number().min(0),
      /** Times that the work was started again after a preemption or a lost node. */
      restarts: Count,
    }),
    /** Of the Python packages that trained. */
    versions: z.record(z.string(), z.string()),
    /** Run that trained it. */
    run: z.string(),
    /** ISO 8601. */
    finishedAt: z.string(),
    /** Beside the manifest: config.json, loss-curve.json, preflight.json, output.log. */
    files: z.array(File),
  })
  .readonly();
export type ModelManifest = z.infer<typeof ModelManifest>;

/** What a workflow keeps of a trained student. */
export interface TrainedStudent extends ModelRef {
  readonly method: ModelManifest['method'];
  /** Store key of the manifest. */
  readonly manifestKey: string;
  readonly base: string;
  readonly training: { readonly name: string; readonly version: string; readonly view: string };
  readonly weightsSha256: string;
  readonly published: 'new' | 'unchanged';
  readonly result: ModelManifest['result'];
}

/** Folder of a model in the store. */
export const modelFolder = ({ name, version }: ModelRef): string => `models/${name}/${version}`;
export const modelManifestKey = (model: ModelRef): string => `${modelFolder(model)}/manifest.json`;
