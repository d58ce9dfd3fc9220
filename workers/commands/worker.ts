import { Command } from 'commander';
import type { Deployment } from '../../config/deployment.js';
import { connectClient } from '../connection.js';
import { allDuties, type Duty } from '../create-worker.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { missingSearchAttributes, registerSearchAttributes, searchAttributeCommands } from '../search-attributes.js';
import { serve, stopSignal } from '../serve.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';

interface WorkerOptions {
  readonly deployment?: string;
  readonly serve?: string;
}

/** `cotmill worker`: serves all queues of a deployment, or some. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('serve the task queues of a deployment')
    .option('--serve <duties>', 'comma-separated: workflows, io, jobs, pool:NAME; default: all')
    .addOption(deploymentOption())
    .action(async (options: WorkerOptions) => {
      const deployment = await chosenDeployment(options);
      await ensureSearchAttributes(deployment);
      const serving = await serve(deployment, {
        environment: process.env,
        duties: chosenDuties(deployment, options.serve),
      });
      console.log(`worker ${process.pid} serves ${serving.duties.join(', ')}`);
      await Promise.race([stopSignal(), serving.stopped]);
      await serving.stop();
    });
}

function chosenDuties(deployment: Deployment, text: string | undefined): Duty[] {
  const known = allDuties(deployment);
  if (text === undefined) return known;
  return text.split(',').map((name) => {
    const duty = known.find((candidate) => candidate === name.trim());
    if (duty) return duty;
    throw new CommandError(`--serve: expected some of ${known.join(', ')}, got "${name.trim()}"`, EXIT.badInput);
  });
}

/** Registers the search attributes where it may; else says how, since no run can start without them. */
async function ensureSearchAttributes(deployment: Deployment): Promise<void> {
  const client = await connectClient(deployment.temporal);
  try {
    await registerSearchAttributes(client);
  } catch (error) {
    const missing = await missingSearchAttributes(client).catch(() => []);
    if (missing.length > 0)
      throw new CommandError(
        `The namespace lacks search attributes and this worker may not add them. Run:\n${searchAttributeCommands(missing)}`,
        EXIT.unreachable,
        { cause: error },
      );
  } finally {
    await client.connection.close();
  }
}
