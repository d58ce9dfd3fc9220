import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followJob, type FollowOptions } from '../../../activities/jobs/follow-job.js';
import type { JobLauncher, JobSpec } from '../../../activities/jobs/job-launcher.js';
import { createProcessLauncher } from '../../../activities/jobs/process-launcher.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('following a job', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let launcher: JobLauncher;

  beforeEach(() => {
    directory = temporaryDirectory('follow');
    launcher = createProcessLauncher({
      directory: join(directory.path, 'jobs'),
      runnerPath: resolve('infra/jobs/run-job.mjs'),
      environment: { PATH: process.env['PATH'] ?? '' },
      graceMs: 500,
    });
  });
  afterEach(() => directory.remove());

  const job = (text: string): JobSpec => ({ name: 'work', command: ['sh', '-c', text], directory: directory.path });
  const options = (more: Partial<FollowOptions> = {}): FollowOptions => ({
    onPoll: () => undefined,
    signal: new AbortController().signal,
    pollMs: 20,
    ...more,
  });
  const lines = (name: string) => readFileSync(join(directory.path, name), 'utf8').trim().split('\n');
  const runnerOf = (id: string) => (JSON.parse(readFileSync(join(id, 'runner.json'), 'utf8')) as { pid: number }).pid;

  it('runs the work once, whoever follows it and however often', async () => {
    const work = job('echo run >> runs; sleep 0.5');
    const both = await Promise.all([followJob(launcher, work, options()), followJob(launcher, work, options())]);
    expect(both.map(({ end }) => end.reason)).toEqual(['succeeded', 'succeeded']);
    expect((await followJob(launcher, work, options())).end.reason).toBe('succeeded');
    expect(lines('runs')).toEqual(['run']);
  });

  it('leaves it to the caller what a failure means', async () => {
    expect(await followJob(launcher, job('echo run >> runs; exit 3'), options())).toMatchObject({
      end: { reason: 'failed', exitCode: 3 },
      restarts: 0,
    });
    expect(lines('runs')).toEqual(['run']);
  });

  it('starts work again that was preempted, and once more after a lost node', async () => {
    const work = job('echo run >> runs; [ $(wc -l < runs) -ge 3 ] || sleep 600');
    const ended = new Set<string>();
    const disturb = (ref: { readonly id: string }): void => {
      if (ended.size === 2 || ended.has(ref.id) || lines('runs').length <= ended.size) return;
      ended.add(ref.id);
      process.kill(runnerOf(ref.id), ended.size === 1 ? 'SIGTERM' : 'SIGKILL');
    };
    const onPoll: FollowOptions['onPoll'] = (ref) => {
      try {
        disturb(ref);
      } catch {
        // The job has not written its line yet.
      }
    };
    const followed = await followJob(launcher, work, options({ onPoll }));
    expect(followed).toMatchObject({ end: { reason: 'succeeded' }, restarts: 2, ref: { name: 'work-r2' } });
    expect(lines('runs')).toHaveLength(3);
  });

  it('gives up after so many restarts', async () => {
    const told = new Set<string>();
    const onPoll: FollowOptions['onPoll'] = ({ id }) => {
      // Once: at the next poll it may be leaving.
      if (!told.has(id)) process.kill(runnerOf(id), 'SIGTERM');
      told.add(id);
    };
    const followed = await followJob(launcher, job('sleep 600'), options({ onPoll, maxRestarts: 1 }));
    expect(followed).toMatchObject({ end: { reason: 'preempted' }, restarts: 1 });
  });

  it('cancels the job when it is told to stop, and waits for its end', async () => {
    const stop = new AbortController();
    const following = followJob(
      launcher,
      job('sleep 600'),
      options({ signal: stop.signal, onPoll: () => stop.abort() }),
    );
    await expect(following).rejects.toThrow('aborted');
    const ref = { name: 'work', id: join(directory.path, 'jobs', 'work') };
    expect(await launcher.poll(ref)).toMatchObject({ state: 'ended', end: { reason: 'cancelled' } });
  });
});
