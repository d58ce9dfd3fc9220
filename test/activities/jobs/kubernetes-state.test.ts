import type { V1Job, V1JobCondition, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { endOfExitNote } from '../../../activities/jobs/kubernetes-script.js';
import { endOfMissing, statusOfJob } from '../../../activities/jobs/kubernetes-state.js';

const job = (condition?: Omit<V1JobCondition, 'status'>, rest: V1Job = {}): V1Job => ({
  metadata: { name: 'a' },
  ...rest,
  status: { conditions: condition ? [{ status: 'True', ...condition }] : [] },
});
const FAILED = job({
  type: 'Failed',
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
});
const DISRUPTED = job({
  type: 'Failed',
  reason: 'PodFailurePolicy',
  message: 'Pod default/a-x has condition DisruptionTarget matching FailJob rule at index 0',
});
const pod = (status: V1PodStatus, createdAt = 1): V1Pod => ({
  metadata: { name: 'a-x', creationTimestamp: new Date(createdAt) },
  status,
});
const ended = (terminated: { exitCode: number; reason?: string; message?: string }, rest: V1PodStatus = {}): V1Pod =>
  pod({
    phase: 'Failed',
    containerStatuses: [{ name: 'job', image: 'i', imageID: '', ready: false, restartCount: 0, state: { terminated } }],
    ...rest,
  });
const waiting = (reason: string, message?: string): V1Pod =>
  pod({
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'job',
        image: 'i',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason, ...(message !== undefined && { message }) } },
      },
    ],
  });
const disruption = (reason: string) => ({
  conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message: 'because' }],
});
const look = (view: { job: V1Job; pods?: V1Pod[]; cancelled?: boolean }) =>
  statusOfJob({ pods: [], cancelled: false, memoryMiB: 64, ...view });

