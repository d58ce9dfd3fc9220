import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Benchmark } from '../../../config/benchmark.js';
import type { Deployment } from '../../../config/deployment.js';
import { Evaluation } from '../../../config/evaluation.js';
import { check } from '../../../config/load.js';
import type { Launchers } from '../../jobs/open-launchers.js';
import type { OpenInput } from '../../sources/source-input.js';
import { writeJsonDocument } from '../../store/json-objects.js';
import type { ObjectStore } from '../../store/object-store.js';
import { createBaseCheckpoints } from '../jobs/base-checkpoint.js';
import { TrainingRefused } from '../jobs/judge-training.js';
import { trainingData } from '../jobs/training-data.js';
import { folderOf, type TrainingPlan } from '../jobs/training-plan.js';
import { withTemporaryDirectory } from '../../temporary-directory.js';
import { checkContamination } from './check-contamination.js';
import { judgePreflight } from './judge-preflight.js';
import { knownSpeed } from './known-speed.js';
import { createRowsLook, type LookOptions } from './look-at-rows.js';
import { preflightKey, type PreflightInput, type PreflightSummary } from './preflight-input.js';
import type { ContaminationReport, PreflightReport, RowsReport } from './preflight-report.js';
import { trainingQuestions } from './training-questions.js';

export interface PreflightDependencies {
  readonly store: ObjectStore;
  readonly deployment: Pick<Deployment, 'models' | 'trainers'>;
  readonly launchers: Launchers;
  readonly openInput: OpenInput;
  /** All that there are. */
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
  /** Path of the Python of the set-up; throws when there is none. */
  readonly python: () => string;
  /** @default that of followJob */
  readonly pollMs?: number | undefined;
}

export interface PreflightOptions extends Omit<LookOptions, 'report'> {
  /** How far it is; may throw, which leaves the job alone. */
  readonly report: (state: 'queued' | 'running' | 'comparing with benchmarks') => void;
  readonly signal: AbortSignal;
}

export interface Preflights {
  /** Looks at a training. Throws ConfigError, SourceError, TrainingFailed and what the launcher throws; never because of what it finds. */
  look(input: Omit<PreflightInput, 'run'>, options: PreflightOptions): Promise<PreflightReport>;
  /** The same, kept with the run. Throws TrainingRefused with all reasons when the training must not start. */
  require(input: PreflightInput, options: PreflightOptions): Promise<PreflightSummary>;
}

const Evaluations = z.array(Evaluation);

/** Preflights of a deployment. Safe to run twice: the same rows give the same report. */
export function openPreflights(dependencies: PreflightDependencies): Preflights {
  const { store, deployment, launchers, openInput, benchmarks, python, pollMs } = dependencies;
  const { models, trainers } = deployment;
  const bases = createBaseCheckpoints({ store, models });
  const lookAtRows = createRowsLook({ trainers, launchers, bases, python, pollMs });

  async function contaminationOf(
    plan: TrainingPlan,
    evaluations: readonly Evaluation[],
    { report, signal }: PreflightOptions,
  ): Promise<ContaminationReport | null> {
    if (evaluations.length === 0) return null;
    const { data } = folderOf(launchers, plan);
    const rows = await trainingData(plan, data);
    return withTemporaryDirectory(tmpdir(), 'cotmill-preflight-', async (temporaryDirectory) => {
      const onProgress = (): void => report('comparing with benchmarks');
      const reading = { temporaryDirectory, onProgress, signal };
      const questions = trainingQuestions(
        rows.train.map((name) => join(data, name)),
        reading,
      );
      return await checkContamination(evaluations, questions, { ...reading, openInput, benchmarks });
    });
  }

  async function look(
    { plan, evaluations = [] }: Omit<PreflightInput, 'run'>,
    options: PreflightOptions,
  ): Promise<PreflightReport> {
    const asked = check(Evaluations, evaluations, { where: 'the evaluations', locate: () => undefined });
    const looked = await lookAtRows(plan, options);
    const rows = looked ? await withDuration(store, plan, looked) : null;
    const contamination = await contaminationOf(plan, asked, options);
    const { kind, name } = plan.base;
    const found = { base: { kind, name }, rows, contamination };
    const gpuMemoryMiB = trainers[plan.trainer.name]?.gpuMemoryMiB;
    return {
      schema: 1,
      student: plan.student.name,
      trainer: plan.trainer.name,
      ...found,
      verdict: judgePreflight(found, { preflight: plan.preflight, gpuMemoryMiB }),
    };
  }

  async function require(input: PreflightInput, options: PreflightOptions): Promise<PreflightSummary> {
    const report = await look(input, options);
    const reportKey = preflightKey(input.run, report.student);
    await writeJsonDocument(store, reportKey, report);
    if (!report.verdict.ok) throw new TrainingRefused(refusal(report, reportKey));
    return { reportKey, found: foundOf(report) };
  }

  return { look, require };
}

/** The report does not know of earlier trainings, whose speed says how long this one will take. */
async function withDuration(store: ObjectStore, plan: TrainingPlan, rows: RowsReport): Promise<RowsReport> {
  const speed = await knownSpeed(store, plan);
  return speed === undefined ? rows : { ...rows, seconds: Math.round(rows.tokens.total / speed) };
}

/** All reasons, for people. Pure. */
export function refusal({ student, verdict }: PreflightReport, reportKey?: string): string {
  const reasons = verdict.reasons.map((reason) => `- ${reason}`).join('\n');
  const where = reportKey === undefined ? '' : `\nThe whole report: ${reportKey}`;
  return `Student ${student} is not trained; nothing was booked:\n${reasons}${where}`;
}

function foundOf({ rows }: PreflightReport): PreflightSummary['found'] {
  if (rows === null) return null;
  const { steps, tokens, cut, memory, seconds } = rows;
  const cutShare = Math.round((cut.rows / Math.max(1, rows.rows.read)) * 10_000) / 10_000;
  return { rows: rows.rows.total, steps, tokens: tokens.total, cutShare, memoryMiB: memory.total, seconds };
}
