import { basename, extname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Client } from '@temporalio/client';
import { parseRecipe } from '../../config/load.js';
import { connectClient } from '../connection.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { loadCheckedRecipe } from '../load-checked-recipe.js';
import { runName } from '../run-name.js';
import { scheduleLines, schedulesText } from '../schedule-text.js';
import {
  atSchedule,
  createSchedule,
  OVERLAPS,
  recentRuns,
  runOf,
  type Overlap,
  type RunSchedule,
} from '../schedules.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';
import { timeOf } from './time-argument.js';
import { triggerCommand } from './trigger.js';

interface CommonOptions {
  readonly deployment?: string;
  readonly json?: boolean;
}

interface CreateOptions extends CommonOptions {
  readonly recipe: string;
  readonly cron?: readonly string[];
  readonly every?: number;
  readonly timeZone?: string;
  readonly run?: string;
  readonly overlap: Overlap;
  readonly catchUp: number;
  readonly jitter?: number;
  readonly pauseOnFailure?: boolean;
  readonly paused?: boolean;
  readonly note?: string;
  readonly keepVersions?: boolean;
  readonly replace?: boolean;
}

/** `cotmill schedule`: runs of a recipe at certain times, over Temporal Schedules. */
export function scheduleCommand(): Command {
  const schedule = new Command('schedule').description('run a recipe at certain times, such as every night');
  const commands = [
    createCommand(),
    listCommand(),
    showCommand(),
    handling('pause', 'start no more runs; one at work goes on', async (client, { name, note }) => {
      await atSchedule(client, name, (handle) => handle.pause(note));
      return `schedule ${name} is paused. Go on with: cotmill schedule resume ${name}`;
    }),
    handling('resume', 'start runs again after pause', async (client, { name, note }) => {
      await atSchedule(client, name, (handle) => handle.unpause(note));
      return `schedule ${name} goes on`;
    }),
    triggerCommand(),
    handling('delete', 'forget a schedule; its runs and what they made stay', async (client, { name }) => {
      await atSchedule(client, name, (handle) => handle.delete());
      return `schedule ${name} is deleted; a run at work goes on`;
    }),
  ];
  for (const command of commands) schedule.addCommand(command.exitOverride());
  return schedule;
}

function createCommand(): Command {
  return new Command('create')
    .description('create a schedule, once its recipe was checked')
    .argument('<name>', 'name of the schedule')
    .requiredOption('--recipe <file>', 'recipe file (.yaml, .json, .js, .ts); the schedule keeps what it says now')
    .option('--cron <expressions...>', 'when: five fields, such as "0 2 * * *" for 02:00 every night')
    .option('--every <time>', 'when: a time between starts, such as "6h"', timeOf)
    .option('--time-zone <zone>', 'of --cron, such as "Europe/Berlin"; default: UTC', timeZoneOf)
    .option('-r, --run <name>', 'name of its runs; default: the name of the schedule')
    .addOption(
      new Option(
        '--overlap <policy>',
        'when the run before is still at work: skip this one, start it afterwards, or cancel the one at work',
      )
        .choices(OVERLAPS)
        .default('skip'),
    )
    .addOption(
      new Option('--catch-up <time>', 'make up for a start that was missed at most so long ago')
        .argParser(timeOf)
        .default(86_400_000, '1d'),
    )
    .option('--jitter <time>', 'start up to so much later, by chance', timeOf)
    .option('--pause-on-failure', 'pause the schedule when a run fails')
    .option('--paused', 'create it paused')
    .option('--note <text>', 'for people')
    .option('--keep-versions', 'leave versions as the recipe has them; default: versions from content')
    .option('--replace', 'replace the schedule of this name')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(create);
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const deployment = await chosenDeployment(options);
  const written = await loadCheckedRecipe(options.recipe, deployment);
  // Every night is another data set as soon as a question is new, and a published version is immutable.
  const recipe = options.keepVersions ? written : parseRecipe({ ...written, versions: 'from-content' }, options.recipe);
  const schedule: RunSchedule = {
    name: runName(name, 'schedule name'),
    run: runName(options.run ?? name, 'run name'),
    recipe,
    times: timesOf(options),
    ...{ timeZone: options.timeZone, overlap: options.overlap, catchUpMs: options.catchUp, jitterMs: options.jitter },
    ...{ pauseOnFailure: options.pauseOnFailure ?? false, paused: options.paused ?? false, note: options.note },
  };
  const client = await connectClient(deployment.temporal);
  await createSchedule(client, schedule, options.replace ?? false);
  await print(client, name, options);
}

