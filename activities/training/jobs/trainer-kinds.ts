import type { TrainerConfig } from '../../../config/launchers.js';
import type { Student, TrainingSettings } from '../../../config/student.js';
import type { TrainingView } from '../../../config/training-view.js';
import type { BaseCheckpoint } from './base-checkpoint.js';
import { llamaFactoryTrainer } from './llamafactory-trainer.js';
import { swiftTrainer } from './swift-trainer.js';
import { trlTrainer } from './trl-trainer.js';
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

type KindName = TrainerConfig['kind'];

const KINDS: Readonly<Record<KindName, TrainerKind>> = {
  trl: trlTrainer,
  llamafactory: llamaFactoryTrainer,
  'ms-swift': swiftTrainer,
};

/** How a trainer of this kind is spoken to. */
export const trainerKind = (name: KindName): TrainerKind => KINDS[name];

export interface TrainerWish {
  readonly student: Pick<Student, 'method' | 'control' | 'trainer'>;
  readonly settings: TrainingSettings;
  /** The view, as it was asked for. */
  readonly view: TrainingView;
  /** The base is trained with another chat template than its own. */
  readonly hasChatTemplate: boolean;
}

/** What a kind of trainer can't do of what is asked for; undefined: it can. Pure. */
export function trainerFault(
  kind: KindName,
  wish: TrainerWish,
): { readonly path: string; readonly message: string } | undefined {
  if (kind === 'trl') return undefined;
  const reason = wish.student.control === 'none' ? otherTrainerFault(kind, wish) : 'the own answers of a control';
  if (reason === undefined) return undefined;
  const message = `expected a trainer of the kind "trl" for ${reason}; "${wish.student.trainer}" is of the kind "${kind}"`;
  return { path: 'trainer', message };
}

function otherTrainerFault(
  kind: Exclude<KindName, 'trl'>,
  { student: { method }, settings, view, hasChatTemplate }: TrainerWish,
): string | undefined {
  if (!readsView(kind, method, view)) return `${method} on a view of this form (${formOf(view)})`;
  if (settings.lora !== undefined) return 'lora, whose adapters have to be merged';
  return hasChatTemplate ? 'a chatTemplate of its own' : undefined;
}

/** As the table of docs/training-views.md says. */
function readsView(kind: Exclude<KindName, 'trl'>, method: Student['method'], view: TrainingView): boolean {
  if (method === 'sft') return view.form === 'messages';
  return kind === 'llamafactory' && method === 'dpo' && view.form === 'dpo' && !view.conversational;
}

const formOf = (view: TrainingView): string =>
  'conversational' in view ? `${view.form}, conversational: ${view.conversational}` : view.form;
