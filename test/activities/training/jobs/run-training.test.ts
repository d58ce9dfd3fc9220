import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProcessLauncher } from '../../../../activities/jobs/process-launcher.js';
import type { Launchers } from '../../../../activities/jobs/open-launchers.js';
import { trainingDefaults } from '../../../../activities/training/jobs/full-settings.js';
import { createTrainingRuns, type FollowTraining } from '../../../../activities/training/jobs/run-training.js';
import { writeTrainingData } from '../../../../activities/training/jobs/training-data.js';
import {
  trainingFolder,
  type TrainingPlan,
  type TrainingProgress,
} from '../../../../activities/training/jobs/training-plan.js';
import { Trainer } from '../../../../config/launchers.js';
import { temporaryDirectory } from '../../../support/temporary-directory.js';

const SETTINGS = trainingDefaults({ method: 'sft', form: 'messages', cpu: true });
const PLAN: TrainingPlan = {
  student: { name: 'small', version: 'v1' },
  method: 'sft',
  base: { kind: 'model', name: 'weak', weightsSha256: 'a'.repeat(64) },
  training: { name: 'for-7b', version: 'v1', contentSha256: 'c', set: 'default', view: 'messages', control: 'none' },
  form: 'messages',
  rows: { train: 2, validation: 0 },
  settings: SETTINGS,
  trainingSha256: 'b'.repeat(64),
  trainer: { name: 'default', kind: 'trl', launcher: 'here' },
  devices: 1,
  job: 'train-small-bbbbbbbbbbbb',
  server: 'default',
  preflight: { maxCutShare: 0.02, maxEqualPairs: 0, maxContaminatedRows: 0, samples: 64 },
};
const RESULT = {
  status: 'trained',
  steps: 2,
  loss: 0.5,
  lossCurve: [],
  tokens: 9,
  rows: 2,
  seconds: 1,
  model: '/m',
  versions: {},
};

