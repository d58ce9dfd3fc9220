import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeploymentInput } from '../../config/deployment.js';
import { packageRoot } from '../../config/package-root.js';
import { startProcess, type RunningProcess } from '../../workers/stack/process.js';

/** `cotmill worker` in a process of its own, that may be killed. Its log lies in the directory. Needs a build. */
export function startWorkerProcess(
  directory: string,
  deployment: DeploymentInput,
  name = 'worker',
): Promise<RunningProcess & { readonly logFile: string }> {
  const file = join(directory, `${name}.json`);
  const logFile = join(directory, `${name}.log`);
  writeFileSync(file, JSON.stringify(deployment));
  const started = startProcess({
    name: 'cotmill worker',
    command: process.execPath,
    args: [join(packageRoot(), 'dist', 'workers', 'cli.js'), 'worker', '--deployment', file],
    logFile,
    readyWhen: () => Promise.resolve(readFileSync(logFile, 'utf8').includes(' serves ')),
  });
  return started.then((running) => ({ ...running, logFile }));
}
