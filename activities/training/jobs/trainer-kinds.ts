import type { TrainerConfig } from '../../../config/launchers.js';
import type { Student, TrainingSettings } from '../../../config/student.js';
import type { TrainingView } from '../../../config/training-view.js';
import type { BaseCheckpoint } from './base-checkpoint.js';
import { trlTrainer } from './trl-trainer.js';
import type { TrainingData, TrainingFolder, TrainingPlan, TrainingProgress } from './training-plan.js';

/** What a trainer's configuration is written from. */
export interface TrainerTask {
  readonly plan: Pick<TrainingPlan, 'method' | 'settings' | 'form'>;
  readonly base: BaseCheckpoint;
  readonly data: TrainingData;
  readonly folder: TrainingFolder;
  readonly cpu: boolean;
}

/** A small text file, by its absolute path. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** A point of the loss curve. */
export interface LossPoint {
  readonly step: number;
  readonly loss?: number;
  readonly [figure: string]: number | undefined;
}

/** What a trainer left behind. */
export type TrainerResult =
  | {
      readonly status: 'trained';
      readonly steps: number;
      readonly loss: number | null;
      readonly lossCurve: readonly LossPoint[];
      readonly tokens: number;
      readonly rows: number;
      readonly seconds: number;
      /** Directory of the trained model, in the form that servers load. */
      readonly model: string;
      readonly versions: Readonly<Record<string, string>>;
    }
  /** The configuration or the data can't be trained on. */
  | { readonly status: 'refused'; readonly reason: string };

export type TrainerProgress = Omit<TrainingProgress, 'state' | 'job'>;

/** How one program is told what to train, and how its answer is read. */
export interface TrainerKind {
  /** Files to write before the program is started; the first is its configuration. */
  configFiles(task: TrainerTask): readonly ConfigFile[];
  /** undefined: not there yet. Judged by files alone: exit codes of trainers can't be trusted. */
  readResult(task: Pick<TrainerTask, 'folder' | 'data'>): Promise<TrainerResult | undefined>;
  /** undefined: not there yet. */
  readProgress(folder: TrainingFolder): Promise<TrainerProgress | undefined>;
}

type KindName = TrainerConfig['kind'];

const KINDS: Readonly<Partial<Record<KindName, TrainerKind>>> = { trl: trlTrainer };

/** How a trainer of this kind is spoken to. */
export function trainerKind(name: KindName): TrainerKind {
  const kind = KINDS[name];
  if (kind) return kind;
  throw new Error(`trainers of the kind "${name}" are not there yet`);
}

export interface TrainerWish {
  readonly student: Pick<Student, 'method' | 'control' | 'trainer'>;
  readonly settings: TrainingSettings;
  readonly form: TrainingView['form'];
}

/** What a kind of trainer can't do of what is asked for; undefined: it can. Pure. */
export function trainerFault(
  kind: KindName,
  { student, form }: TrainerWish,
): { readonly path: string; readonly message: string } | undefined {
  if (KINDS[kind]) return undefined;
  const message = `expected a trainer for ${student.method} on a view ${form}; "${student.trainer}" is of the kind "${kind}", which is not there yet`;
  return { path: 'trainer', message };
}
