import type { DatasetCard } from './card-facts.js';
import { code, codeBlock, inline, table } from './card-text.js';
import { barLines, oneLine } from '../plain-text.js';

/** Where the questions come from, under which licence, and of which domains they are. */
export function sources({ stats, tally, resolved }: Pick<DatasetCard, 'stats' | 'tally' | 'resolved'>): string {
  const rows = stats.plan.sources.map(({ name, revision, licence, rows: read, accepted }) => [
    inline(name),
    homeOf(resolved, name),
    inline(revision ?? 'not stated'),
    inline(licence ?? 'not stated'),
    read,
    accepted,
    tally.acceptedBySource[name] ?? 0,
  ]);
  const domains = Object.entries(tally.acceptedByDomain).sort(
    ([a, left], [b, right]) => right - left || (a < b ? -1 : 1),
  );
  return [
    '## Sources and licences',
    table(['source', 'set', 'revision', 'licence', 'rows read', 'questions', 'accepted'], rows),
    "Source, row, revision and licence stand in every row. The licence above is the sources' own, as the builder of this set or the preset states it; " +
      "the terms of the models that wrote the chains may restrict the use of their output further, and this card can't say how.",
    ...(domains.length > 0
      ? [
          'Accepted questions by domain:',
          codeBlock(
            barLines(domains.slice(0, MAX_DOMAINS).map(([domain, count]) => [oneLine(domain) || '(none)', count])),
          ),
        ]
      : []),
  ].join('\n\n');
}

const MAX_DOMAINS = 30;

/** A dataset of the Hub, or what a preset says of its home: a URL from our own files, of a shape that cannot break out of the link. */
function homeOf({ recipe, presets }: DatasetCard['resolved'], name: string): string {
  const source = recipe.sources.find((one) => one.name === name);
  const preset = source?.preset === undefined ? undefined : presets[source.preset];
  const dataset = source?.dataset ?? preset?.hub?.dataset;
  if (dataset !== undefined) return code(dataset);
  return preset && source?.preset !== undefined && /^https:\/\/[\w./-]+$/.test(preset.home)
    ? `[${inline(source.preset)}](${preset.home})`
    : 'of the builder';
}
