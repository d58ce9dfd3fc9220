import { join } from 'node:path';
import type { Deployment } from '../../config/deployment.js';
import type { LauncherConfig } from '../../config/launchers.js';
import { packageRoot } from '../../config/package-root.js';
import { JobLauncherError, type JobLauncher } from './job-launcher.js';
import { createKubernetesApi } from './kubernetes-api.js';
import { createKubernetesLauncher } from './kubernetes-launcher.js';
import { createProcessLauncher } from './process-launcher.js';
import { createSlurmLauncher } from './slurm-launcher.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A launcher with the directory that jobs and workers share: `jobs/` in it belongs to the launcher, `work/` to those who launch. */
export interface OpenLauncher {
  readonly name: string;
  readonly jobs: JobLauncher;
  /** Absolute. A job's files go to a folder of its own in it. */
  readonly workDirectory: string;
}

export interface Launchers {
  /** Throws {@link JobLauncherError} for a name that the deployment does not have. */
  get(name: string): OpenLauncher;
}

/** The launchers of a deployment; nothing is started or asked yet. */
export function openLaunchers({ launchers }: Pick<Deployment, 'launchers'>, environment: Environment): Launchers {
  const opened = new Map(
    Object.entries(launchers).map(([name, config]) => [
      name,
      { name, jobs: openLauncher(config, environment), workDirectory: join(config.directory, 'work') },
    ]),
  );
  return {
    get(name) {
      const launcher = opened.get(name);
      if (launcher) return launcher;
      const known = [...opened.keys()].join(', ') || 'none';
      throw new JobLauncherError(`launcher "${name}" is not in the deployment file; it has: ${known}`, {
        retryable: false,
      });
    },
  };
}

function openLauncher(config: LauncherConfig, environment: Environment): JobLauncher {
  const directory = join(config.directory, 'jobs');
  const visible = allowedVariables(config.environment, environment);
  switch (config.kind) {
    case 'process':
      return createProcessLauncher({
        directory,
        environment: visible,
        runnerPath: join(packageRoot(), 'infra', 'jobs', 'run-job.mjs'),
        graceMs: config.graceMs,
      });
    case 'slurm':
      return createSlurmLauncher({ directory, environment: visible, options: config.options, setup: config.setup });
    case 'kubernetes':
      return createKubernetesLauncher({
        directory,
        environment: visible,
        api: createKubernetesApi(config),
        job: config,
      });
  }
}

/** Variables that jobs may see. */
export const allowedVariables = (names: readonly string[], environment: Environment): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]] as const])),
  );
