/** What a job needs from its machine. */
export interface JobResources {
  readonly cpus?: number | undefined;
  readonly gpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly timeLimitMs?: number | undefined;
}

/** A job to run: written by our own code from a command template of the deployment, never from a recipe. */
export interface JobSpec {
  /** Identity: lower-case letters, digits, "." and "-". Submitting a name again never starts it again. */
  readonly name: string;
  /** Program and arguments, passed on as they are: no shell reads them. */
  readonly command: readonly string[];
  /** Absolute path of the working directory, seen by the job's machine. */
  readonly directory: string;
  /** Variables with fixed values, no secrets: they may stand in files. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly resources?: JobResources | undefined;
}

/** A submitted job; plain data, so that a workflow can keep it. */
export interface JobRef {
  readonly name: string;
  /** What the driver finds it by: a directory, the number of a Slurm job, the name of a Kubernetes job. */
  readonly id: string;
}

export type JobEndReason =
  | 'succeeded'
  /** The program ended by itself with another code than 0. */
  | 'failed'
  | 'cancelled'
  | 'out-of-memory'
  | 'time-limit'
  /** Told to end by someone else: it may be run again and goes on from its last checkpoint. */
  | 'preempted'
  /** The machine, or what watched over the job, is gone. */
  | 'node-lost';

/** How a job ended. */
export interface JobEnd {
  readonly reason: JobEndReason;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** For people. */
  readonly detail: string | null;
}

export type JobStatus =
  /** Never submitted, or forgotten by the system. */
  | { readonly state: 'absent' }
  | {
      readonly state: 'queued';
      /** Why it waits, for people, where the system says so. */
      readonly detail?: string;
    }
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly end: JobEnd };

/** A part of a job's output. */
export interface JobLog {
  readonly text: string;
  /** Bytes of the log up to the end of `text`: where to read on. */
  readonly nextOffset: number;
}

/** Where jobs run. Every verb may be called again, by another process too. */
export interface JobLauncher {
  /** For messages. */
  readonly description: string;
  /**
   * Starts the job unless one of its name was ever started. Throws {@link JobConflict} when that one was another job, {@link JobLauncherError}
   * when the system refuses or can't be reached.
   */
  submit(spec: JobSpec): Promise<JobRef>;
  poll(ref: JobRef): Promise<JobStatus>;
  /** Asks the job to end, then makes it; returns before it has ended. Nothing happens to a job that has ended. */
  cancel(ref: JobRef): Promise<void>;
  /** Output from a byte offset on, or the last few kilobytes. Empty when there is none (yet). */
  logs(ref: JobRef, from: number | 'tail'): Promise<JobLog>;
}

/** Thrown when a name is used for two different jobs. Trying again does not help. */
export class JobConflict extends Error {
  override name = 'JobConflict';
}

/** Thrown when the job system refuses a job or does not answer. */
export class JobLauncherError extends Error {
  override name = 'JobLauncherError';
  /** Waiting may help. */
  readonly retryable: boolean;

  constructor(message: string, { retryable, ...options }: ErrorOptions & { readonly retryable: boolean }) {
    super(message, options);
    this.retryable = retryable;
  }
}

const JOB_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;

/** Throws TypeError: the name becomes a directory, the name of a Slurm or a Kubernetes job. */
export function checkJobName(name: string): string {
  if (JOB_NAME.test(name) && !name.includes('..')) return name;
  throw new TypeError(
    `"${name}" can't name a job: expected at most 63 lower-case letters, digits, "." and "-", the first and last a letter or digit.`,
  );
}
