import { randomUUID } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LauncherConfig } from '../../config/launchers.js';
import { bytesToDisk, createAtomicFiles } from '../store/atomic-file.js';
import { JobLauncherError } from './job-launcher.js';
import { createKubernetesApi, type KubernetesApi, type KubernetesRight } from './kubernetes-api.js';
import { createSlurmCommands } from './slurm-commands.js';

const RIGHTS: readonly KubernetesRight[] = [
  { verb: 'create', group: 'batch', resource: 'jobs' },
  { verb: 'get', group: 'batch', resource: 'jobs' },
  { verb: 'delete', group: 'batch', resource: 'jobs' },
  { verb: 'list', group: '', resource: 'pods' },
];

/**
 * Looks whether jobs could be submitted, and submits none. Returns what there is, for people; throws {@link JobLauncherError} that says what is in
 * the way.
 * @param visible variables that jobs may see
 */
export async function probeLauncher(
  config: LauncherConfig,
  visible: Readonly<Record<string, string>>,
): Promise<string> {
  await probeDirectory(config.directory);
  switch (config.kind) {
    case 'process':
      return `processes of this machine, in ${config.directory}`;
    case 'slurm': {
      const partitions = await createSlurmCommands(visible).partitions();
      return `Slurm answers: partitions ${partitions.join(', ') || 'none'}; jobs in ${config.directory}`;
    }
    case 'kubernetes':
      return `${await probeKubernetes(createKubernetesApi(config))}; jobs in ${config.directory}`;
  }
}

/** Writes as jobs' notes are written: a file system without hard links is found out here. */
async function probeDirectory(directory: string): Promise<void> {
  const path = join(directory, 'jobs', `.probe-${randomUUID()}`);
  try {
    await createAtomicFiles().create(path, bytesToDisk(Buffer.from('')));
    await unlink(path);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new JobLauncherError(`${directory} can't be written by this process: ${said}`, {
      retryable: false,
      cause: error,
    });
  }
}

async function probeKubernetes(api: KubernetesApi): Promise<string> {
  const { server, namespace } = await api.place();
  const allowed = await Promise.all(RIGHTS.map((right) => api.may(right)));
  const missing = RIGHTS.filter((_right, index) => !allowed[index]).map(({ verb, resource }) => `${verb} ${resource}`);
  if (missing.length > 0)
    throw new JobLauncherError(
      `${server} answers, and this account may not ${missing.join(', ')} in the namespace ${namespace}.`,
      { retryable: false },
    );
  return `${server} answers, and jobs may be made in the namespace ${namespace}`;
}
