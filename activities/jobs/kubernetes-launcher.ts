import { join, resolve } from 'node:path';
import { writeTextFile } from '../local-files.js';
import {
  checkJobName,
  JobConflict,
  JobLauncherError,
  type JobEnd,
  type JobLauncher,
  type JobLog,
  type JobRef,
  type JobSpec,
  type JobStatus,
} from './job-launcher.js';
import { claimJobDirectory } from './job-spec-file.js';
import type { KubernetesApi } from './kubernetes-api.js';
import {
  kubernetesJob,
  kubernetesName,
  ownerOf,
  SPEC_ANNOTATION,
  specHash,
  type KubernetesJobOptions,
} from './kubernetes-job.js';
import { createKubernetesNotes } from './kubernetes-notes.js';
import { kubernetesScript } from './kubernetes-script.js';
import { endOfMissing, statusOfJob } from './kubernetes-state.js';
import { readJobLog } from './read-job-log.js';

export interface KubernetesLauncherOptions {
  /** Jobs' scripts, logs and ends, a directory for each: on a volume that the pods see under the same path. */
  readonly directory: string;
  /** Environment of every job: already reduced to what it may see. It stands in the Job: keys belong into secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly api: KubernetesApi;
  /** The deployment's: image, volumes, nodes. */
  readonly job: KubernetesJobOptions;
}

/**
 * Jobs of a Kubernetes cluster, through its API. The name of the Kubernetes Job follows from the job's, so that a second submission finds the
 * first one. Output and exit code are written into the job's directory by the pod itself: a Job, its pods and their logs may be deleted by
 * anyone at any time, and the log of a pod has no offsets. What the program could not note, because it was ended from outside, is read from
 * the states of Job and pod, and noted by whoever polls first.
 */
export function createKubernetesLauncher({
  directory,
  environment,
  api,
  job: options,
}: KubernetesLauncherOptions): JobLauncher {
  const root = resolve(directory);
  const notes = createKubernetesNotes(root);
  const owner = ownerOf(root, options.volumes);

  async function submit(spec: JobSpec): Promise<JobRef> {
    const own = join(root, checkJobName(spec.name));
    const { command, variables = {}, resources = {} } = spec;
    await claimJobDirectory(own, { command, directory: spec.directory, variables, ...resources });
    const ref = { name: spec.name, id: kubernetesName(owner, spec.name) };
    if (await notes.wasSubmitted(spec.name)) return ref;
    const script = join(own, 'job.sh');
    await writeTextFile(script, kubernetesScript(spec, own));
    const created = await api.create(kubernetesJob({ name: ref.id, spec, script, environment, options }));
    if (!created) await checkSame(api, ref, spec);
    await notes.submitted(spec.name, ref.id);
    return ref;
  }

  async function poll({ name, id }: JobRef): Promise<JobStatus> {
    const known = await notes.end(name);
    if (known) return { state: 'ended', end: known };
    const job = await api.get(id);
    // Read after the Job: the program's end is noted before its pod ends.
    const programEnd = await notes.programEnd(name);
    if (programEnd) return await ended(name, programEnd);
    const cancelled = await notes.wasCancelled(name);
    if (job === undefined)
      return (await notes.wasSubmitted(name)) ? await ended(name, endOfMissing(cancelled)) : { state: 'absent' };
    const memoryMiB = await notes.memory(name);
    const status = statusOfJob({ job, pods: await api.pods(id), cancelled, memoryMiB });
    if (status.state === 'ended') return await ended(name, status.end);
    // Who cancelled it died before the Job was told.
    if (cancelled && job.metadata?.deletionTimestamp === undefined) await api.remove(id);
    return status;
  }

  const ended = async (name: string, end: JobEnd): Promise<JobStatus> => ({
    state: 'ended',
    end: await notes.ended(name, end),
  });

  async function cancel(ref: JobRef): Promise<void> {
    const { state } = await poll(ref);
    if (state === 'absent' || state === 'ended') return;
    await notes.cancelled(ref.name);
    await api.remove(ref.id);
  }

  const logs = ({ name }: JobRef, from: number | 'tail'): Promise<JobLog> =>
    readJobLog(join(root, name, 'output.log'), from);

  return { description: `Kubernetes (jobs in ${root})`, submit, poll, cancel, logs };
}

/** The directory was emptied, or another worker submits at this moment. */
async function checkSame(api: KubernetesApi, { id }: JobRef, spec: JobSpec): Promise<void> {
  const known = await api.get(id);
  if (known === undefined)
    throw new JobLauncherError(`The Kubernetes Job ${id} was there and is gone.`, { retryable: true });
  if (known.metadata?.annotations?.[SPEC_ANNOTATION] !== specHash(spec))
    throw new JobConflict(
      `There is another Kubernetes Job ${id}; give the job "${spec.name}" another name, or delete that Job when it is over.`,
    );
}
