import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainedStudent } from '../../../activities/models/model-manifest.js';
import { failureMessage } from '../../../workers/run-client.js';
import { slurmIsInstalled, startSlurm, type SlurmCluster } from '../../support/slurm.js';
import {
  lossCurve,
  quickStudent,
  startTrainingSystem,
  type LossPoint,
  type TrainingSystem,
} from '../../support/training-system.js';

const PATIENCE_MS = 120_000;
/** CI has to have Slurm; elsewhere it is nothing that a project can install for its user. */
const expected = process.env['CI'] === 'true' || slurmIsInstalled();

describe.runIf(expected)('students trained on a real Slurm of one node', { timeout: 3 * PATIENCE_MS }, () => {
  let cluster: SlurmCluster;
  let system: TrainingSystem;
  let undisturbed: readonly LossPoint[];
  const student = (name: string) => quickStudent(name, { settings: { epochs: 8 } });
  const lossesOf = (trained: TrainedStudent): LossPoint[] => lossCurve(system.modelFile(trained, 'loss-curve.json'));
  const slurm = (program: string, ...args: string[]): number | null => spawnSync(program, args).status;
  const resumedFrom = (name: string): number | null =>
    (
      JSON.parse(readFileSync(join(system.workFolder(name), 'output', 'result.json'), 'utf8')) as {
        readonly resumedFrom: number | null;
      }
    ).resumedFrom;

  /** The number of the Slurm job of a student whose training has written a checkpoint. */
  async function midway(name: string): Promise<string> {
    const isThere = (): boolean => {
      try {
        return readdirSync(join(system.workFolder(name), 'output', 'checkpoints')).some((checkpoint) =>
          existsSync(join(system.workFolder(name), 'output', 'checkpoints', checkpoint, 'trainer_state.json')),
        );
      } catch {
        return false;
      }
    };
    await expect.poll(isThere, { timeout: PATIENCE_MS, interval: 20 }).toBe(true);
    const job = system.jobs().find((one) => one.startsWith(`train-${name}-`)) ?? '';
    return readFileSync(join(system.directory, 'jobs', 'jobs', job, 'submitted'), 'utf8');
  }

  beforeAll(async () => {
    cluster = await startSlurm();
    process.env['SLURM_CONF'] = cluster.configuration;
    system = await startTrainingSystem({
      launcher: { kind: 'slurm', options: ['--partition=main'], setup: ['export HF_HUB_DISABLE_TELEMETRY=1'] },
    });
    await system.serve();
    const calm = await (await system.train('undisturbed', student('calm'))).result();
    expect(calm.result).toMatchObject({ steps: 64, restarts: 0 });
    undisturbed = lossesOf(calm);
  });
  afterAll(async () => {
    await system?.stop();
    delete process.env['SLURM_CONF'];
    await cluster?.stop();
  });

  it('go on from their checkpoint after a requeue, under the same job', async () => {
    const handle = await system.train('requeued', student('again'));
    const id = await midway('again');
    expect(slurm('scontrol', 'requeue', id)).toBe(0);
    // Slurm lets a requeued job wait for two minutes, which is not what is tested; a start before the first one is cleared away fails.
    await delay(4_000);
    slurm('scontrol', 'update', `JobId=${id}`, 'StartTime=now');
    const trained = await handle.result();
    expect(trained.result.restarts).toBe(0);
    expect(resumedFrom('again')).toBeGreaterThan(0);
    expect(lossesOf(trained)).toEqual(undisturbed);
    expect(system.jobs().filter((job) => job.startsWith('train-again-'))).toHaveLength(1);
  });

  it('end with scancel, and go on from their checkpoint when the run is started again', async () => {
    const handle = await system.train('ended', student('ended'));
    expect(slurm('scancel', await midway('ended'))).toBe(0);
    expect(await handle.result().then(() => 'it ended well', failureMessage)).toMatch(
      /student ended ended without a model: cancelled.*cancelled outside of cotmill; run again to go on from its last checkpoint/,
    );
    const trained = await (await system.train('ended', student('ended'))).result();
    expect(resumedFrom('ended')).toBeGreaterThan(0);
    expect(lossesOf(trained)).toEqual(undisturbed);
  });
});
