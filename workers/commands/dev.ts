import { join } from 'node:path';
import { Command } from 'commander';
import { parseDeployment } from '../../config/load.js';
import { serve, stopSignal } from '../serve.js';
import { cotmillHome } from '../stack/home.js';
import { openEmbeddedStack } from '../stack/embedded-stack.js';
import { runSetUp } from '../stack/set-up.js';
import { devDeploymentFile, leaveDeployment } from './deployment-option.js';

/** `cotmill dev`: Temporal with its web UI, the demonstration model and a worker, in the foreground, until Ctrl-C. */
export function devCommand(): Command {
  return new Command('dev')
    .description('run Temporal, the demonstration model and a worker in the foreground')
    .action(dev);
}

async function dev(): Promise<void> {
  await runSetUp('quickstart');
  const stack = await openEmbeddedStack({ databaseFile: join(cotmillHome(), 'temporal', 'dev.db') });
  try {
    const deployment = parseDeployment(stack.deployment, 'the embedded stack');
    await leaveDeployment(stack.deployment);
    const serving = await serve(deployment, { environment: process.env });
    console.log(
      `Temporal ${stack.temporal.address}, web UI ${stack.temporal.uiUrl ?? '-'}\nworker serves ${serving.duties.join(', ')}\ndeployment for other terminals: ${devDeploymentFile()}\nCtrl-C stops all of it; runs continue at the next start.`,
    );
    await Promise.race([stopSignal(), serving.stopped]);
    await serving.stop();
  } finally {
    await stack.stop();
  }
}
