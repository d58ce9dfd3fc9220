import type { BaseCheckpoint } from './base-checkpoint.js';
import type { TrainingData, TrainingFolder, TrainingPlan, TrainingProgress } from './training-plan.js';

/** What a trainer's configuration is written from. */
export interface TrainerTask {
  readonly plan: Pick<TrainingPlan, 'method' | 'settings' | 'devices' | 'training'>;
  readonly base: BaseCheckpoint;
  readonly data: TrainingData;
  readonly folder: TrainingFolder;
  readonly cpu: boolean;
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
  /** It goes on from its newest checkpoint when it is started again with the same configuration. */
  readonly resumesByItself: boolean;
  /** Absolute path of its configuration: what `{config}` in its command stands for. */
  configPath(folder: TrainingFolder): string;
  configText(task: TrainerTask): string | Promise<string>;
  /** undefined: not there yet. Judged by files alone: exit codes of trainers can't be trusted. */
  readResult(task: Pick<TrainerTask, 'folder' | 'data'>): Promise<TrainerResult | undefined>;
  /** undefined: not there yet. */
  readProgress(folder: TrainingFolder): Promise<TrainerProgress | undefined>;
}