function timesOf({ cron, every, recipe }: CreateOptions): RunSchedule['times'] {
  if (cron !== undefined && every === undefined) return { cron };
  if (cron === undefined && every !== undefined) return { everyMs: every };
  const how = `"--cron '0 2 * * *'" or "--every 6h"`;
  throw new CommandError(
    `When shall ${basename(recipe, extname(recipe))} run? Expected ${how}${cron === undefined ? '' : ', not both'}.`,
    EXIT.badInput,
  );
}

function timeZoneOf(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone === '' ? 'UTC' : zone;
  } catch {
    throw new InvalidArgumentError('Expected a time zone of the IANA database, such as "Europe/Berlin" or "UTC".');
  }
}

function listCommand(): Command {
  return new Command('list')
    .description('list the schedules that start runs')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (options: CommonOptions) => {
      const client = await connectClient((await chosenDeployment(options)).temporal);
      const found = [];
      for await (const { scheduleId, action, state, info } of client.schedule.list())
        if (action?.workflowType === 'distill')
          found.push({
            name: scheduleId,
            ...{ paused: state.paused, note: state.note ?? null },
            last: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
            next: info.nextActionTimes[0]?.toISOString() ?? null,
          });
      console.log(options.json ? JSON.stringify(found, null, 2) : schedulesText(found));
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('show a schedule, its last runs and its next ones')
    .argument('<name>', 'name of the schedule')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (name: string, options: CommonOptions) =>
      print(await connectClient((await chosenDeployment(options)).temporal), name, options),
    );
}

async function print(client: Client, name: string, { json }: CommonOptions): Promise<void> {
  const description = await atSchedule(client, name, (handle) => handle.describe());
  const { state, info, spec, policies } = description;
  const shown = {
    ...{ name, run: runOf(description) ?? null, paused: state.paused, note: state.note ?? null },
    times: { calendars: spec.calendars ?? [], intervals: spec.intervals ?? [] },
    ...{ timeZone: spec.timezone ?? 'UTC', jitterMs: spec.jitter ?? 0 },
    ...{ overlap: (policies.overlap ?? 'SKIP').toLowerCase().replace('_', '-'), catchUpMs: policies.catchupWindow },
    ...{
      started: info.numActionsTaken,
      skipped: info.numActionsSkippedOverlap,
      missed: info.numActionsMissedCatchupWindow,
    },
    next: info.nextActionTimes.slice(0, 3).map((time) => time.toISOString()),
    runs: await recentRuns(client, description),
  };
  console.log(json ? JSON.stringify(shown, null, 2) : scheduleLines(shown).join('\n'));
}

type Handling = (client: Client, about: { readonly name: string; readonly note?: string }) => Promise<string>;

function handling(name: string, description: string, act: Handling): Command {
  const command = new Command(name).description(description).argument('<name>', 'name of the schedule');
  if (name !== 'delete') command.option('--note <text>', 'for people');
  return command
    .addOption(deploymentOption())
    .action(async (schedule: string, options: CommonOptions & { readonly note?: string }) => {
      const client = await connectClient((await chosenDeployment(options)).temporal);
      console.log(await act(client, { name: schedule, ...(options.note !== undefined && { note: options.note }) }));
    });
}
