import { writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isRestartable } from '../../jobs/follow-job.js';
import type { JobEnd, JobSpec } from '../../jobs/job-launcher.js';
import { readJsonFile } from '../../local-files.js';
import { bytesToDisk, createAtomicFiles } from '../../store/atomic-file.js';
import { jsonDocument } from '../../store/json-objects.js';

const ATTEMPT_FILE = /^attempt-(\d+)\.json$/;

const Count = z.int().positive();
const StoredSpec = z.object({
  name: z.string(),
  command: z.array(z.string()),
  directory: z.string(),
  variables: z.record(z.string(), z.string()).optional(),
  resources: z
    .object({
      cpus: Count.optional(),
      gpus: Count.optional(),
      memoryMiB: Count.optional(),
      timeLimitMs: Count.optional(),
    })
    .optional(),
});
const StoredAttempt = z.object({ execution: z.string(), interruptions: z.int().min(0), spec: StoredSpec });

/**
 * One try at a training: a job, and the restarts after preemptions. A name of a job is used once, so that a run that is started again after a failure
 * needs another; what it works in stays the same folder, with its checkpoints.
 */
export interface TrainingAttempt {
  /** 1, 2, ... */
  readonly number: number;
  /** The execution of the workflow that began it. */
  readonly execution: string;
  /** Tries of this execution before this one whose program was killed from outside. */
  readonly interruptions: number;
  readonly spec: JobSpec;
}

const atomic = createAtomicFiles();

/** The newest try at the training of a folder, or undefined when there was none. */
export async function lastAttempt(folder: string): Promise<TrainingAttempt | undefined> {
  await mkdir(folder, { recursive: true });
  const numbers = (await readdir(folder)).flatMap((name) => Number(ATTEMPT_FILE.exec(name)?.[1] ?? NaN));
  const number = numbers.filter((one) => !Number.isNaN(one)).reduce((a, b) => Math.max(a, b), 0);
  if (number === 0) return undefined;
  const stored = await readJsonFile(attemptPath(folder, number), StoredAttempt);
  return stored && { number, ...stored };
}

/** Begins a try. Of several that begin it at the same moment one does, and all get that one. */
export async function beginAttempt(folder: string, attempt: TrainingAttempt): Promise<TrainingAttempt> {
  const { number, ...stored } = attempt;
  const body = Buffer.from(jsonDocument(stored));
  if (await atomic.create(attemptPath(folder, number), bytesToDisk(body))) return attempt;
  const first = await readJsonFile(attemptPath(folder, number), StoredAttempt);
  return first ? { number, ...first } : attempt;
}

/** Says whose cancellation ends a try: others that follow it begin anew. At once, for the job is told to end in the next moment. */
export function noteCancellation(folder: string, number: number, execution: string): void {
  writeFileSync(cancellationPath(folder, number), JSON.stringify({ execution }));
}

export const cancelledBy = async (folder: string, number: number): Promise<string | undefined> =>
  (await readJsonFile(cancellationPath(folder, number), z.object({ execution: z.string() })))?.execution;

const cancellationPath = (folder: string, number: number): string => join(folder, `cancelled-${number}.json`);
const attemptPath = (folder: string, number: number): string => join(folder, `attempt-${number}.json`);

/** Name of the job of a try. */
export const attemptJob = (job: string, number: number): string => (number === 1 ? job : `${job}-${number}`);

/** Tries of one execution whose program may be killed from outside before that is taken for something that goes on. */
const MAX_INTERRUPTIONS = 3;
const KILLED_CODES = [137, 143];

export interface EndedAttempt {
  /** That looks at it now. */
  readonly execution: string;
  /** It was seen queued or running. */
  readonly wasAtWork: boolean;
  readonly end: JobEnd;
  /** The execution whose cancellation ended it; undefined: none, so that somebody outside cancelled it. */
  readonly cancelledBy?: string | undefined;
  /** Restarts after preemptions were made with the same configuration, as often as is right; otherwise a try has none. @default true */
  readonly resumesByItself?: boolean;
}

/**
 * The try that follows one that ended without a model; undefined: none, somebody has to look at it. What another execution began is begun anew when
 * it had ended before, and whatever was cancelled with another execution; so is a program that was killed from outside, a few times. Each goes on from the last
 * checkpoint. Pure.
 */
export function nextAttempt(
  attempt: Omit<TrainingAttempt, 'spec'>,
  { execution, wasAtWork, end, cancelledBy, resumesByItself = true }: EndedAttempt,
): Omit<TrainingAttempt, 'spec'> | undefined {
  const isOwn = attempt.execution === execution;
  const next = { number: attempt.number + 1, execution };
  const isTaken = end.reason === 'cancelled' && cancelledBy !== undefined && cancelledBy !== execution;
  if (isTaken || (!isOwn && !wasAtWork)) return { ...next, interruptions: 0 };
  const interruptions = (isOwn ? attempt.interruptions : 0) + 1;
  const isInterrupted = wasKilled(end) || (!resumesByItself && isRestartable(end));
  return isInterrupted && interruptions <= MAX_INTERRUPTIONS ? { ...next, interruptions } : undefined;
}

/** By a signal that no program sends itself, and that neither the launcher nor missing memory explains. */
const wasKilled = ({ reason, signal, exitCode }: JobEnd): boolean =>
  reason === 'failed' &&
  (signal === 'SIGKILL' || signal === 'SIGTERM' || (exitCode !== null && KILLED_CODES.includes(exitCode)));
