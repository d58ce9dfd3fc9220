import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kubernetesJob, kubernetesName, ownerOf, SPEC_ANNOTATION } from '../../../activities/jobs/kubernetes-job.js';
import { Launcher } from '../../../config/launchers.js';
import { kubernetesOptions } from './kubernetes-options.js';

const spec = {
  name: 'night.student',
  command: ['train'],
  directory: '/data/work',
  variables: { SEED: '1', PRICE: '$(HOME) $$ $' },
  resources: { cpus: 8, gpus: 2, memoryMiB: 65_536, timeLimitMs: 90_500 },
};

describe('Kubernetes Job of a spec', () => {
  const made = kubernetesJob({
    name: 'cotmill-1-a',
    spec,
    script: '/data/cotmill/jobs/a/job.sh',
    environment: { HF_HOME: '/data/hf', SEED: 'of the worker' },
    options: {
      ...kubernetesOptions,
      secrets: ['hub-token'],
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
      labels: { 'kueue.x-k8s.io/queue-name': 'lab' },
      priorityClass: 'batch',
      serviceAccount: 'trainer',
      runAsUser: 1000,
      sharedMemoryMiB: 8192,
    },
  });
  const pod = made.spec?.template.spec;
  const container = pod?.containers[0];

  it('runs once, and is never started again or deleted by the cluster', () => {
    expect(made.spec).toMatchObject({ backoffLimit: 0, completions: 1, parallelism: 1 });
    expect(made.spec).not.toHaveProperty('ttlSecondsAfterFinished');
    expect(made.spec).not.toHaveProperty('activeDeadlineSeconds');
    expect(pod).toMatchObject({ restartPolicy: 'Never', activeDeadlineSeconds: 91, terminationGracePeriodSeconds: 30 });
    expect(made.metadata?.annotations?.[SPEC_ANNOTATION]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('asks for what the job needs, as requests and limits', () => {
    const quantities = { cpu: '8', memory: '65536Mi', 'nvidia.com/gpu': '2' };
    expect(container?.resources).toEqual({ requests: quantities, limits: quantities });
  });

  it('passes values on as they are, those of the job before those of the worker', () => {
    expect(container?.env).toContainEqual({ name: 'SEED', value: '1' });
    expect(container?.env).toContainEqual({ name: 'PRICE', value: '$$(HOME) $$$$ $$' });
    expect(container?.env).toContainEqual({ name: 'HF_HOME', value: '/data/hf' });
    expect(container?.env?.filter(({ name }) => name === 'SEED')).toHaveLength(1);
    expect(container?.envFrom).toEqual([{ secretRef: { name: 'hub-token' } }]);
  });

  it('carries what the deployment says', () => {
    expect(made.metadata?.labels).toMatchObject({ 'kueue.x-k8s.io/queue-name': 'lab' });
    expect(pod).toMatchObject({
      serviceAccountName: 'trainer',
      priorityClassName: 'batch',
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
      securityContext: { runAsUser: 1000 },
    });
    expect(container?.volumeMounts).toEqual([
      { name: 'volume-0', mountPath: '/data', readOnly: false },
      { name: 'shared-memory', mountPath: '/dev/shm' },
    ]);
  });

  it('gives a job no key to the API, unless the deployment names an account', () => {
    const plain = kubernetesJob({ name: 'a', spec, script: '/s', environment: {}, options: kubernetesOptions });
    expect(plain.spec?.template.spec?.automountServiceAccountToken).toBe(false);
    expect(pod).not.toHaveProperty('automountServiceAccountToken');
  });

  it('tells directories of the same path on other volumes apart', () => {
    expect(ownerOf('/data/jobs', [{ claim: 'a', mountPath: '/data', readOnly: false }])).not.toBe(
      ownerOf('/data/jobs', [{ claim: 'b', mountPath: '/data', readOnly: false }]),
    );
  });

  it('names jobs by labels that Kubernetes takes, and never two of them alike', () => {
    const letter = fc.constantFrom(...'abz09-.');
    const name = fc
      .string({ unit: letter, minLength: 1, maxLength: 63 })
      .filter((text) => /^[a-z0-9](?:.*[a-z0-9])?$/.test(text) && !text.includes('..'));
    fc.assert(
      fc.property(name, name, (one, other) => {
        const made = kubernetesName('0123abcd', one);
        expect(made).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/);
        expect(made === kubernetesName('0123abcd', other)).toBe(one === other);
      }),
    );
  });
});

describe('configuration of a Kubernetes launcher', () => {
  const parse = (directory: string, readOnly = false) =>
    Launcher.safeParse({
      kind: 'kubernetes',
      directory,
      image: 'i',
      volumes: [{ claim: 'c', mountPath: '/data', readOnly }],
    });

  it.each([
    ['/data', false, true],
    ['/data/jobs', false, true],
    ['/data/jobs', true, false],
    ['/database/jobs', false, false],
    ['jobs', false, false],
  ])('a directory %s on a volume that is read-only: %s', (directory, readOnly, good) => {
    const { success, error } = parse(directory, readOnly);
    expect(success).toBe(good);
    if (!success) expect(error.issues[0]?.message).toContain('below the mountPath');
  });
});
