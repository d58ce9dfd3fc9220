import { Command } from 'commander';
import { megabytes } from '../../activities/dataset/card.js';
import { PublishError } from '../../activities/publication/publish-error.js';
import type { PublishedTo, PublishProgress } from '../../activities/publication/published-to.js';
import { createPublisher } from '../../activities/publication/publisher.js';
import { PublishedFileDamaged } from '../../activities/dataset/published-file.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';
import { interruptible } from './interrupt.js';

interface PublishCommandOptions {
  readonly deployment?: string;
  readonly to: string;
  readonly dryRun?: boolean;
  readonly private?: boolean;
  readonly json?: boolean;
}

/** `cotmill publish NAME[@VERSION] --to TARGET`: hands a published version on. Interrupt it at any time: the next one goes on. */
export function publishCommand(): Command {
  return new Command('publish')
    .description('hand a published version on to the Hugging Face Hub, to a directory or to another store')
    .argument('<release>', 'NAME or NAME@VERSION of a data set or training set; without a version the newest')
    .requiredOption('--to <target>', 'hub:OWNER/NAME, dir:PATH, or store:TARGET of the deployment')
    .option('--dry-run', 'list files, sizes and commits; send nothing')
    .option('--private', 'make the repository private; refuse a public one')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (release: string, options: PublishCommandOptions) => {
      const deployment = await chosenDeployment(options);
      const store = await storeOf(deployment);
      const publisher = createPublisher({ store, targets: deployment.publishTargets, environment: process.env });
      const interrupted = interruptible('Interrupted. Publish again: what has arrived is not sent twice.');
      const request = { release, to: options.to, by: 'operator' as const };
      const end = await publisher
        .publish(request, {
          dryRun: options.dryRun ?? false,
          isPrivate: options.private ?? false,
          signal: interrupted.signal,
          progress: options.json ? () => undefined : createProgressLine(),
          say: options.json ? () => undefined : (line) => console.error(line),
        })
        .catch((error: unknown) => {
          throw commandError(error);
        })
        .finally(interrupted.stop);
      console.log(options.json ? JSON.stringify(end, null, 2) : publishedText(end));
    });
}

const KINDS: Record<PublishError['kind'], number> = {
  unavailable: EXIT.unreachable,
  overloaded: EXIT.unreachable,
  denied: EXIT.badInput,
  refused: EXIT.badInput,
  exists: EXIT.badInput,
};

function commandError(error: unknown): unknown {
  if (error instanceof PublishError) return new CommandError(error.message, KINDS[error.kind]);
  return error instanceof PublishedFileDamaged ? new CommandError(error.message, EXIT.runFailed) : error;
}

/** One line that is written over, on a terminal only. */
function createProgressLine(): (progress: PublishProgress) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return ({ commit, commits, path, share }) => {
    const line = `${commit}/${commits} ${path} ${Math.round(100 * share)} %`;
    process.stderr.write(`\r${line.slice(0, 78).padEnd(78)}\r`);
  };
}

/** What was done, for people; of a plan every file. */
function publishedText(end: PublishedTo): string {
  const { status, name, version, target, files, commits, tag } = end;
  const what = `${name} ${version}`;
  if (status === 'unchanged') return `${what} is at ${target} already: nothing was sent.`;
  if (status === 'new')
    return `${what} is at ${target}: ${files.sent} files sent (${megabytes(files.bytes)}), ${files.unchanged} there before${tag === null ? '' : `; tag ${tag}`}.`;
  return [
    `${what} to ${target}: ${files.sent} files (${megabytes(files.bytes)}) in ${commits.length} ${commits.length === 1 ? 'step' : 'commits'}, ${files.unchanged} there already${tag === null ? '' : `; then tag ${tag}`}. Nothing was sent.`,
    ...commits.flatMap(({ title, files: sent, deletions }) => [
      `  ${title}`,
      ...sent.map(({ path, bytes }) => `    ${megabytes(bytes).padStart(9)}  ${path}`),
      ...deletions.map((path) => `       delete  ${path}`),
    ]),
  ].join('\n');
}
