import { Command } from 'commander';
import { parseReleaseName } from '../../activities/publication/release.js';
import { PublishedFileDamaged } from '../../activities/dataset/published-file.js';
import { createSelector, TrainingShortfall } from '../../activities/selection/select-chains.js';
import { readSelection } from '../../activities/selection/selection-files.js';
import { TrainingSetExists } from '../../activities/selection/training-manifest.js';
import type { Selection } from '../../activities/selection/training-set.js';
import { createTrainingSteps, makeTrainingSet, type TrainingSteps } from '../../activities/selection/training-steps.js';
import type { TrainingSummary } from '../../activities/selection/training-summary.js';
import { createViewWriter } from '../../activities/training/write-views.js';
import type { Deployment } from '../../config/deployment.js';
import { readTrainingSet } from '../../config/load.js';
import type { TrainingSetInput } from '../../config/training-set.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { connectClient } from '../connection.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { failureMessage } from '../run-client.js';
import { selectionText } from '../selection-text.js';
import { trainingText } from '../status-text.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';
import { interruptible } from './interrupt.js';
import { trainingSetOptions, withFlags, type TrainingSetFlags } from './select-options.js';

interface SelectCommandOptions extends TrainingSetFlags {
  readonly deployment?: string;
  readonly trainingSet?: string;
  readonly dryRun?: boolean;
  readonly workflow?: boolean;
  readonly json?: boolean;
}

/** A selection as it was made, or as it would be: without a summary nothing was written. */
interface Selected {
  readonly selection: Selection;
  readonly summary?: TrainingSummary;
}

/** `cotmill select DATASET[@VERSION]`: a training set for a student, drawn and written in this process. */
export function selectCommand(): Command {
  const command = new Command('select')
    .description('draw a training set for a student from a published data set, and write its views')
    .argument('<dataset>', 'NAME or NAME@VERSION; without a version the newest')
    .option('--training-set <file>', 'training set, or a recipe that has one (.yaml, .json); flags replace its fields');
  for (const option of trainingSetOptions()) command.addOption(option);
  return command
    .option('--dry-run', 'show what would be chosen; write nothing')
    .option('--workflow', 'let the workers of the deployment do it, as the workflow selectTrainingSet')
    .option('--json', 'print the selection as JSON')
    .addOption(deploymentOption())
    .action(select);
}

async function select(dataset: string, options: SelectCommandOptions): Promise<void> {
  const { name, version } = parseReleaseName(dataset);
  const written = options.trainingSet === undefined ? {} : await readTrainingSet(options.trainingSet, options.name);
  const spec = withFlags(written, options) as TrainingSetInput;
  const input = { dataset: { name, ...(version !== undefined && { version }) }, spec };
  const deployment = await chosenDeployment(options);
  const selected = await make(deployment, input, options).catch((error: unknown) => {
    throw commandError(error, options.json ?? false);
  });
  say(selected, options.json ?? false);
  const isShort = selected.selection.shortfall !== null && !selected.selection.spec.allowShort;
  process.exitCode = isShort ? EXIT.shortfall : EXIT.ok;
}

type SelectInput = Parameters<typeof makeTrainingSet>[1];

async function make(deployment: Deployment, input: SelectInput, options: SelectCommandOptions): Promise<Selected> {
  const store = await storeOf(deployment);
  if (options.workflow && !options.dryRun) {
    const summary = await runWorkflow(deployment, input);
    return { summary, selection: await readSelection(store, summary) };
  }
  const { signal } = interruptible('Interrupted. Nothing was published.');
  const steps = createTrainingSteps({
    store,
    selector: createSelector({ store }),
    viewWriter: createViewWriter({ store }),
  });
  const effort = { signal, heartbeat: () => undefined };
  return makeHere(steps, {
    input,
    effort,
    isDry: options.dryRun ?? false,
    readBack: (ref) => readSelection(store, ref),
  }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}

interface Making {
  readonly input: SelectInput;
  readonly effort: Parameters<TrainingSteps['select']>[1];
  readonly isDry: boolean;
  readonly readBack: (summary: TrainingSummary) => Promise<Selection>;
}

async function makeHere(steps: TrainingSteps, { input, effort, isDry, readBack }: Making): Promise<Selected> {
  if (isDry) return { selection: await steps.preview(input, effort) };
  const summary = await makeTrainingSet(steps, input, effort);
  return { summary, selection: await readBack(summary) };
}

async function runWorkflow(deployment: Deployment, input: SelectInput): Promise<TrainingSummary> {
  const client = await connectClient(deployment.temporal);
  const { name, version = 'v1' } = input.spec;
  try {
    return (await client.workflow.execute('selectTrainingSet', {
      workflowId: `select/${name}/${version}`,
      taskQueue: WORKFLOW_QUEUE,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `${name} ${version} from ${input.dataset.name}`,
    })) as TrainingSummary;
  } catch (error) {
    throw new CommandError(failureMessage(error), EXIT.runFailed, { cause: error });
  }
}

/** What can't be filled is shown like what could, since people will change the numbers and try again. */
function commandError(error: unknown, isJson: boolean): unknown {
  if (error instanceof TrainingShortfall) {
    say({ selection: error.selection }, isJson);
    return new CommandError('Nothing was written. Ask for less, build more, or give --allow-short.', EXIT.shortfall);
  }
  if (error instanceof TrainingSetExists) return new CommandError(error.message, EXIT.badInput);
  return error instanceof PublishedFileDamaged ? new CommandError(error.message, EXIT.runFailed) : error;
}

function say({ selection, summary }: Selected, isJson: boolean): void {
  if (isJson) return console.log(JSON.stringify({ ...selection, published: summary ?? null }, null, 2));
  console.log(selectionText(selection));
  console.log(summary ? `\n${trainingText(summary)}` : '');
}
