import { Command } from 'commander';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { improvementReportKey, improvementTableKey } from '../../activities/improve/round-names.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { approveRound } from '../../workflows/messages.js';
import { connectClient } from '../connection.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';

interface ApproveOptions {
  readonly deployment?: string;
  readonly end?: boolean;
}

/** `cotmill approve RUN`: says to a self-improvement that waits between two rounds to go on, or to end, and shows what it was said about. */
export function approveCommand(): Command {
  return new Command('approve')
    .description('let a self-improvement that waits for approval go on with its next round, or end')
    .argument('<run>', 'name of the run')
    .option('--end', 'end with the rounds that there are')
    .addOption(deploymentOption())
    .action(async (run: string, options: ApproveOptions) => {
      const deployment = await chosenDeployment(options);
      const store = await storeOf(deployment);
      const client = await connectClient(deployment.temporal);
      try {
        console.log(await approve({ client, store }, { run, next: options.end ? 'end' : 'continue' }));
      } finally {
        await client.connection.close();
      }
    });
}

/**
 * Table of the rounds so far, and what follows. Throws CommandError when no self-improvement of the run waits for approval; then nothing was said.
 */
export async function approve(
  { client, store }: { readonly client: Client; readonly store: ObjectStore },
  { run, next }: { readonly run: string; readonly next: 'continue' | 'end' },
): Promise<string> {
  // As it is before: after the approval the next round may write another.
  const table = await store.get(improvementTableKey(run));
  const report = await store.stat(improvementReportKey(run));
  const handle = client.workflow.getHandle(`${run}/improvement`);
  try {
    const answer = await handle.executeUpdate(approveRound, { args: [{ next }] });
    return [
      ...(table ? [Buffer.from(table).toString('utf8').trimEnd(), ''] : []),
      ...(report ? [`report: ${report.key} (cotmill report ${run}/improvement)`, ''] : []),
      `run ${run}: ${answer}`,
    ].join('\n');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new CommandError(`No self-improvement of a run "${run}" is at work.`, EXIT.badInput, { cause: error });
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    throw new CommandError(`run ${run}: approve was refused: ${reason}`, EXIT.badInput, { cause: error });
  }
}
