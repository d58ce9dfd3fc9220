import type { DatasetCard } from './card-facts.js';
import { features } from './card-features.js';
import { distributions } from './card-distributions.js';
import { frontMatter, type CardConfig } from './card-front-matter.js';
import { funnel } from './card-funnel.js';
import { licenceFields } from './card-licence.js';
import { howMade } from './card-making.js';
import { limits } from './card-limits.js';
import { sources } from './card-sources.js';
import { codeBlock, inline, paragraphs, table } from './card-text.js';
import type { DatasetFile } from './manifest.js';
import { TRAINING_COLUMNS } from './rows-columns.js';

/**
 * `README.md` of a data set's version: front matter for the Hub and `datasets`, then how the set was made, what became of every question and
 * chain, what it holds, and what is wrong with it. Pure; equal inputs give equal bytes.
 */
export function datasetCard(card: DatasetCard): string {
  const { resolved, stats, files } = card;
  const { name, version, description, language } = resolved.recipe;
  const configs = datasetConfigs(files);
  const head = frontMatter({
    title: `${name} ${version}`,
    language,
    licence: licenceFields(stats.plan.sources.map(({ licence }) => licence)),
    rows: stats.questions.accepted,
    tags: tagsOf(card),
    configs,
    folder: '',
  });
  const body = [
    `# ${inline(name)} ${inline(version)}`,
    paragraphs(description),
    'Questions with verified and scored chains of thought for the training of smaller models, built by cotmill. ' +
      'Nothing in it was checked by a person: see [limits](#limits-and-known-flaws).',
    contents(configs),
    howMade(card),
    funnel(stats),
    distributions(stats),
    sources(card),
    limits(card),
  ];
  return `${head}\n${body.filter((part) => part !== '').join('\n\n')}\n`;
}

function tagsOf({ stats, tally }: DatasetCard): string[] {
  const domains = Object.keys(tally.acceptedByDomain).filter((domain) => TAG.test(domain));
  const scored = stats.histograms.scoring.scored > 0 ? ['reasoning-verbosity', 'cognitive-difficulty'] : [];
  return [
    'reasoning',
    'chain-of-thought',
    'synthetic',
    'distillation',
    ...scored,
    'cotmill',
    ...domains.slice(0, MAX_DOMAIN_TAGS),
  ];
}

const MAX_DOMAIN_TAGS = 8;
/** Domains may be texts of the sources; a tag is a plain word. */
const TAG = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** `train` for all: the name that viewers and libraries expect of a set without another split (`all` is a keyword of theirs). */
const SPLIT = 'train';
const TABLES = [
  // Only here are columns stated: the others are wide, and libraries read them from the files just as well.
  { kind: 'data', name: 'default', columns: TRAINING_COLUMNS },
  { kind: 'chains', name: 'chains' },
  { kind: 'questions', name: 'questions' },
  { kind: 'metadata', name: 'metadata' },
] as const;

/** The tables of a version as configurations; the accepted set is the default. */
export const datasetConfigs = (files: readonly DatasetFile[]): CardConfig[] =>
  TABLES.flatMap(({ kind, name, ...stated }) => {
    const own = files.filter((file) => file.kind === kind);
    const [first] = own;
    if (!first) return [];
    const rows = own.reduce((sum, file) => sum + (file.rows ?? 0), 0);
    const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
    const path = first.path.replace(/-\d{5}-of-\d{5}\.parquet$/, '-*.parquet');
    const known = 'columns' in stated ? { features: features(stated.columns) } : {};
    return [{ name, splits: [{ split: SPLIT, path, rows }], bytes, ...known }];
  });

const HOLDS: Readonly<Record<string, string>> = {
  default: 'accepted questions, each with its accepted chains (thought, solution, teacher, verdict, RV, CD)',
  chains: 'every chain, accepted or not, with texts, verdicts, ratings, scores, outcome and reason',
  questions: 'every question with outcome, reason, counts, tokens and cost',
  metadata: 'every chain without texts: for selection and statistics by SQL',
};

function contents(configs: readonly CardConfig[]): string {
  const rows = configs.map(({ name, splits, bytes }) => [
    `\`${name}\``,
    splits.reduce((sum, split) => sum + split.rows, 0),
    megabytes(bytes),
    HOLDS[name] ?? '',
  ]);
  const load = [
    'from datasets import load_dataset',
    '',
    'rows = load_dataset("OWNER/NAME", split="train")               # or the folder of this file',
    'chains = load_dataset("OWNER/NAME", "chains", split="train")',
  ];
  return [
    '## Contents',
    table(['configuration', 'rows', 'size', 'holds'], rows),
    codeBlock(load).replace('```', '```python'),
    'A row of `default` has the published OmniThought form (`question`, `reasoning: [{thought, solution, full_response, teacher, ' +
      'thought_correctness_verify, Reasoning_Verbosity, Cognitive_Difficulty}]`) with columns of its own after it: reference answer, domain, ' +
      'source, row id, revision and licence of the source, and the fingerprint of the recipe. RV is reasoning verbosity, CD cognitive difficulty, both 0 to 9; ' +
      'they are targets for a choice, not grades of quality.',
  ].join('\n\n');
}

/** Bytes as people read them. */
export const megabytes = (bytes: number): string =>
  bytes < 100_000
    ? `${(bytes / 1000).toFixed(1)} KB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`;
