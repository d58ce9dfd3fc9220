import type { V1ContainerStatus, V1Job, V1JobCondition, V1Pod } from '@kubernetes/client-node';
import type { JobEnd, JobEndReason, JobStatus } from './job-launcher.js';
import { outOfMemoryDetail } from './kubernetes-script.js';

/** Reasons of a pod's failure that are not its program's, in the words of kubelet and controllers. */
const POD_REASONS: readonly (readonly [pattern: RegExp, reason: JobEndReason])[] = [
  [/^DeadlineExceeded$/, 'time-limit'],
  [/^(Evicted|Preempting|Preempted|Shutdown|NodeShutdown|Terminated)$/, 'preempted'],
  // The node that was chosen could not take the pod after all: another one may.
  [/^(NodeLost|NodeAffinity|UnexpectedAdmissionError|OutOf.+)$/, 'node-lost'],
];
/** Reasons of the condition DisruptionTarget that say that the node went, not that the pod had to. */
const LOST_NODE = ['DeletionByTaintManager', 'DeletionByPodGC'];
/** Reason of a container whose end nobody saw. */
const END_UNKNOWN = 'ContainerStatusUnknown';

/** What the cluster tells of a job. */
export interface KubernetesView {
  readonly job: V1Job;
  readonly pods: readonly V1Pod[];
  /** Whether we asked for its end. */
  readonly cancelled: boolean;
  readonly memoryMiB?: number | undefined;
}

/** How a job stands whose program left no note of its end. */
export function statusOfJob(view: KubernetesView): JobStatus {
  const pod = newest(view.pods);
  const finished = finishOf(view.job);
  if (finished) return { state: 'ended', end: endOfJob(finished, pod, view) };
  if (view.job.metadata?.deletionTimestamp !== undefined) return { state: 'running' };
  const phase = pod?.status?.phase;
  if (phase !== undefined && phase !== 'Pending') return { state: 'running' };
  return queued(whyQueued(view.job, pod));
}

/** A job that is gone from the cluster and has left no note. */
export const endOfMissing = (cancelled: boolean): JobEnd =>
  ended('cancelled', cancelled ? null : 'the Job was deleted from the cluster by someone else');

const queued = (detail: string | undefined): JobStatus =>
  detail === undefined ? { state: 'queued' } : { state: 'queued', detail };

const ended = (reason: JobEndReason, detail: string | null, exitCode: number | null = null): JobEnd => ({
  reason,
  exitCode,
  signal: null,
  detail,
});

/** Jobs that were suspended have had several. */
const newest = (pods: readonly V1Pod[]): V1Pod | undefined => [...pods].sort((a, b) => createdAt(b) - createdAt(a))[0];
const createdAt = ({ metadata }: V1Pod): number => Number(metadata?.creationTimestamp ?? 0);

const finishOf = ({ status }: V1Job): V1JobCondition | undefined =>
  status?.conditions?.find(({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True');

function endOfJob(finished: V1JobCondition, pod: V1Pod | undefined, view: KubernetesView): JobEnd {
  if (finished.type === 'Complete') return ended('succeeded', null, 0);
  if (view.cancelled) return ended('cancelled', null);
  if (finished.reason === 'DeadlineExceeded') return ended('time-limit', says(finished));
  return (pod && endOfPod(pod, view.memoryMiB)) ?? endWithoutPod(finished);
}

function endOfPod({ status }: V1Pod, memoryMiB: number | undefined): JobEnd | undefined {
  const terminated = status?.containerStatuses?.[0]?.state?.terminated;
  if (terminated?.reason === 'OOMKilled')
    return ended('out-of-memory', outOfMemoryDetail(memoryMiB), terminated.exitCode);
  const reason = POD_REASONS.find(([pattern]) => pattern.test(status?.reason ?? ''))?.[1];
  const disruption = status?.conditions?.find(
    ({ type, status: holds }) => type === 'DisruptionTarget' && holds === 'True',
  );
  // Before the pod's own word: that an eviction came from a lost node is said here only.
  if (disruption && reason !== 'time-limit')
    return ended(LOST_NODE.includes(disruption.reason ?? '') ? 'node-lost' : 'preempted', says(disruption));
  if (reason !== undefined) return ended(reason, says(status ?? {}));
  if (terminated === undefined) return undefined;
  if (terminated.reason === END_UNKNOWN) return ended('node-lost', says(terminated), terminated.exitCode);
  return ended('failed', terminated.message === undefined ? null : says(terminated), terminated.exitCode);
}

/** The pod is gone: what the Job noted of it when it failed. */
function endWithoutPod(finished: V1JobCondition): JobEnd {
  const message = finished.message ?? '';
  if (finished.reason === 'PodFailurePolicy' && message.includes('DisruptionTarget'))
    return ended('preempted', says(finished));
  return ended('node-lost', `the pod is gone and left no note of its end; ${says(finished)}`);
}

/** Words of the cluster, for people. */
const says = ({ reason, message }: { readonly reason?: string; readonly message?: string }): string =>
  `Kubernetes: ${[reason, message].filter(Boolean).join(', ') || 'no reason given'}`;

function whyQueued(job: V1Job, pod: V1Pod | undefined): string | undefined {
  if (job.spec?.suspend === true) return 'Kubernetes: the Job is suspended';
  const waiting = firstWaiting(pod?.status?.containerStatuses);
  if (waiting?.reason !== undefined && waiting.reason !== 'ContainerCreating') return says(waiting);
  const unscheduled = pod?.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  return unscheduled && says(unscheduled);
}

const firstWaiting = (statuses: readonly V1ContainerStatus[] = []) => statuses[0]?.state?.waiting;
