import { mkdir } from 'node:fs/promises';
import { z } from 'zod';
import type { Deployment } from '../../../config/deployment.js';
import type { TrainerConfig } from '../../../config/launchers.js';
import type { FollowedJob } from '../../jobs/follow-job.js';
import { endWords, lastLines } from '../../jobs/job-words.js';
import type { Launchers, OpenLauncher } from '../../jobs/open-launchers.js';
import { readJsonFile, writeJsonFile } from '../../local-files.js';
import type { BaseCheckpoints } from '../jobs/base-checkpoint.js';
import { followAttempts } from '../jobs/follow-attempts.js';
import { TrainingFailed, TrainingRefused } from '../jobs/judge-training.js';
import { attemptJob, beginAttempt, type TrainingAttempt } from '../jobs/training-attempts.js';
import { trainingData } from '../jobs/training-data.js';
import { folderOf, type TrainingPlan } from '../jobs/training-plan.js';
import { trlSettings } from '../jobs/trl-trainer.js';
import { preflightJob, preflightWork, type PreflightWork } from './preflight-job.js';
import { RowsReport } from './preflight-report.js';

export interface RowsDependencies {
  readonly trainers: Deployment['trainers'];
  readonly launchers: Launchers;
  readonly bases: BaseCheckpoints;
  /** Path of the Python of the set-up; throws when there is none. */
  readonly python: () => string;
  /** @default that of followJob */
  readonly pollMs?: number | undefined;
}

export interface LookOptions {
  /** Identity of the execution of the workflow, or of the command. */
  readonly execution: string;
  /** Called at every look at the job; may throw, which leaves the job alone. */
  readonly report: (state: 'queued' | 'running') => void;
  /** Aborted: the job is to end. */
  readonly cancelled: AbortSignal;
}

/** What `preflight.py` leaves: the report, or why there can't be one. */
const Left = z.union([RowsReport, z.strictObject({ schema: z.literal(1), refused: z.string() })]);

interface Place {
  readonly plan: TrainingPlan;
  readonly trainer: TrainerConfig;
  readonly launcher: OpenLauncher;
  readonly work: PreflightWork;
}

/** Looks at the rows of trainings by short jobs beside them. */
export function createRowsLook(dependencies: RowsDependencies) {
  const { trainers, launchers, bases, python, pollMs } = dependencies;

  /**
   * The report on the rows of a training, which are there; undefined where the trainer has no program for it. What was found before is not looked for
   * again. Throws TrainingRefused, TrainingFailed, ConfigError, what the launcher throws, and the signal's reason.
   */
  return async function lookAtRows(plan: TrainingPlan, options: LookOptions): Promise<RowsReport | undefined> {
    const trainer = trainers[plan.trainer.name];
    if (!trainer || trainer.preflight === null) return undefined;
    const launcher = launchers.get(trainer.launcher);
    const work = await preflightWork(plan, folderOf(launchers, plan));
    const place = { plan, trainer, launcher, work };
    const before = await readReport(place);
    if (before) return before;
    const { result } = await followAttempts({
      ...{ folder: work.folder.path, jobs: launcher.jobs, resumesByItself: true, pollMs },
      ...{ execution: options.execution, cancelled: options.cancelled },
      begin: (about) => begin(place, about),
      read: () => readReport(place),
      onPoll: (_job, state) => options.report(state),
      failure: (followed) => failureOf(place, followed),
    });
    return result;
  };

  async function begin({ plan, trainer, work }: Place, about: Omit<TrainingAttempt, 'spec'>): Promise<TrainingAttempt> {
    const { folder } = work;
    const base = await bases.locate(plan.base);
    const training = folderOf(launchers, plan);
    const data = await trainingData(plan, training.data);
    const task = { plan, base, data, folder: training, cpu: trainer.cpu };
    const job = preflightJob({ name: plan.trainer.name, trainer, folder, offline: 'directory' in base, python });
    if (!job) throw new Error(`Trainer ${plan.trainer.name} has no program that looks at rows.`);
    await mkdir(folder.path, { recursive: true });
    await writeJsonFile(folder.config, trlSettings(task));
    await writeJsonFile(folder.request, work.request);
    return await beginAttempt(folder.path, { ...about, spec: { name: attemptJob(work.name, about.number), ...job } });
  }
}

/** Throws TrainingRefused when the program could not read what it was given. */
async function readReport({ plan, work }: Place): Promise<RowsReport | undefined> {
  const left = await readJsonFile(work.folder.report, Left);
  if (left && 'refused' in left)
    throw new TrainingRefused(`Student ${plan.student.name} can't be trained: ${left.refused}`);
  return left;
}

/** Says the last line alone: a log may quote rows, and this goes into a history. */
async function failureOf({ plan, launcher }: Place, { ref, end }: FollowedJob): Promise<TrainingFailed> {
  const { text } = await launcher.jobs.logs(ref, 'tail');
  const said = lastLines(text).split('\n').at(-1) ?? '';
  return new TrainingFailed(
    `The preflight of student ${plan.student.name} ended without a report: ${endWords(end)}, job ${ref.name}. What to do: correct what its log says and run again, or set preflight: null for trainer ${plan.trainer.name}.${said === '' ? '' : ` Its last line: ${said}`}`,
  );
}
