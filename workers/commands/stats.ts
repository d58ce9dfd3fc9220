import { Command } from 'commander';
import { parseReleaseName, readRelease, type Release } from '../../activities/publication/release.js';
import type { Selection } from '../../activities/selection/training-set.js';
import { readJson } from '../../activities/store/json-objects.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { statsText, type ShownStats } from '../stats-text.js';
import { trainingStatsText } from '../training-stats-text.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';

interface StatsOptions {
  readonly deployment?: string;
  readonly json?: boolean;
}

/** `cotmill stats NAME[@VERSION]`: funnel, reasons, scores, tokens and cost of a data set; what was chosen for a training set. */
export function statsCommand(): Command {
  return new Command('stats')
    .description('show funnel, reasons, scores, tokens and cost of a data set, or what was chosen for a training set')
    .argument('<name>', 'NAME or NAME@VERSION; without a version the newest')
    .option('--json', 'print JSON: stats.json or selection.json')
    .addOption(deploymentOption())
    .action(async (name: string, options: StatsOptions) => {
      const deployment = await chosenDeployment(options);
      const store = await storeOf(deployment);
      const release = await readRelease(store, parseReleaseName(name));
      const file = release.kind === 'datasets' ? 'stats.json' : 'selection.json';
      const shown = await readDocument(store, release, file);
      if (options.json) console.log(JSON.stringify(shown, null, 2));
      else
        console.log(
          release.kind === 'datasets' ? statsText(shown as ShownStats) : trainingStatsText(shown as Selection),
        );
    });
}

async function readDocument(store: ObjectStore, { prefix }: Release, file: string): Promise<unknown> {
  const found = await readJson(store, `${prefix}/${file}`);
  if (found !== undefined) return found;
  throw new CommandError(`${prefix}/${file} is missing in ${store.description}: was it deleted?`, EXIT.runFailed);
}
