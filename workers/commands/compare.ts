import { Command } from 'commander';
import { comparison } from '../../activities/experiment/compare-models.js';
import type { ExperimentRecord } from '../../activities/experiment/experiment-record.js';
import type { Comparison } from '../../activities/experiment/experiment-summary.js';
import { differenceWords, experimentMarkdown, experimentText } from '../../activities/experiment/experiment-table.js';
import {
  answersOf,
  byBenchmark,
  findEvaluations,
  parseWantedModel,
  type BenchmarkGroup,
  type StoredEvaluation,
} from '../../activities/experiment/find-evaluations.js';
import { readExperimentRecord } from '../../activities/experiment/read-experiment.js';
import { evaluationText } from '../../activities/evaluation/evaluation-text.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';

interface CompareOptions {
  readonly deployment?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/** `cotmill compare RUN` or `cotmill compare MODEL...`: scores beside each other, and whether their differences are larger than noise. */
export function compareCommand(): Command {
  return new Command('compare')
    .description(
      'show the results of a run, or models beside each other: scores, lengths, and which differences are larger than noise',
    )
    .argument('<run-or-model...>', 'a RUN with an experiment; or models that were evaluated, as MODEL or RUN/MODEL')
    .option('--json', 'print JSON')
    .option('--markdown', 'print Markdown')
    .addOption(deploymentOption())
    .action(compare);
}

async function compare(names: readonly string[], options: CompareOptions): Promise<void> {
  const deployment = await chosenDeployment(options);
  const store = await storeOf(deployment);
  const [first = '', ...others] = names;
  const record = others.length === 0 && !first.includes('/') ? await readExperimentRecord(store, first) : undefined;
  console.log(record ? recordText(record, options) : await modelsText(store, names, options));
}

function recordText(record: ExperimentRecord, { json, markdown }: CompareOptions): string {
  if (json) return JSON.stringify(record, null, 2);
  return markdown ? experimentMarkdown(record) : experimentText(record);
}

interface ComparedGroup extends BenchmarkGroup {
  readonly comparisons: readonly Comparison[];
}

/** Models of any runs, benchmark by benchmark, each with the first one that was named. */
async function modelsText(
  store: ObjectStore,
  names: readonly string[],
  { json, markdown }: CompareOptions,
): Promise<string> {
  const groups: ComparedGroup[] = [];
  for (const group of byBenchmark(await findEvaluations(store, names.map(parseWantedModel))))
    groups.push({ ...group, comparisons: await comparisonsOf(store, group) });
  if (json) return JSON.stringify(groups, null, 2);
  const text = groups.map(groupText).join('\n\n');
  return markdown ? `\`\`\`\n${text}\n\`\`\`` : text;
}

async function comparisonsOf(store: ObjectStore, { benchmark, evaluations }: BenchmarkGroup): Promise<Comparison[]> {
  const [baseline, ...others] = evaluations;
  if (!baseline || others.length === 0) return [];
  const before = await answersOf(store, baseline);
  const comparisons: Comparison[] = [];
  for (const other of others) {
    const pair = { evaluation: benchmark, model: nameIn(evaluations, other), baseline: nameIn(evaluations, baseline) };
    comparisons.push(comparison(pair, before, await answersOf(store, other)));
  }
  return comparisons;
}

const groupText = ({ benchmark, evaluations, comparisons }: ComparedGroup): string =>
  evaluationText(
    evaluations.map((one) => ({ ...one.summary, model: nameIn(evaluations, one) })),
    comparisons.map((each) => ({ benchmark, words: `  ${differenceWords(each)}` })),
  );

/** As short as tells it apart: the model, with its run, with its evaluation. */
function nameIn(all: readonly StoredEvaluation[], one: StoredEvaluation): string {
  const { run, model, evaluation } = one;
  const names = [model, `${run}/${model}`, `${run}/${model}/${evaluation}`];
  const forms = [
    (each: StoredEvaluation) => each.model === model,
    (each: StoredEvaluation) => each.model === model && each.run === run,
  ];
  const at = forms.findIndex((isSame) => all.filter(isSame).length === 1);
  return names[at === -1 ? 2 : at] ?? model;
}
