import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { followJob } from '../../../activities/jobs/follow-job.js';
import { JobConflict, JobLauncherError, type JobLauncher, type JobRef } from '../../../activities/jobs/job-launcher.js';
import { createKubernetesApi } from '../../../activities/jobs/kubernetes-api.js';
import { createKubernetesLauncher } from '../../../activities/jobs/kubernetes-launcher.js';
import { describeJobLauncher, ended, HIDDEN_FROM_JOBS, SEEN_BY_JOBS } from '../../contracts/job-launcher.js';
import { startFakeKubernetes, statusAnswer, type FakeKubernetes } from '../../fakes/kubernetes-api.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { kubernetesOptions } from './kubernetes-options.js';

const PATIENCE_MS = 15_000;
const KUBECONFIG = process.env['KUBECONFIG'];

describe('on a fake Kubernetes', () => {
  let fake: FakeKubernetes;
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeAll(async () => {
    fake = await startFakeKubernetes();
    directory = temporaryDirectory('kubernetes-jobs');
    fake.writeKubeconfig(join(directory.path, 'kubeconfig'));
    process.env['KUBECONFIG'] = join(directory.path, 'kubeconfig');
    process.env[HIDDEN_FROM_JOBS.name] = HIDDEN_FROM_JOBS.value;
  });
  afterAll(async () => {
    if (KUBECONFIG === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = KUBECONFIG;
    delete process.env[HIDDEN_FROM_JOBS.name];
    await fake?.close();
    directory?.remove();
  });

  const launcherIn = (path: string): JobLauncher =>
    createKubernetesLauncher({
      directory: path,
      environment: { [SEEN_BY_JOBS.name]: SEEN_BY_JOBS.value },
      api: createKubernetesApi({ namespace: 'default' }),
      job: { ...kubernetesOptions, graceMs: 500 },
    });

  describeJobLauncher('kubernetes', { limitsMemory: false, patienceMs: PATIENCE_MS }, () => {
    const jobs = join(directory.path, 'contract $(HOME)');
    return Promise.resolve({
      launcher: launcherIn(jobs),
      another: launcherIn(jobs),
      directory: directory.path,
      close: () => Promise.resolve(),
    });
  });

  describe('kubernetes launcher', { timeout: 4 * PATIENCE_MS }, () => {
    let jobs: ReturnType<typeof temporaryDirectory>;
    let launcher: JobLauncher;

    beforeEach(() => {
      jobs = temporaryDirectory('kubernetes');
      launcher = launcherIn(jobs.path);
    });
    afterEach(() => {
      fake.interfere = undefined;
      jobs.remove();
    });

    const script = (name: string, text: string) => ({ name, command: ['sh', '-c', text], directory: jobs.path });
    const running = (ref: JobRef) =>
      expect.poll(async () => (await launcher.poll(ref)).state, { timeout: PATIENCE_MS }).toBe('running');
    const file = (name: string, part: string) => join(jobs.path, name, part);

    it('finds a Job that was submitted by a worker that died before it noted so', async () => {
      const job = script('found', 'sleep 0.3; echo once >> found.txt');
      const ref = await launcher.submit(job);
      rmSync(file('found', 'submitted'));
      expect(await launcherIn(jobs.path).submit(job)).toEqual(ref);
      await ended(launcher, ref, PATIENCE_MS);
      expect(readFileSync(join(jobs.path, 'found.txt'), 'utf8')).toBe('once\n');
    });

    it('tells another Job of that name by its annotation where the directory was emptied', async () => {
      await ended(launcher, await launcher.submit(script('emptied', 'true')), PATIENCE_MS);
      rmSync(join(jobs.path, 'emptied'), { recursive: true });
      await expect(launcherIn(jobs.path).submit(script('emptied', 'false'))).rejects.toThrow(JobConflict);
    });

    it('knows the end of a Job that is gone, and does not make it again', async () => {
      const job = script('gone', 'echo ran >> gone.txt; exit 3');
      const ref = await launcher.submit(job);
      await expect.poll(() => existsSync(file('gone', 'exit')), { timeout: PATIENCE_MS }).toBe(true);
      fake.forget(ref.id);
      expect(await launcher.poll(ref)).toMatchObject({ end: { reason: 'failed', exitCode: 3 } });
      const before = fake.requests.length;
      await launcher.submit(job);
      expect(await launcher.poll(ref)).toMatchObject({ end: { reason: 'failed', exitCode: 3 } });
      expect(fake.requests.length).toBe(before);
      expect(readFileSync(join(jobs.path, 'gone.txt'), 'utf8')).toBe('ran\n');
    });

    it('takes a Job that someone else deleted for cancelled', async () => {
      const ref = await launcher.submit(script('deleted', 'sleep 600'));
      await running(ref);
      fake.forget(ref.id);
      expect(await launcher.poll(ref)).toMatchObject({
        end: { reason: 'cancelled', detail: expect.stringContaining('else') as string },
      });
    });

    it('lets a program save its work when its pod is evicted, and calls it preempted', async () => {
      const text = `trap 'echo saved > saved.txt; exit 0' TERM; echo up; while true; do sleep 0.05; done`;
      const ref = await launcher.submit(script('evicted', text));
      await expect.poll(async () => (await launcher.logs(ref, 0)).text, { timeout: PATIENCE_MS }).toContain('up');
      fake.evict(ref.id);
      expect((await ended(launcher, ref, PATIENCE_MS)).reason).toBe('preempted');
      expect(readFileSync(join(jobs.path, 'saved.txt'), 'utf8')).toBe('saved\n');
    });

    it('starts work again whose node was lost', async () => {
      const lost = new Set<string>();
      const work = script('restarted', '[ -e once ] || { touch once; sleep 600; }');
      const followed = await followJob(launcher, work, {
        signal: new AbortController().signal,
        pollMs: 20,
        onPoll({ id }) {
          if (lost.size > 0 || !existsSync(join(jobs.path, 'once'))) return;
          lost.add(id);
          fake.loseNode(id);
        },
      });
      expect(followed).toMatchObject({ restarts: 1, ref: { name: 'restarted-r1' }, end: { reason: 'succeeded' } });
      expect(JSON.parse(readFileSync(file('restarted', 'end.json'), 'utf8'))).toMatchObject({ reason: 'node-lost' });
    });

    it('sends all of a Job through the official client', async () => {
      const ref = await launcher.submit({ ...script('sent', 'true'), resources: { gpus: 1, timeLimitMs: 60_000 } });
      expect(fake.job(ref.id)).toMatchObject({
        apiVersion: 'batch/v1',
        metadata: { labels: { 'app.kubernetes.io/managed-by': 'cotmill' } },
        spec: {
          podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
          template: {
            spec: {
              restartPolicy: 'Never',
              activeDeadlineSeconds: 60,
              volumes: [{ persistentVolumeClaim: { claimName: 'training' } }],
              containers: [
                { command: ['/bin/sh', file('sent', 'job.sh')], resources: { limits: { 'nvidia.com/gpu': '1' } } },
              ],
            },
          },
        },
      });
      await ended(launcher, ref, PATIENCE_MS);
    });

    it('deletes a Job whose cancellation was noted by a worker that died then', async () => {
      const ref = await launcher.submit(script('half', 'sleep 600'));
      await running(ref);
      writeFileSync(file('half', 'cancelled'), '');
      expect((await ended(launcher, ref, PATIENCE_MS)).reason).toBe('cancelled');
      expect(fake.job(ref.id)).toBeUndefined();
    });

    it('runs nothing for a second Job of the same directory', async () => {
      const job = script('twice', 'echo ran >> twice.txt');
      const ref = await launcher.submit(job);
      await expect.poll(() => existsSync(file('twice', 'exit')), { timeout: PATIENCE_MS }).toBe(true);
      fake.forget(ref.id);
      for (const note of ['submitted', 'exit', 'end.json']) rmSync(file('twice', note), { force: true });
      await launcher.submit(job);
      expect(await ended(launcher, ref, PATIENCE_MS)).toMatchObject({ reason: 'failed', exitCode: 125 });
      expect(readFileSync(join(jobs.path, 'twice.txt'), 'utf8')).toBe('ran\n');
    });

    it.each([
      [401, 'Unauthorized', 'Unauthorized', false, 'renew the credentials'],
      [
        403,
        'Forbidden',
        'jobs.batch is forbidden: User "x" cannot create resource "jobs"',
        false,
        'give this worker’s account a role',
      ],
      [403, 'Forbidden', 'jobs.batch "x" is forbidden: exceeded quota: small', true, 'exceeded quota'],
      [404, 'NotFound', 'namespaces "default" not found', false, 'create the namespace'],
      [422, 'Invalid', 'Job.batch "x" is invalid: spec.template: Required value', false, 'Required value'],
      [429, 'TooManyRequests', 'try again later', true, 'try again later'],
      [500, 'InternalError', 'etcd leader changed', true, 'etcd leader changed'],
      [503, 'ServiceUnavailable', 'not ready', true, 'not ready'],
    ])('says what the API answered: %i %s, %s', async (...[code, reason, message, retryable, text]) => {
      fake.interfere = () => statusAnswer(code, reason, message);
      const error = await launcher.submit(script(`refused-${code}`, 'true')).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(JobLauncherError);
      expect(error).toMatchObject({ retryable, message: expect.stringContaining(text) as string });
      expect(String(error)).not.toContain('fake-token');
    });

    it('calls an API that is not there a passing fault', async () => {
      const other = await startFakeKubernetes();
      other.writeKubeconfig(join(jobs.path, 'kubeconfig'));
      await other.close();
      process.env['KUBECONFIG'] = join(jobs.path, 'kubeconfig');
      try {
        const error = await launcherIn(jobs.path)
          .submit(script('unreachable', 'true'))
          .catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          retryable: true,
          message: expect.stringContaining('could not be reached') as string,
        });
      } finally {
        process.env['KUBECONFIG'] = join(directory.path, 'kubeconfig');
      }
    });

    it('says which contexts there are', async () => {
      const api = createKubernetesApi({ namespace: 'default', context: 'production' });
      await expect(api.get('x')).rejects.toThrow('Context "production" is not in the kubeconfig; it has: fake.');
    });
  });
});
