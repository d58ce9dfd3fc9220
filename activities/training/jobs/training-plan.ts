import { join } from 'node:path';
import type { Preflight, Student } from '../../../config/student.js';
import type { TrainingView } from '../../../config/training-view.js';
import type { JobRef } from '../../jobs/job-launcher.js';
import type { ModelManifest, ModelRef, TrainedStudent } from '../../models/model-manifest.js';

/** What a workflow is told to train. `student` comes as the user wrote it. */
export interface TrainStudentInput {
  readonly run: string;
  readonly student: unknown;
  /** The published training set. */
  readonly training: ModelRef;
  /** The registered student that it is trained from, when its base is one. */
  readonly base?: ModelRef;
}

/**
 * A training with every default filled in; plain data without paths, that a workflow passes on. Where things lie follows from it and the
 * deployment: {@link trainingFolder}.
 */
export interface TrainingPlan {
  readonly student: ModelRef;
  readonly method: Student['method'];
  readonly base: ModelManifest['base'];
  readonly training: ModelManifest['training'];
  /** Of the view. */
  readonly form: TrainingView['form'];
  /** Of the view. */
  readonly rows: { readonly train: number; readonly validation: number };
  readonly settings: ModelManifest['settings'];
  readonly trainingSha256: string;
  readonly trainer: ModelManifest['trainer'];
  /** GPUs of the trainer, at least 1. */
  readonly devices: number;
  /** Name of the folder in the launcher's work directory, and of the first job. */
  readonly job: string;
  /** Server of the deployment, for own answers. */
  readonly server: string;
  readonly preflight: Preflight;
}

export interface PreparedTraining {
  readonly plan: TrainingPlan;
  /** This very training stands registered: there is nothing to do. */
  readonly registered: TrainedStudent | null;
}

/**
 * `data/data.json` of a training's folder, written last: the rows that the trainer reads, in files beside it. Parquet files of the view, or what
 * {@link TrainingPlan.training}'s control puts in their place.
 */
export interface TrainingData {
  readonly schema: 1;
  readonly kind: 'view' | 'own-answers';
  /** Names of files in `data/`, all Parquet or all JSON lines. */
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly rows: { readonly train: number; readonly validation: number };
}

/** Where the files of one training lie, as jobs and workers see them. */
export interface TrainingFolder {
  readonly path: string;
  /** Rows and `data.json`. */
  readonly data: string;
  /** What is trained, as `train.py` reads it, whatever the trainer. */
  readonly config: string;
  /** What the trainer writes: progress.json, checkpoints/, model/, result.json. */
  readonly output: string;
}

/** Name of the folder of the view, below `views/` of the training set. */
export const viewFolder = ({ set, view }: Pick<TrainingPlan['training'], 'set' | 'view'>): string =>
  set === 'default' ? view : `${view}-${set}`;

export function trainingFolder(workDirectory: string, { job }: Pick<TrainingPlan, 'job'>): TrainingFolder {
  const path = join(workDirectory, job);
  return {
    path,
    data: join(path, 'data'),
    config: join(path, 'config.json'),
    output: join(path, 'output'),
  };
}

/** The folder of a training in the work directory of its launcher. */
export const folderOf = (
  launchers: { get(name: string): { readonly workDirectory: string } },
  plan: Pick<TrainingPlan, 'job' | 'trainer'>,
): TrainingFolder => trainingFolder(launchers.get(plan.trainer.launcher).workDirectory, plan);

/** How a training went. */
export interface FinishedTraining {
  /** The job that finished it. */
  readonly job: JobRef;
  /** Jobs that it took beyond the first, after preemptions and lost nodes. */
  readonly restarts: number;
  readonly steps: number;
  readonly loss: number | null;
}

/** Heartbeat details of the activity that follows a training. */
export interface TrainingProgress {
  readonly state: 'queued' | 'running';
  readonly job: string;
  readonly step: number;
  /** 0 while it is not known. */
  readonly steps: number;
  readonly epoch: number | null;
  readonly loss: number | null;
  readonly tokensPerSecond: number | null;
  readonly secondsLeft: number | null;
}