describe('state of a Kubernetes job', () => {
  it.each([
    ['a Job without a pod', { job: job() }, 'queued', undefined],
    ['a suspended Job', { job: job(undefined, { spec: { suspend: true, template: {} } }) }, 'queued', 'suspended'],
    [
      'a pod that no node can take',
      {
        job: job(),
        pods: [
          pod({
            phase: 'Pending',
            conditions: [
              {
                type: 'PodScheduled',
                status: 'False',
                reason: 'Unschedulable',
                message: '0/3 nodes: 3 Insufficient nvidia.com/gpu',
              },
            ],
          }),
        ],
      },
      'queued',
      'Insufficient nvidia.com/gpu',
    ],
    ['an image on its way', { job: job(), pods: [waiting('ContainerCreating')] }, 'queued', undefined],
    [
      'an image that is not there',
      { job: job(), pods: [waiting('ImagePullBackOff', 'Back-off pulling image')] },
      'queued',
      'Back-off pulling',
    ],
    ['a running pod', { job: job(), pods: [pod({ phase: 'Running' })] }, 'running', undefined],
    [
      'a pod that has ended and a Job that does not know yet',
      { job: job(), pods: [ended({ exitCode: 1 })] },
      'running',
      undefined,
    ],
    ['a node that does not answer', { job: job(), pods: [pod({ phase: 'Unknown' })] }, 'running', undefined],
    [
      'a Job that is being deleted',
      { job: job(undefined, { metadata: { deletionTimestamp: new Date(1) } }) },
      'running',
      undefined,
    ],
    [
      'the second pod of a Job that was resumed',
      { job: job(), pods: [pod({ phase: 'Pending' }, 2), pod({ phase: 'Failed' }, 1)] },
      'queued',
      undefined,
    ],
  ])('%s is %3$s', (...[, view, state, detail]) => {
    const status = look(view);
    expect(status.state).toBe(state);
    expect(status.state === 'queued' ? (status.detail ?? '') : '').toContain(detail ?? '');
  });

  it.each([
    ['a Job that is complete', { job: job({ type: 'Complete' }) }, 'succeeded', 0],
    ['a program that failed', { job: FAILED, pods: [ended({ exitCode: 7, reason: 'Error' })] }, 'failed', 7],
    [
      'a container that could not start',
      { job: FAILED, pods: [ended({ exitCode: 128, reason: 'StartError', message: 'no such file: /bin/sh' })] },
      'failed',
      128,
    ],
    [
      'a container that the kernel killed',
      { job: FAILED, pods: [ended({ exitCode: 137, reason: 'OOMKilled' })] },
      'out-of-memory',
      137,
    ],
    [
      'a pod past its deadline',
      { job: FAILED, pods: [ended({ exitCode: 143, reason: 'Error' }, { reason: 'DeadlineExceeded' })] },
      'time-limit',
      null,
    ],
    [
      'a Job past a deadline of the cluster',
      { job: job({ type: 'Failed', reason: 'DeadlineExceeded' }) },
      'time-limit',
      null,
    ],
    [
      'a pod that made room',
      { job: DISRUPTED, pods: [ended({ exitCode: 143 }, disruption('PreemptionByScheduler'))] },
      'preempted',
      null,
    ],
    [
      'a pod that was evicted through the API',
      { job: DISRUPTED, pods: [ended({ exitCode: 143 }, disruption('EvictionByEvictionAPI'))] },
      'preempted',
      null,
    ],
    [
      'a pod that kubelet evicted',
      {
        job: DISRUPTED,
        pods: [ended({ exitCode: 137 }, { reason: 'Evicted', ...disruption('TerminationByKubelet') })],
      },
      'preempted',
      null,
    ],
    [
      'a pod that an older kubelet evicted',
      {
        job: FAILED,
        pods: [pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory' })],
      },
      'preempted',
      null,
    ],
    [
      'a node that was shut down',
      {
        job: FAILED,
        pods: [
          ended(
            { exitCode: 143 },
            { reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.' },
          ),
        ],
      },
      'preempted',
      null,
    ],
    ['a disrupted pod that is gone', { job: DISRUPTED }, 'preempted', null],
    [
      'a node that the taint manager gave up',
      { job: DISRUPTED, pods: [ended({ exitCode: 137 }, disruption('DeletionByTaintManager'))] },
      'node-lost',
      null,
    ],
    [
      'a node that is gone',
      { job: DISRUPTED, pods: [ended({ exitCode: 137 }, disruption('DeletionByPodGC'))] },
      'node-lost',
      null,
    ],
    ['a pod of a lost node', { job: FAILED, pods: [pod({ phase: 'Failed', reason: 'NodeLost' })] }, 'node-lost', null],
    [
      'a node whose GPU went away',
      { job: FAILED, pods: [pod({ phase: 'Failed', reason: 'UnexpectedAdmissionError', message: 'Allocate failed' })] },
      'node-lost',
      null,
    ],
    [
      'a node that was full after all',
      { job: FAILED, pods: [pod({ phase: 'Failed', reason: 'OutOfnvidia.com/gpu' })] },
      'node-lost',
      null,
    ],
    [
      'a container whose end nobody saw',
      { job: FAILED, pods: [ended({ exitCode: 137, reason: 'ContainerStatusUnknown' })] },
      'node-lost',
      137,
    ],
    ['a pod that was deleted', { job: FAILED }, 'node-lost', null],
    ['a job that we cancelled', { job: FAILED, pods: [ended({ exitCode: 143 })], cancelled: true }, 'cancelled', null],
  ])('%s is %3$s', (...[, view, reason, exitCode]) => {
    expect(look(view)).toMatchObject({ state: 'ended', end: { reason, exitCode, signal: null } });
  });

  it('tells people in the words of the cluster', () => {
    expect(
      look({ job: DISRUPTED, pods: [ended({ exitCode: 143 }, disruption('PreemptionByScheduler'))] }),
    ).toMatchObject({
      end: { detail: 'Kubernetes: PreemptionByScheduler, because' },
    });
    expect(look({ job: FAILED, pods: [ended({ exitCode: 137, reason: 'OOMKilled' })] })).toMatchObject({
      end: { detail: 'the kernel ended the job for its memory: it asked for 64 MiB' },
    });
    expect(endOfMissing(true)).toMatchObject({ reason: 'cancelled', detail: null });
  });

  it.each([
    ['0\n', 'succeeded', 0],
    ['7\n', 'failed', 7],
    ['137\n', 'failed', 137],
    ['137 out-of-memory\n', 'out-of-memory', 137],
  ])('takes the note %j for %s', (note, reason, exitCode) => {
    expect(endOfExitNote(note, 64)).toMatchObject({ reason, exitCode });
  });
});