/** The trainer is a line of shell here; real ones are trained with in the server tests. */
describe('following a training', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  const at = (name: string): string => join(directory.path, name);
  const folder = () => trainingFolder(at('work'), PLAN);
  const marks = (): string => readFileSync(join(folder().path, 'marks'), 'utf8').trim();
  const jobs = (): string[] => readdirSync(at('jobs')).sort();

  beforeEach(async () => {
    directory = temporaryDirectory('runs');
    mkdirSync(folder().data, { recursive: true });
    const rows = { train: 2, validation: 0 };
    await writeTrainingData(folder().data, {
      schema: 1,
      kind: 'view',
      train: ['train-0.parquet'],
      validation: [],
      rows,
    });
  });
  afterEach(() => directory.remove());

  function runs(script: string) {
    const jobLauncher = createProcessLauncher({
      directory: at('jobs'),
      runnerPath: resolve('infra/jobs/run-job.mjs'),
      environment: { PATH: process.env['PATH'] ?? '' },
      graceMs: 500,
    });
    const launchers: Launchers = { get: (name) => ({ name, jobs: jobLauncher, workDirectory: at('work') }) };
    return createTrainingRuns({
      trainers: {
        default: Trainer.parse({ launcher: 'here', cpu: true, command: ['sh', '-c', script, 'sh', '{output}'] }),
      },
      launchers,
      bases: {
        identify: () => Promise.resolve(PLAN.base),
        locate: () => Promise.resolve({ directory: '/models/weak' }),
        templateHash: () => Promise.resolve(null),
      },
      python: () => '/no/python',
      pollMs: 20,
    });
  }
  const done = `mkdir -p "$1"; echo '${JSON.stringify(RESULT)}' > "$1/result.json"`;
  const follow = (execution: string, about: Partial<FollowTraining> = {}): FollowTraining => ({
    execution,
    report: () => undefined,
    cancelled: new AbortController().signal,
    ...about,
  });

  it('two runs of the same training have one job, which tells how far it is', async () => {
    const progress = { step: 1, steps: 2, epoch: 0.5, loss: 0.7, tokens: 4, tokensPerSecond: 2, secondsLeft: 1 };
    const both = runs(
      `echo run >> marks; mkdir -p "$1"; echo '${JSON.stringify(progress)}' > "$1/progress.json"; sleep 0.3; ${done}`,
    );
    const told: TrainingProgress[] = [];
    const report = (said: TrainingProgress) => void told.push(said);
    const ended = await Promise.all([both.follow(PLAN, follow('one', { report })), both.follow(PLAN, follow('other'))]);
    expect(ended[0]).toEqual({
      job: expect.objectContaining({ name: PLAN.job }) as object,
      restarts: 0,
      steps: 2,
      loss: 0.5,
    });
    expect(ended[1]).toEqual(ended[0]);
    expect(marks()).toBe('run');
    expect(told.at(-1)).toMatchObject({
      state: 'running',
      job: PLAN.job,
      step: 1,
      steps: 2,
      loss: 0.7,
      tokensPerSecond: 2,
    });
    expect((await both.collect(PLAN)).result).toMatchObject({ model: '/m' });
  });

  it('a failure is told once, and again to who retries; the next run begins anew', async () => {
    const failing = runs('echo run >> marks; echo broken; exit 1');
    await expect(failing.follow(PLAN, follow('one'))).rejects.toThrow(
      /failed, exit code 1.*\nThe end of its log:\nbroken$/,
    );
    await expect(failing.follow(PLAN, follow('one'))).rejects.toThrow('failed, exit code 1');
    expect(marks()).toBe('run');
    expect(await runs(`echo run >> marks; ${done}`).follow(PLAN, follow('two'))).toMatchObject({
      steps: 2,
      restarts: 0,
    });
    expect(marks()).toBe('run\nrun');
    expect(jobs()).toEqual([PLAN.job, `${PLAN.job}-2`]);
  });

  it('a program that is killed again and again is given up', async () => {
    await expect(runs('echo run >> marks; kill -9 $$').follow(PLAN, follow('one'))).rejects.toThrow(
      'ended without a model',
    );
    expect(marks().split('\n')).toHaveLength(4);
  });

  it('a program that is killed goes on', async () => {
    const killed = runs(`echo run >> marks; [ $(wc -l < marks) -ge 3 ] || kill -9 $$; ${done}`);
    expect(await killed.follow(PLAN, follow('one'))).toMatchObject({ restarts: 2, job: { name: `${PLAN.job}-3` } });
  });

  it('a run that is cancelled takes its job with it; another one that waits for the same begins it anew', async () => {
    const stop = new AbortController();
    const slow = runs(`echo run >> marks; [ $(wc -l < marks) -ge 2 ] || sleep 600; ${done}`);
    const first = slow.follow(PLAN, follow('one', { cancelled: stop.signal }));
    const report = () => existsSync(join(folder().path, 'marks')) && stop.abort(new Error('cancelled'));
    const second = slow.follow(PLAN, follow('two', { report }));
    await expect(first).rejects.toThrow('cancelled');
    expect(await second).toMatchObject({ steps: 2, job: { name: `${PLAN.job}-2` } });
    expect(marks()).toBe('run\nrun');
  });

  it('a report that throws leaves the job at work', async () => {
    const slow = runs(`sleep 0.5; ${done}`);
    const report = (): never => {
      throw new Error('the worker stops');
    };
    await expect(slow.follow(PLAN, follow('one', { report }))).rejects.toThrow('the worker stops');
    expect(await slow.follow(PLAN, follow('one'))).toMatchObject({ steps: 2, job: { name: PLAN.job } });
  });

  it('says when the trainer was changed, or the rows are gone', async () => {
    const { follow: start } = runs(done);
    await expect(start({ ...PLAN, trainer: { ...PLAN.trainer, kind: 'ms-swift' } }, follow('one'))).rejects.toThrow(
      'trainers.default: expected the trainer that this training was prepared for',
    );
    await expect(start({ ...PLAN, job: 'train-other-1' }, follow('one'))).rejects.toThrow('was the folder deleted?');
  });
});
