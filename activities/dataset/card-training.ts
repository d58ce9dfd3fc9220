import { quotasOf, type Kernel, type Quota } from '../../config/training-set.js';
import type { Selection, TrainingFile } from '../selection/training-set.js';
import { readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { megabytes } from './card.js';
import type { CardRecipe, CardStats } from './card-facts.js';
import { frontMatter, type CardConfig } from './card-front-matter.js';
import { licenceFields } from './card-licence.js';
import { code, codeBlock, inline, paragraphs, table } from './card-text.js';
import { levelLines, oneLine } from '../plain-text.js';
import { datasetPrefix } from './manifest.js';

/** What a card of a training set says of the data set behind it. */
export interface CardSource {
  readonly resolved: CardRecipe;
  readonly stats: CardStats;
}

export interface TrainingCard {
  readonly selection: Selection;
  /** All files of the version but the card itself and the manifest; views as they were written. */
  readonly files: readonly TrainingFile[];
  readonly source: CardSource;
}

/** Recipe and statistics of a published data set. Throws StoreError, or Error when the version has none. */
export async function readCardSource(
  store: ObjectStore,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<CardSource> {
  const read = async <Value>(file: string): Promise<Value> => {
    const key = `${datasetPrefix(name, version)}/${file}`;
    const found = await readJson<Value>(store, key);
    if (!found) throw new Error(`There is no ${key} in ${store.description}: expected a published version of ${name}.`);
    return found;
  };
  const [resolved, stats] = await Promise.all([
    read<CardRecipe>('recipe.json'),
    read<Partial<CardStats>>('stats.json'),
  ]);
  // Versions from before sources were counted say nothing about them.
  return { resolved, stats: { plan: { sources: [] }, ...stats } as CardStats };
}

/** `README.md` of a training set's version. Pure; equal inputs give equal bytes. */
export function trainingCard({ selection, files, source }: TrainingCard): string {
  const { name, version, counts } = selection;
  const configs = trainingConfigs(files);
  const head = frontMatter({
    title: `${name} ${version}`,
    language: source.resolved.recipe.language ?? ['en'],
    licence: licenceFields(source.stats.plan.sources.map(({ licence }) => licence)),
    rows: counts.selected.chains,
    tags: ['reasoning', 'chain-of-thought', 'synthetic', 'distillation', 'sft', 'cotmill'],
    configs,
    folder: '',
  });
  const body = [
    `# ${inline(name)} ${inline(version)}`,
    paragraphs(source.resolved.recipe.description),
    `${counts.selected.chains} chains of thought for ${counts.selected.questions} questions, chosen from data set ${code(selection.dataset.name)}, version ${code(selection.dataset.version)}, by cotmill.`,
    contents(configs),
    howChosen(selection),
    beforeAfter(selection),
    origin(selection, source),
    limits(selection),
  ];
  return `${head}\n${body.filter((part) => part !== '').join('\n\n')}\n`;
}

const VIEW_FILE = /^views\/([^/]+)\/(train|validation)[^/]*\.(parquet|jsonl)$/;

/** Each folder of a view is a configuration, with its Parquet files where it has both kinds; `messages`, or else the first view, is the default. */
export function trainingConfigs(files: readonly TrainingFile[]): CardConfig[] {
  const views = new Map<string, Map<string, TrainingFile[]>>();
  const hasParquet = (view: string): boolean =>
    files.some(({ path }) => path.startsWith(`views/${view}/`) && path.endsWith('.parquet'));
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const [, view, split, kind] = VIEW_FILE.exec(file.path) ?? [];
    if (view === undefined || split === undefined || (kind === 'jsonl' && hasParquet(view))) continue;
    const splits = views.get(view) ?? new Map<string, TrainingFile[]>();
    views.set(view, splits.set(split, [...(splits.get(split) ?? []), file]));
  }
  const configs = [...views].map(([view, splits]) => configOf(view, splits));
  const ordered = configs.sort((a, b) => Number(b.name === 'messages') - Number(a.name === 'messages'));
  const picks = files.filter(({ kind }) => kind === 'picks');
  return [
    ...ordered,
    ...picks.map(({ path, rows, bytes }) => ({
      name: 'picks',
      splits: [{ split: 'train', path, rows: rows ?? 0 }],
      bytes,
    })),
  ];
}

const configOf = (name: string, splits: ReadonlyMap<string, readonly TrainingFile[]>): CardConfig => ({
  name,
  bytes: [...splits.values()].flat().reduce((sum, file) => sum + file.bytes, 0),
  splits: [...splits].map(([split, files]) => ({
    split,
    path: files.length === 1 ? (files[0]?.path ?? '') : pattern(files[0]?.path ?? '', split),
    rows: files.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
  })),
});

const pattern = (path: string, split: string): string =>
  `${path.slice(0, path.lastIndexOf('/'))}/${split}*${path.slice(path.lastIndexOf('.'))}`;

function contents(configs: readonly CardConfig[]): string {
  const rows = configs.flatMap(({ name, splits, bytes }) =>
    splits.map((split, index) => [code(name), code(split.split), split.rows, index === 0 ? megabytes(bytes) : '']),
  );
  const load = [
    'from datasets import load_dataset',
    '',
    `train = load_dataset("OWNER/NAME", "${configs[0]?.name ?? 'picks'}", split="train")   # or the folder of this file`,
  ];
  return [
    '## Contents',
    table(['configuration', 'split', 'rows', 'size'], rows),
    codeBlock(load).replace('```', '```python'),
  ].join('\n\n');
}

const KERNEL_WORDS: Readonly<Record<Kernel['name'], string>> = {
  omnithought:
    'of every question, chains drawn with a probability that falls with the cognitive difficulty above the capacity of the student, and with the distance of the verbosity from the difficulty. The form of the weights is ours',
  accept: 'each chain kept with the same weight as its probability. Ours',
  bins: 'bins of cognitive difficulty with the chains nearest to a wanted verbosity',
  all: 'every accepted chain',
};

function howChosen({ spec, seed, counts, quotas, shortfall }: Selection): string {
  const { name, ...parameters } = spec.kernel;
  const settings = Object.entries(parameters).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const { candidates, excluded, selected } = counts;
  return [
    '## How it was chosen',
    `Kernel ${code(name)}: ${KERNEL_WORDS[name]}. ${settings.length > 0 ? `Settings: ${settings.map(code).join(', ')}. ` : ''}Seed ${seed}; the choice depends on seed, question and chain alone, so the same seed gives the same rows anywhere.`,
    table(
      ['', 'questions', 'chains'],
      [
        ['candidates', candidates.questions, candidates.chains],
        ['left out: no score', '', excluded.unscored],
        ['left out: not accepted', '', excluded.notAccepted],
        ['**chosen**', selected.questions, selected.chains],
        ...Object.entries(counts.bySet).map(([set, count]) => [`set ${set}`, count.questions, count.chains]),
        ...Object.entries(counts.bySplit).map(([split, count]) => [`split ${split}`, count.questions, count.chains]),
      ],
    ),
    ...(quotas.length > 0
      ? [
          table(
            ['quota', 'wanted', 'available', 'chosen', 'missing'],
            quotas.map((quota) => [inline(quota.name), quota.wanted, quota.available, quota.selected, quota.missing]),
          ),
        ]
      : []),
    ...(shortfall === null ? [] : [`**Not everything that was asked for could be filled:** ${inline(shortfall)}`]),
  ].join('\n\n');
}

function beforeAfter({ histograms: { rv, cd } }: Selection): string {
  const sideBySide = (before: readonly number[], after: readonly number[]): string =>
    codeBlock(['candidates', ...levelLines(before), '', 'chosen', ...levelLines(after)]);
  return [
    '## Distributions',
    'Reasoning verbosity (RV):',
    sideBySide(rv.before, rv.after),
    'Cognitive difficulty (CD):',
    sideBySide(cd.before, cd.after),
  ].join('\n\n');
}

function origin({ dataset, counts }: Selection, { resolved, stats }: CardSource): string {
  const rows = stats.plan.sources.map(({ name, revision, licence }) => [
    inline(name),
    inline(revision ?? 'not stated'),
    inline(licence ?? 'not stated'),
  ]);
  const teachers = resolved.recipe.teachers.map(
    ({ name, pool }) => `${inline(name)} (${code(resolved.models[pool] ?? pool)})`,
  );
  return [
    '## Where it comes from',
    `Data set ${code(dataset.name)} ${code(dataset.version)}, content ${code(dataset.contentSha256)}, recipe ${code(resolved.fingerprint)}. Teachers: ${teachers.join(', ')}. ` +
      `Its own card says how its chains were made, checked and scored. ${counts.selected.tokens} tokens are in the chosen chains.`,
    ...(rows.length > 0 ? [table(['source', 'revision', 'licence'], rows)] : []),
    "The terms of the models that wrote the chains may restrict the use of their output further, and this card can't say how.",
  ].join('\n\n');
}

function limits({ spec }: Selection): string {
  const quotas = quotasOf(spec);
  const found = [
    'Everything that is wrong with the data set is wrong with this sample: see the limits on its card.',
    'Whether this choice of RV and CD suits a student is what training and evaluation have to show; no such result is part of this set.',
    spec.validationShare > 0
      ? 'Validation holds out questions, not sources or domains: it is no benchmark.'
      : 'Nothing is held out for validation.',
    ...(quotas
      ? [
          `The counts by score were set by hand (${quotas.map((quota: Quota) => oneLine(quotaText(quota))).join('; ')}): they do not follow the data.`,
        ]
      : []),
  ];
  return `## Limits and known flaws\n\n${found.map((limit) => `- ${limit}`).join('\n')}`;
}

function quotaText({ cd, rv, domain, chains }: Quota): string {
  const bounds = [cd && `CD ${cd.join('-')}`, rv && `RV ${rv.join('-')}`, domain && inline(domain)].filter(
    (bound) => bound !== undefined,
  );
  return `${chains} chains${bounds.length > 0 ? ` of ${bounds.join(', ')}` : ''}`;
}
