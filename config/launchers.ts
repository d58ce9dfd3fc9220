import { z } from 'zod';
import { EnvironmentVariable, Name } from './names.js';

const Directory = z
  .string()
  .min(1)
  .describe(
    'Directory for jobs: their configurations, data, logs, checkpoints and models. Relative to this file. Workers of the duty `jobs` and the jobs see it under the same path.',
  );

/** Enough to find programs, the home directory and the GPUs; keys have to be named. */
const JOB_ENVIRONMENT = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'HF_HOME'];

const Environment = z
  .array(EnvironmentVariable)
  .max(100)
  .default(JOB_ENVIRONMENT)
  .describe('Variables of the worker that jobs may see. All others are kept from them.');

const jobsAtOnce = (usual: number) =>
  z
    .int()
    .positive()
    .max(1000)
    .default(usual)
    .describe('Trainings and evaluations that one run has at work here at the same time; the others wait [ours].');

const GpuHourPrice = z
  .number()
  .min(0)
  .optional()
  .describe("What a GPU costs an hour, in the currency of the pools' prices. For estimates alone.");

const speeds = (what: string) =>
  z
    .record(Name, z.number().positive())
    .optional()
    .describe(`Tokens a second that ${what}, by name of the model. For estimates alone: part of no key.`);

const ProcessLauncher = z
  .strictObject({
    kind: z.literal('process').describe('Processes of the machine of the worker; they outlive the worker.'),
    directory: Directory,
    environment: Environment,
    jobsAtOnce: jobsAtOnce(1),
    gpuHourPrice: GpuHourPrice,
    graceMs: z
      .int()
      .positive()
      .max(3_600_000)
      .default(30_000)
      .describe('Time that a job has to save its work when it is told to end.'),
  })
  .describe('Jobs as processes of this machine.');

const SlurmLauncher = z
  .strictObject({
    kind: z.literal('slurm').describe('A Slurm cluster, through its commands on the worker’s machine.'),
    directory: Directory,
    environment: Environment,
    jobsAtOnce: jobsAtOnce(8),
    gpuHourPrice: GpuHourPrice,
    options: z
      .array(z.string().regex(/^--?[A-Za-z]/, 'expected an option of sbatch, such as "--partition=gpu"'))
      .default([])
      .describe('Options of every sbatch, such as "--partition=gpu" or "--account=lab".'),
    setup: z.array(z.string()).default([]).describe('Lines of shell before every command, such as "module load cuda".'),
  })
  .describe('Jobs of a Slurm cluster.');

const KubernetesVolume = z
  .strictObject({
    claim: z.string().min(1).max(253).describe('Name of a PersistentVolumeClaim that workers mount too.'),
    mountPath: z.string().startsWith('/').describe('Where pods see it: `directory` lies below.'),
    readOnly: z.boolean().default(false).describe('Whether pods may only read it.'),
  })
  .describe('A volume of the pods.');

