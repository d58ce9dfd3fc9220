import { createHash } from 'node:crypto';
import type {
  V1Container,
  V1EnvVar,
  V1Job,
  V1PodSpec,
  V1Toleration,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import { canonicalJson } from '../../config/canonical-json.js';
import type { KubernetesLauncherConfig } from '../../config/launchers.js';
import type { JobResources, JobSpec } from './job-launcher.js';
import { JOB_UID_VARIABLE } from './kubernetes-script.js';

/** Names of Jobs stand in labels, whose values are that long at most. */
const MAX_NAME_LENGTH = 63;
const OWNER_DIGITS = 8;
const NAME_DIGITS = 12;
const CONTAINER = 'job';
/** Annotation with the hash of what the job is. */
export const SPEC_ANNOTATION = 'cotmill/spec-sha256';
/** Annotation with the name that the launcher knows the job by. */
const NAME_ANNOTATION = 'cotmill/job';

/** What the deployment says about every job of a launcher. */
export type KubernetesJobOptions = Omit<
  KubernetesLauncherConfig,
  'kind' | 'directory' | 'environment' | 'context' | 'jobsAtOnce'
>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Tells the jobs of one directory from those of others in the namespace: paths alone may be the same on different volumes. */
export const ownerOf = (directory: string, volumes: KubernetesJobOptions['volumes']): string =>
  sha256(canonicalJson({ directory, claims: volumes.map(({ claim, mountPath }) => ({ claim, mountPath })) })).slice(
    0,
    OWNER_DIGITS,
  );

/** Name of the Kubernetes Job: the job's own where it fits, else its beginning and a hash. */
export function kubernetesName(owner: string, name: string): string {
  const prefix = `cotmill-${owner}-`;
  const room = MAX_NAME_LENGTH - prefix.length;
  if (name.length <= room && !name.includes('.')) return `${prefix}${name}`;
  const start = name.slice(0, room - NAME_DIGITS - 1).replaceAll('.', '-');
  return `${prefix}${start}-${sha256(name).slice(0, NAME_DIGITS)}`;
}

/** Hash of what a job is: of two jobs of one name, whether they are the same. */
export const specHash = ({ command, directory, variables = {}, resources = {} }: JobSpec): string =>
  sha256(canonicalJson({ command, directory, variables, ...resources }));

/** Kubernetes replaces `$(NAME)` in commands and values; this is how a text stays what it is. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

export interface KubernetesJobInput {
  /** Of the Kubernetes Job. */
  readonly name: string;
  readonly spec: JobSpec;
  /** Path of the script that the pod runs. */
  readonly script: string;
  /** Variables of the worker that jobs may see. */
  readonly environment: Readonly<Record<string, string>>;
  readonly options: KubernetesJobOptions;
}

/**
 * The Job of a spec. One pod, never started again by Kubernetes: what a restart means is decided by who follows the job. The time limit is the
 * pod's, which counts from when a node has it: that of a Job counts while it waits for a GPU too. A disruption is named in the failure of
 * the Job, which outlives its pod. Nothing deletes the Job when it has ended.
 */
export function kubernetesJob({ name, spec, script, environment, options }: KubernetesJobInput): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      labels: { ...options.labels, 'app.kubernetes.io/managed-by': 'cotmill' },
      annotations: { [NAME_ANNOTATION]: spec.name, [SPEC_ANNOTATION]: specHash(spec) },
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      template: {
        metadata: { labels: { ...options.labels, 'app.kubernetes.io/managed-by': 'cotmill' } },
        spec: podSpec({ spec, script, environment, options }),
      },
    },
  };
}

function podSpec({ spec, script, environment, options }: Omit<KubernetesJobInput, 'name'>): V1PodSpec {
  const { timeLimitMs } = spec.resources ?? {};
  const { serviceAccount, priorityClass, runAsUser, runAsGroup } = options;
  const securityContext = {
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
  };
  const volumes = volumesOf(options);
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: Math.ceil(options.graceMs / 1000),
    ...(timeLimitMs !== undefined && { activeDeadlineSeconds: Math.ceil(timeLimitMs / 1000) }),
    // Without one of its own a job has no business with the API.
    ...(serviceAccount === undefined
      ? { automountServiceAccountToken: false }
      : { serviceAccountName: serviceAccount }),
    ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
    ...(options.imagePullSecrets.length > 0 && {
      imagePullSecrets: options.imagePullSecrets.map((secret) => ({ name: secret })),
    }),
    ...(Object.keys(options.nodeSelector).length > 0 && { nodeSelector: options.nodeSelector }),
    ...(options.tolerations.length > 0 && { tolerations: options.tolerations.map(tolerationOf) }),
    ...(Object.keys(securityContext).length > 0 && { securityContext }),
    volumes: volumes.map(({ volume }) => volume),
    containers: [
      container(
        { spec, script, environment, options },
        volumes.map(({ mount }) => mount),
      ),
    ],
  };
}

const tolerationOf = ({ key, operator, value, effect }: KubernetesJobOptions['tolerations'][number]): V1Toleration => ({
  operator,
  ...(key !== undefined && { key }),
  ...(value !== undefined && { value }),
  ...(effect !== undefined && { effect }),
});

function container(
  { spec, script, environment, options }: Omit<KubernetesJobInput, 'name'>,
  volumeMounts: V1VolumeMount[],
): V1Container {
  const quantities = quantitiesOf(spec.resources ?? {}, options.gpuResource);
  return {
    name: CONTAINER,
    image: options.image,
    command: ['/bin/sh', literal(script)],
    env: variablesOf({ ...environment, ...spec.variables }),
    ...(options.secrets.length > 0 && { envFrom: options.secrets.map((name) => ({ secretRef: { name } })) }),
    ...(Object.keys(quantities).length > 0 && { resources: { requests: quantities, limits: quantities } }),
    volumeMounts,
  };
}

const variablesOf = (variables: Readonly<Record<string, string>>): V1EnvVar[] => [
  ...Object.entries(variables).map(([name, value]) => ({ name, value: literal(value) })),
  // The label's older name: clusters before 1.27 know no other, later ones set both.
  { name: JOB_UID_VARIABLE, valueFrom: { fieldRef: { fieldPath: "metadata.labels['controller-uid']" } } },
];

const quantitiesOf = ({ cpus, gpus, memoryMiB }: JobResources, gpuResource: string): Record<string, string> => ({
  ...(cpus !== undefined && { cpu: String(cpus) }),
  ...(memoryMiB !== undefined && { memory: `${memoryMiB}Mi` }),
  ...(gpus !== undefined && { [gpuResource]: String(gpus) }),
});

function volumesOf({ volumes, sharedMemoryMiB }: KubernetesJobOptions): { volume: V1Volume; mount: V1VolumeMount }[] {
  const claims = volumes.map(({ claim, mountPath, readOnly }, index) => ({
    volume: { name: `volume-${index}`, persistentVolumeClaim: { claimName: claim, readOnly } },
    mount: { name: `volume-${index}`, mountPath, readOnly },
  }));
  if (sharedMemoryMiB === undefined) return claims;
  const volume = { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: `${sharedMemoryMiB}Mi` } };
  return [...claims, { volume, mount: { name: 'shared-memory', mountPath: '/dev/shm' } }];
}
