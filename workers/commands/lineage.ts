import { Argument, Command } from 'commander';
import { LINEAGE_KINDS, lineageOf, type LineageRequest } from '../../activities/lineage/lineage.js';
import { parseReleaseName } from '../../activities/publication/release.js';
import { keptFiles } from '../kept-files.js';
import { lineageText } from '../lineage-text.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';

interface LineageOptions {
  readonly deployment?: string;
  readonly down?: boolean;
  readonly dataset?: string;
  readonly json?: boolean;
}

/** `cotmill lineage KIND NAME`: what a score, model, training set, data set or chain was made of, or what was made of it. Only reads the store. */
export function lineageCommand(): Command {
  return new Command('lineage')
    .description('show what a score, model, training set, data set or chain was made of, back to sources and calls')
    .addArgument(new Argument('<kind>', 'what it is').choices(LINEAGE_KINDS))
    .argument(
      '<name>',
      'score: RUN/EVALUATION/MODEL; model, training, dataset: NAME or NAME@VERSION; chain, question: an id or its beginning',
    )
    .option('--down', 'show what was made of it instead')
    .option('--dataset <name>', 'of a chain or question: NAME or NAME@VERSION to look in; default: the newest of each')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (kind: LineageRequest['kind'], name: string, options: LineageOptions) => {
      const deployment = await chosenDeployment(options);
      const store = await storeOf(deployment);
      const request: LineageRequest = {
        ...{ kind, name, direction: options.down ? 'down' : 'up' },
        ...(options.dataset !== undefined && { dataset: parseReleaseName(options.dataset) }),
      };
      const trees = await lineageOf(request, { store, filesOf: keptFiles(store, deployment.store) });
      console.log(options.json ? JSON.stringify(trees, null, 2) : lineageText(trees));
    });
}
