import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainedStudent } from '../../../activities/models/model-manifest.js';
import { failureMessage } from '../../../workers/run-client.js';
import type { Serving } from '../../../workers/serve.js';
import type { TemporalServer } from '../../../workers/stack/temporal-server.js';
import { temporalServer } from '../../support/servers.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import {
  lossCurve,
  processesNaming,
  quickStudent,
  startTrainingSystem,
  type LossPoint,
  type TrainingSystem,
} from '../../support/training-system.js';

const PATIENCE_MS = 120_000;
const EPOCHS = 8;

describe('parts that are killed while a student is trained', { timeout: 3 * PATIENCE_MS }, () => {
  const database = temporaryDirectory('training-temporal');
  let temporal: TemporalServer;
  let system: TrainingSystem;
  let undisturbed: readonly LossPoint[];
  let serving: Serving | undefined;
  const slow = (name: string) => quickStudent(name, { settings: { epochs: EPOCHS } });
  const startTemporal = (port?: number): Promise<TemporalServer> =>
    temporalServer({ databaseFile: join(database.path, 'temporal.db'), ...(port !== undefined && { port }) });
  const lossesOf = (student: TrainedStudent): LossPoint[] => lossCurve(system.modelFile(student, 'loss-curve.json'));
  const jobsOf = (name: string): string[] => system.jobs().filter((job) => job.startsWith(`train-${name}-`));
  const jobPath = (name: string, file: string): string =>
    join(system.directory, 'jobs', 'jobs', jobsOf(name)[0] ?? '', file);
  const jobFile = (name: string, file: string): string => readFileSync(jobPath(name, file), 'utf8');

  /** Until the training has written a whole checkpoint and is not near its end. */
  async function midway(name: string): Promise<void> {
    const isThere = (): boolean => {
      try {
        const checkpoint = join(system.workFolder(name), 'output', 'checkpoints', 'checkpoint-4');
        JSON.parse(readFileSync(join(checkpoint, 'trainer_state.json'), 'utf8'));
        return true;
      } catch {
        return false;
      }
    };
    await expect.poll(isThere, { timeout: PATIENCE_MS, interval: 20 }).toBe(true);
    expect(existsSync(join(system.workFolder(name), 'output', 'result.json'))).toBe(false);
  }

  const trainers = (name: string): number[] => processesNaming(join(system.workFolder(name), 'config.json'));

  beforeAll(async () => {
    temporal = await startTemporal();
    system = await startTrainingSystem({ temporal });
    serving = await system.serve();
    undisturbed = lossesOf(await (await system.train('undisturbed', slow('calm'))).result());
  });
  afterAll(async () => {
    await system.stop();
    await temporal.stop();
    database.remove();
  });

  it.each([
    ['the program', 'program', () => trainers('program')],
    ['what watches over it', 'watched', () => [(JSON.parse(jobFile('watched', 'runner.json')) as { pid: number }).pid]],
  ])('%s: the training goes on from its checkpoint, to the same losses', async (_name, student, pids) => {
    const handle = await system.train('killed', slow(student));
    await midway(student);
    for (const pid of pids()) process.kill(pid, 'SIGKILL');
    const trained = await handle.result();
    expect(trained.result.restarts).toBe(1);
    expect(lossesOf(trained)).toEqual(undisturbed);
    expect(jobsOf(student)).toHaveLength(2);
    expect(trainers(student)).toEqual([]);
  });

  it('the workflow, by a cancellation: the job ends too, and the next run goes on from its checkpoint', async () => {
    const handle = await system.train('cancelled', slow('stopped'));
    await midway('stopped');
    // It must not come to its end before the cancellation has come to it.
    for (const pid of trainers('stopped')) process.kill(pid, 'SIGSTOP');
    await handle.cancel();
    await expect.poll(() => existsSync(jobPath('stopped', 'cancel')), { timeout: PATIENCE_MS }).toBe(true);
    for (const pid of trainers('stopped')) process.kill(pid, 'SIGCONT');
    await expect(handle.result().catch(failureMessage)).resolves.toMatch(/canceled/);
    expect(trainers('stopped')).toEqual([]);
    expect(JSON.parse(jobFile('stopped', 'end.json'))).toMatchObject({ reason: 'cancelled' });

    const trained = await (await system.train('cancelled', slow('stopped'))).result();
    expect(lossesOf(trained)).toEqual(undisturbed);
    const result = JSON.parse(readFileSync(join(system.workFolder('stopped'), 'output', 'result.json'), 'utf8')) as {
      resumedFrom: number;
    };
    expect(result.resumedFrom).toBeGreaterThanOrEqual(4);
  });

  it('the worker: another one stays with the job, which is not started again', async () => {
    await serving?.stop();
    const worker = startWorker(system);
    const handle = await system.train('orphaned', slow('orphan'));
    await midway('orphan');
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    expect(trainers('orphan')).not.toEqual([]);
    await system.serve();
    const trained = await handle.result();
    expect(trained.result.restarts).toBe(0);
    expect(lossesOf(trained)).toEqual(undisturbed);
    expect(jobsOf('orphan')).toHaveLength(1);
    expect(jobFile('orphan', 'output.log').match(/trained 64 steps/g)).toHaveLength(1);
  });

  it('the Temporal server: the job does not notice', async () => {
    const handle = await system.train('forgotten', slow('lonely'));
    await midway('lonely');
    await temporal.kill();
    temporal = await startTemporal(temporal.port);
    const trained = await handle.result();
    expect(trained.result.restarts).toBe(0);
    expect(lossesOf(trained)).toEqual(undisturbed);
    expect(jobsOf('lonely')).toHaveLength(1);
  });
});

/** `cotmill worker`, a process of its own. */
function startWorker({ directory, deployment }: TrainingSystem): ChildProcess {
  const file = join(directory, 'deployment.json');
  writeFileSync(file, JSON.stringify(deployment));
  return spawn(process.execPath, [resolve('dist/workers/cli.js'), 'worker', '--deployment', file], { stdio: 'ignore' });
}
