import { Command, Option } from 'commander';
import { compareDatasets } from '../../activities/comparison/compare-datasets.js';
import { parseReleaseName } from '../../activities/publication/release.js';
import { publishedDataset } from '../../activities/selection/dataset-version.js';
import { diffText } from '../diff-text.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';
import { countUpTo } from './count-argument.js';

interface DiffOptions {
  readonly deployment?: string;
  readonly list: number;
  readonly json?: boolean;
}

const MAX_LISTED = 100_000;

/** `cotmill diff A B`: what came, went and changed between two versions, and why. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('compare two versions of data sets: what came, went and changed, and in what the recipes differ')
    .argument('<a>', 'NAME or NAME@VERSION')
    .argument('<b>', 'NAME or NAME@VERSION')
    .addOption(new Option('--list <count>', 'list so many of each kind').argParser(countUpTo(MAX_LISTED)).default(10))
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (a: string, b: string, options: DiffOptions) => {
      const deployment = await chosenDeployment(options);
      const store = await storeOf(deployment);
      const versions = {
        a: await publishedDataset(store, parseReleaseName(a)),
        b: await publishedDataset(store, parseReleaseName(b)),
      };
      const comparison = await compareDatasets(
        { store },
        { ...versions, listed: options.list, signal: new AbortController().signal },
      );
      console.log(options.json ? JSON.stringify(comparison, null, 2) : diffText(comparison));
    });
}
