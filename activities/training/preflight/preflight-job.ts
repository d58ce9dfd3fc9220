import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../../config/canonical-json.js';
import type { TrainerConfig } from '../../../config/launchers.js';
import { fillCommand } from '../../jobs/fill-command.js';
import { jobName } from '../../jobs/job-name.js';
import type { JobSpec } from '../../jobs/job-launcher.js';
import { trainingScript } from '../jobs/training-job.js';
import type { TrainingFolder, TrainingPlan } from '../jobs/training-plan.js';

const SCRIPTS = ['job_files.py', 'train.py', 'preflight.py', 'preflight_memory.py', 'preflight_samples.py'];
/** Rendering rows is a short job of one process, whatever the training takes [ours]. */
const MOST = { cpus: 4, memoryMiB: 16_384, timeLimitMs: 3_600_000 };
const HASH_DIGITS = 12;
/** Of 63 that a job's name may have, with "check-", the hash, and "-99-r5" for later attempts and restarts. */
const NAME_CHARACTERS = 38;

/** Where the files of one preflight lie. */
export interface PreflightFolder {
  readonly path: string;
  /** What `train.py` would get. */
  readonly config: string;
  readonly request: string;
  readonly report: string;
}

/** What one preflight looks at. */
export interface PreflightWork {
  /** Fit for every launcher; made from everything that decides about the report, the scripts too. */
  readonly name: string;
  readonly folder: PreflightFolder;
  /** The request of `preflight.py`. */
  readonly request: object;
}

/** Names the work by its content, so that equal ones are done once and others never mixed up. */
export async function preflightWork(plan: TrainingPlan, training: TrainingFolder): Promise<PreflightWork> {
  const hash = createHash('sha256');
  for (const name of SCRIPTS) hash.update(await readFile(trainingScript(name)));
  const { samples } = plan.preflight;
  const asked = { samples, devices: plan.devices };
  hash.update(canonicalJson({ trainingSha256: plan.trainingSha256, ...asked }));
  const sha256 = hash.digest('hex');
  const path = join(training.path, `preflight-${sha256.slice(0, HASH_DIGITS)}`);
  const folder = {
    path,
    config: join(path, 'config.json'),
    request: join(path, 'request.json'),
    report: join(path, 'report.json'),
  };
  const name = jobName({ kind: 'check', about: plan.student.name, sha256, characters: NAME_CHARACTERS });
  const request = { config: folder.config, report: folder.report, ...asked };
  return { name, folder, request };
}

export interface PreflightJobInput {
  /** Name of the trainer, for messages. */
  readonly name: string;
  readonly trainer: TrainerConfig;
  readonly folder: PreflightFolder;
  /** Tokenizer and template lie in a directory: nothing has to be fetched from the Hub. */
  readonly offline: boolean;
  /** Path of the Python of the set-up; asked for when the command uses it. */
  readonly python: () => string;
}

/** The job, but for its name; undefined where the trainer has no such program. Throws ConfigError for a place in the command that is not known. */
export function preflightJob(input: PreflightJobInput): Omit<JobSpec, 'name'> | undefined {
  const { name, trainer, folder, offline, python } = input;
  if (trainer.preflight === null) return undefined;
  const values = { python, script: () => trainingScript('preflight.py'), config: () => folder.request };
  return {
    command: fillCommand(trainer.preflight, values, { path: `trainers.${name}.preflight` }),
    directory: folder.path,
    variables: {
      PYTHONUNBUFFERED: '1',
      HF_DATASETS_CACHE: join(folder.path, 'cache'),
      CUDA_VISIBLE_DEVICES: '',
      ...(offline && { HF_HUB_OFFLINE: '1' }),
    },
    resources: resourcesOf(trainer),
  };
}

/** Those of the training, as far as a preflight needs them: no GPUs. */
function resourcesOf({ resources }: TrainerConfig): JobSpec['resources'] {
  const least = (name: keyof typeof MOST): object =>
    resources[name] === undefined ? {} : { [name]: Math.min(resources[name], MOST[name]) };
  return { ...least('cpus'), ...least('memoryMiB'), ...least('timeLimitMs') };
}
