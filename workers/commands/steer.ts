import { Command } from 'commander';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { pause, resume, setConcurrency } from '../../workflows/messages.js';
import { connectClient } from '../connection.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { existingRun } from '../find-run.js';
import { countUpTo } from './count-argument.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';

type Steering = (handle: WorkflowHandle, value: number | undefined) => Promise<string>;

/** `cotmill pause RUN`: no new questions start; those in flight finish. */
export const pauseCommand = (): Command =>
  steering('pause', 'start no new questions; those in flight finish', async (handle) => {
    await handle.executeUpdate(pause);
    return 'paused; questions in flight finish. Go on with: cotmill resume';
  });

/** `cotmill resume RUN`: undoes pause. */
export const resumeCommand = (): Command =>
  steering('resume', 'start questions again after pause', async (handle) => {
    await handle.executeUpdate(resume);
    return 'resumed';
  });

/** `cotmill cancel RUN`: requests in flight are aborted, nothing more is paid, what was paid stays in the ledger. */
export const cancelCommand = (): Command =>
  steering('cancel', 'stop a run; it can be continued under the same name', async (handle) => {
    await handle.cancel();
    return 'cancel requested: calls in flight are aborted within seconds. Continue with: cotmill run, under the same name';
  });

/** `cotmill concurrency RUN N`: questions at the same time, over the whole run. */
export const concurrencyCommand = (): Command =>
  steering('concurrency', 'change how many questions are worked on at the same time', async (handle, value) => {
    const progress = await handle.executeUpdate(setConcurrency, { args: [value ?? 0] });
    return `${progress.concurrency} questions at the same time`;
  }).argument('<questions>', '1 to 10,000', countUpTo(10_000));

function steering(name: string, description: string, act: Steering): Command {
  return new Command(name)
    .description(description)
    .argument('<run>', 'name of the run')
    .addOption(deploymentOption())
    .action(async (run: string, ...rest: unknown[]) => {
      const [value, options] = typeof rest[0] === 'number' ? [rest[0], rest[1]] : [undefined, rest[0]];
      const { temporal } = await chosenDeployment(options as { deployment?: string });
      const client = await connectClient(temporal);
      try {
        console.log(`run ${run}: ${await act((await existingRun(client, run)).handle, value)}`);
      } catch (error) {
        if (error instanceof CommandError) throw error;
        if (error instanceof WorkflowNotFoundError)
          throw new CommandError(`There is no run "${run}" at work.`, EXIT.badInput, { cause: error });
        const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
        throw new CommandError(`run ${run}: ${name} was refused: ${reason}`, EXIT.badInput, { cause: error });
      }
    });
}
