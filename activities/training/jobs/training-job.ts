import { join } from 'node:path';
import type { TrainerConfig } from '../../../config/launchers.js';
import { packageRoot } from '../../../config/package-root.js';
import { fillCommand } from '../../jobs/fill-command.js';
import type { JobSpec } from '../../jobs/job-launcher.js';
import type { TrainingFolder } from './training-plan.js';

/** Path of a script of cotmill that trains, measures or looks at rows. */
export const trainingScript = (name: string): string => join(packageRoot(), 'infra', 'training', name);

export interface TrainingJobInput {
  /** Name of the trainer, for messages. */
  readonly name: string;
  readonly trainer: TrainerConfig;
  readonly folder: TrainingFolder;
  /** Absolute path of the configuration of its program. */
  readonly config: string;
  /** Weights lie in a directory: nothing has to be fetched from the Hub. */
  readonly offline: boolean;
  /** Path of the Python of the set-up; asked for when the command uses it. */
  readonly python: () => string;
}

/** The job of a training, but for its name. Throws ConfigError for a place in the command that is not known. Pure but for `python`. */
export function trainingJob({
  name,
  trainer,
  folder,
  config,
  offline,
  python,
}: TrainingJobInput): Omit<JobSpec, 'name'> {
  const values = {
    python,
    script: () => trainingScript('train.py'),
    config: () => config,
    output: () => folder.output,
  };
  return {
    command: fillCommand(trainer.command, values, { path: `trainers.${name}.command` }),
    directory: folder.path,
    variables: variablesOf(trainer, { folder, offline }),
    resources: trainer.resources,
  };
}

/** Caches of rows lie with the training, so that deleting its folder leaves nothing; what would ask the network is told not to. */
function variablesOf(
  { cpu, resources }: TrainerConfig,
  { folder, offline }: Pick<TrainingJobInput, 'folder' | 'offline'>,
): Record<string, string> {
  const threads = cpu && resources.cpus !== undefined ? { OMP_NUM_THREADS: String(resources.cpus) } : {};
  return {
    PYTHONUNBUFFERED: '1',
    HF_DATASETS_CACHE: join(folder.path, 'cache'),
    ...threads,
    ...(offline && { HF_HUB_OFFLINE: '1' }),
  };
}
