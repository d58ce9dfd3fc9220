import { mkdir } from 'node:fs/promises';
import { ConfigError } from '../../../config/config-error.js';
import type { Deployment } from '../../../config/deployment.js';
import type { TrainerConfig } from '../../../config/launchers.js';
import type { FollowedJob } from '../../jobs/follow-job.js';
import type { Launchers, OpenLauncher } from '../../jobs/open-launchers.js';
import { writeTextFile } from '../../local-files.js';
import type { BaseCheckpoints } from './base-checkpoint.js';
import { followAttempts } from './follow-attempts.js';
import { trainingFailure } from './judge-training.js';
import type { TrainerKind, TrainerResult, TrainerTask } from './trainer-kind.js';
import { trainerKind } from './trainer-kinds.js';
import { attemptJob, beginAttempt, type TrainingAttempt } from './training-attempts.js';
import { trainingData } from './training-data.js';
import { trainingJob } from './training-job.js';
import {
  trainingFolder,
  type FinishedTraining,
  type TrainingData,
  type TrainingFolder,
  type TrainingPlan,
  type TrainingProgress,
} from './training-plan.js';
import { trlConfig } from './trl-trainer.js';

export interface TrainingRunDependencies {
  readonly trainers: Deployment['trainers'];
  readonly launchers: Launchers;
  readonly bases: BaseCheckpoints;
  /** Path of the Python of the set-up; throws when there is none. */
  readonly python: () => string;
  /** @default that of followJob */
  readonly pollMs?: number | undefined;
}

export interface FollowTraining {
  /** Identity of the execution of the workflow. */
  readonly execution: string;
  /** Called at every look at the job; may throw, which leaves the job alone. */
  readonly report: (progress: TrainingProgress) => void;
  /** Aborted: the training is to end. */
  readonly cancelled: AbortSignal;
}

/** A training's folder with what is in it. */
interface Place {
  readonly plan: TrainingPlan;
  readonly trainer: TrainerConfig;
  readonly launcher: OpenLauncher;
  readonly folder: TrainingFolder;
  readonly kind: TrainerKind;
  readonly data: TrainingData;
}

/** Trainings as jobs. Every verb may be called again, by other workers too; there is one job at work on a training at a time. */
export function createTrainingRuns(dependencies: TrainingRunDependencies) {
  const { trainers, launchers, bases, python, pollMs } = dependencies;

  async function placeOf(plan: TrainingPlan): Promise<Place> {
    const trainer = trainers[plan.trainer.name];
    if (trainer?.kind !== plan.trainer.kind || trainer.launcher !== plan.trainer.launcher)
      throw changed(plan.trainer.name);
    const launcher = launchers.get(trainer.launcher);
    const folder = trainingFolder(launcher.workDirectory, plan);
    const data = await trainingData(plan, folder.data);
    return { plan, trainer, launcher, folder, data, kind: trainerKind(trainer.kind) };
  }

  /**
   * Writes what is to be trained beside the rows, which are there, as the scripts of cotmill read it, whatever the program. Returns the path of it.
   */
  async function configure(plan: TrainingPlan): Promise<string> {
    const place = await placeOf(plan);
    const { folder } = place;
    await mkdir(folder.output, { recursive: true });
    await writeTextFile(folder.config, trlConfig(await taskOf(place)));
    return folder.config;
  }

  async function taskOf({ plan, data, folder, trainer }: Place): Promise<TrainerTask> {
    const base = await bases.locate(plan.base);
    return { plan, base, data, folder, cpu: trainer.cpu };
  }

  /**
   * Stays with the training until it is done, beginning it unless somebody did. Throws TrainingRefused, TrainingFailed, what the launcher throws, and
   * the signal's reason.
   */
  async function follow(plan: TrainingPlan, options: FollowTraining): Promise<FinishedTraining> {
    const place = await placeOf(plan);
    const { kind, launcher, folder } = place;
    const { result, job, restarts } = await followAttempts({
      ...{ folder: folder.path, jobs: launcher.jobs, resumesByItself: kind.resumesByItself, pollMs },
      ...{ execution: options.execution, cancelled: options.cancelled },
      begin: (about) => begin(place, about),
      read: () => trainedOf(place),
      async onPoll({ name }, state) {
        // For people alone: a file system that stumbles over it must not end the watch over the job.
        const progress = await kind.readProgress(folder).catch(() => undefined);
        options.report({ state, job: name, ...(progress ?? NOTHING_YET) });
      },
      failure: (followed) => failureOf(place, followed),
    });
    const { steps, loss } = result;
    return { job, restarts, steps, loss };
  }

  async function begin(place: Place, about: Omit<TrainingAttempt, 'spec'>): Promise<TrainingAttempt> {
    const { plan, trainer, folder, kind } = place;
    const task = await taskOf(place);
    const config = kind.configPath(folder);
    await writeTextFile(config, await kind.configText(task));
    const offline = 'directory' in task.base;
    const job = trainingJob({ name: plan.trainer.name, trainer, folder, config, offline, python });
    return await beginAttempt(folder.path, { ...about, spec: { name: attemptJob(plan.job, about.number), ...job } });
  }

  /** What the trainer left. Throws Error when there is nothing. */
  async function collect(plan: TrainingPlan): Promise<CollectedTraining> {
    const place = await placeOf(plan);
    const result = await trainedOf(place);
    if (result) return { result, folder: place.folder, launcher: place.launcher };
    throw new Error(`${place.folder.output} has no trained model: was it deleted? Start the run again.`);
  }

  return { configure, follow, collect };
}

export type TrainingRuns = ReturnType<typeof createTrainingRuns>;
type Trained = Extract<TrainerResult, { status: 'trained' }>;

export interface CollectedTraining {
  readonly result: Trained;
  readonly folder: TrainingFolder;
  readonly launcher: OpenLauncher;
}

async function trainedOf({
  kind,
  folder,
  data,
}: Pick<Place, 'kind' | 'folder' | 'data'>): Promise<Trained | undefined> {
  const result = await kind.readResult({ folder, data });
  return result?.status === 'trained' ? result : undefined;
}

async function failureOf({ plan, launcher, kind, ...place }: Place, { ref, end }: FollowedJob): Promise<Error> {
  const { text: log } = await launcher.jobs.logs(ref, 'tail');
  const result = await kind.readResult(place);
  return trainingFailure({ student: plan.student.name, job: ref.name, end, result, log });
}

const NOTHING_YET = { step: 0, steps: 0, epoch: null, loss: null, tokensPerSecond: null, secondsLeft: null };
const changed = (name: string): ConfigError =>
  new ConfigError('the deployment', [
    {
      path: `trainers.${name}`,
      message:
        'expected the trainer that this training was prepared for; it was changed meanwhile: start the run again',
    },
  ]);