const KubernetesToleration = z
  .strictObject({
    key: z.string().min(1).max(317).optional().describe('Key of the taint. Left out: every key.'),
    operator: z.enum(['Exists', 'Equal']).default('Exists').describe('Exists: any value. Equal: this `value`.'),
    value: z.string().max(63).optional().describe('Value of the taint.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('Effect of the taint. Left out: every effect.'),
  })
  .describe('A taint of nodes that the pods put up with.');

const UserId = z.int().min(0).max(2_147_483_647);

const KubernetesLauncher = z
  .strictObject({
    kind: z.literal('kubernetes').describe('Jobs of a Kubernetes cluster, through its API.'),
    directory: Directory,
    environment: Environment.default([]),
    jobsAtOnce: jobsAtOnce(8),
    gpuHourPrice: GpuHourPrice,
    context: z
      .string()
      .min(1)
      .optional()
      .describe('Context of the kubeconfig. Left out: the current one, or that of the pod.'),
    namespace: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
      .default('default')
      .describe('Namespace.'),
    image: z.string().min(1).max(512).describe('Image of every job. It has a shell at /bin/sh.'),
    imagePullSecrets: z.array(z.string().min(1).max(253)).max(20).default([]).describe('Secrets that pull the image.'),
    serviceAccount: z.string().min(1).max(253).optional().describe('Service account of the pods.'),
    nodeSelector: z.record(z.string(), z.string()).default({}).describe('Labels that a node has to have.'),
    tolerations: z
      .array(KubernetesToleration)
      .max(20)
      .default([])
      .describe('Taints that the pods put up with: GPU nodes often have one, such as "nvidia.com/gpu".'),
    priorityClass: z.string().min(1).max(253).optional().describe('Priority class of the pods.'),
    labels: z
      .record(z.string(), z.string())
      .default({})
      .describe('Labels of the jobs and their pods, such as the queue of Kueue: `kueue.x-k8s.io/queue-name`.'),
    volumes: z
      .array(KubernetesVolume)
      .min(1)
      .max(20)
      .describe('Volumes of every pod; one that pods may write holds `directory`.'),
    runAsUser: UserId.optional().describe(
      'User id of the pods: that of the workers where they share files. Left out: the one of the image.',
    ),
    runAsGroup: UserId.optional().describe('Group id of the pods.'),
    sharedMemoryMiB: z
      .int()
      .positive()
      .optional()
      .describe('Size of /dev/shm, MiB, counted as memory of the job. Left out: what the cluster gives, mostly 64.'),
    gpuResource: z.string().min(1).default('nvidia.com/gpu').describe('Name of the GPU resource.'),
    secrets: z
      .array(z.string().min(1).max(253))
      .max(20)
      .default([])
      .describe('Secrets whose keys become variables of the pods.'),
    graceMs: z
      .int()
      .positive()
      .max(3_600_000)
      .default(30_000)
      .describe('Time that a job has to save its work when it is told to end.'),
  })
  .refine(
    ({ directory, volumes }) => volumes.some((volume) => !volume.readOnly && isBelow(directory, volume.mountPath)),
    {
      path: ['directory'],
      error: 'expected an absolute path below the mountPath of a volume that pods may write',
    },
  )
  .describe('Jobs of a Kubernetes cluster.');
export type KubernetesLauncherConfig = z.infer<typeof KubernetesLauncher>;

const isBelow = (directory: string, mountPath: string): boolean =>
  `${directory}/`.startsWith(mountPath.endsWith('/') ? mountPath : `${mountPath}/`);

/** Where jobs may run. What they run is said by trainers and servers. */
export const Launcher = z
  .discriminatedUnion('kind', [ProcessLauncher, SlurmLauncher, KubernetesLauncher])
  .describe('Where jobs run: trainings, servers of trained models, external harnesses.');
export type LauncherConfig = z.infer<typeof Launcher>;

const Resources = z
  .strictObject({
    cpus: z.int().positive().optional().describe('CPU cores.'),
    gpus: z.int().positive().optional().describe('GPUs.'),
    memoryMiB: z.int().positive().optional().describe('Memory, MiB.'),
    timeLimitMs: z.int().positive().optional().describe('Longest time, ms.'),
  })
  .describe('What a job asks its machine for.');

const Template = z
  .array(z.string().min(1).max(4096))
  .min(1)
  .max(100)
  .describe('Program and arguments; no shell reads them. Words in braces are filled in.');

export const Trainer = z
  .strictObject({
    launcher: Name.describe('Launcher of its jobs.'),
    kind: z
      .enum(['trl', 'llamafactory', 'ms-swift'])
      .default('trl')
      .describe('What reads the configuration: the scripts of cotmill (TRL), LLaMA-Factory or ms-swift.'),
    command: Template.default(['{python}', '{script}', '{config}']).describe(
      'Program and arguments: {python} the Python of the set-up, {script} the script of cotmill, {config} the configuration of the training, {output} the directory of what it makes.',
    ),
    resources: Resources.default({}),
    preflight: Template.nullable()
      .default(['{python}', '{script}', '{config}'])
      .describe(
        'Program that looks at the rows before a training is started, on the same launcher and without GPUs; {script} is the script of cotmill for that, {config} what it reads. null: none does, where jobs have no TRL.',
      ),
    cpu: z.boolean().default(false).describe('Train on the CPU, whatever else there is.'),
    gpuMemoryMiB: z
      .int()
      .positive()
      .optional()
      .describe('Memory of one GPU, MiB: what the estimate before a training is compared with.'),
    tokensPerSecond: speeds('it trains on, with all its GPUs'),
  })
  .describe('A way to train: where, and with which program.');
export type TrainerConfig = z.infer<typeof Trainer>;

export const Server = z
  .strictObject({
    launcher: Name.describe('Launcher of its jobs.'),
    kind: z
      .enum(['command', 'llama'])
      .default('command')
      .describe(
        'command: any server that speaks the OpenAI API. llama: the checkpoint is converted to GGUF first, on the same launcher.',
      ),
    command: Template.describe(
      'Program and arguments: {python} the Python of the set-up, {trainingPython} that of trainings, {script} the llama.cpp server of cotmill for {python}, {model} the directory of the model or its name on the Hub (llama: the GGUF file), {revision} its commit there, {name} the name that it has to answer to, {host} and {port} where it has to listen. In its working directory a link {name} leads to the directory.',
    ),
    convert: Template.optional().describe(
      'Of kind llama: program that writes {gguf} from the checkpoint {model}. Left out: {trainingPython} with the converter of cotmill, {script}, which knows Qwen2 and Qwen2.5.',
    ),
    resources: Resources.default({}),
    host: z
      .string()
      .min(1)
      .max(253)
      .default('127.0.0.1')
      .describe('Address that the server listens on; "0.0.0.0" where workers are on other machines.'),
    startTimeoutMs: z
      .int()
      .positive()
      .max(86_400_000)
      .default(1_800_000)
      .describe('Longest time from its start to its first answer.'),
    leaseMs: z
      .int()
      .min(5_000)
      .max(86_400_000)
      .default(300_000)
      .describe(
        'A server that nobody asked to stay for so long ends itself: nothing is left running when everything else has died.',
      ),
    maxConcurrency: z.int().positive().max(4096).default(64).describe('Calls in flight at most.'),
    timeoutMs: z.int().positive().max(86_400_000).default(1_800_000).describe('Longest time one call may take.'),
    tokensPerSecond: speeds('one server writes, all calls together'),
  })
  .describe('A way to serve a model for the time of an evaluation.');
export type ServerConfig = z.infer<typeof Server>;

const HubModel = z
  .string()
  .max(193)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/,
    'expected a model of the Hub as "owner/name"',
  );

export const BaseModel = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .optional()
      .describe('Directory of the checkpoint, as the jobs see it. Relative to this file.'),
    hub: HubModel.optional().describe('Model of the Hugging Face Hub, as "owner/name", which jobs load by themselves.'),
    revision: z
      .string()
      .regex(/^[0-9a-f]{7,40}$/, 'expected a commit: a branch may change under a training')
      .optional()
      .describe('Commit on the Hub; expected with `hub`.'),
    chatTemplate: z
      .string()
      .min(1)
      .optional()
      .describe('File with the chat template to train with, as the jobs see it. Left out: the one of the model.'),
    licence: z.string().default('').describe('Licence of its weights, for the card of what is trained from it.'),
  })
  .refine(
    ({ directory, hub }) => (directory === undefined) !== (hub === undefined),
    'expected directory or hub, one of them',
  )
  .refine(
    ({ hub, revision }) => (hub === undefined) === (revision === undefined),
    'expected revision with hub, and only with it',
  )
  .describe('A model that students are trained from, or that is evaluated beside them.');
