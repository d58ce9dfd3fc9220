import { aligned, grouped, levelsBeside, percent } from '../activities/plain-text.js';
import type { BeforeAfter, QuotaResult, Selection } from '../activities/selection/training-set.js';

const BAR_CHARACTERS = 22;
const COLUMN = 14;

/** A selection for a terminal of 80 columns: counts, RV and CD before and after, quotas, and what is missing. Pure. */
export function selectionText(selection: Selection): string {
  const { name, version, dataset, spec, seed, counts, histograms, quotas, shortfall } = selection;
  const { candidates, excluded, selected } = counts;
  const { name: kernel, ...parameters } = spec.kernel;
  const settings = Object.entries(parameters).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [
    `${name} ${version}   from ${dataset.name} ${dataset.version}   content ${dataset.contentSha256.slice(0, 12)}`,
    labelled('kernel', [kernel, ...settings, `seed ${seed}`].join(', ')),
    labelled('candidates', `${grouped(candidates.chains)} chains of ${grouped(candidates.questions)} questions`),
    ...leftOut(excluded),
    labelled(
      'chosen',
      `${grouped(selected.chains)} chains (${percent(selected.chains, candidates.chains)}) of ${grouped(selected.questions)} questions, ${grouped(selected.tokens)} tokens`,
    ),
    ...parts(counts),
    ...quotaLines(quotas),
    ...levelsBeforeAfter('CD', histograms.cd),
    ...levelsBeforeAfter('RV', histograms.rv),
    ...(shortfall === null ? [] : ['', ...shortfall.split('\n').map((line) => `missing: ${line}`)]),
  ].join('\n');
}

const labelled = (label: string, text: string): string => `${label.padEnd(COLUMN)}${text}`;

function leftOut({ unscored, notAccepted }: Selection['counts']['excluded']): string[] {
  const reasons = [
    ...(notAccepted > 0 ? [`${grouped(notAccepted)} not accepted`] : []),
    ...(unscored > 0 ? [`${grouped(unscored)} not scored`] : []),
  ];
  return reasons.length === 0 ? [] : [labelled('left out', reasons.join(', '))];
}

/** Sets and splits, where there is more than one. */
function parts({ bySet, bySplit }: Selection['counts']): string[] {
  return [bySet, bySplit].flatMap((groups) => {
    const entries = Object.entries(groups);
    return entries.length < 2
      ? []
      : entries.map(([part, { questions, chains, tokens }]) =>
          labelled(
            `  ${part}`,
            `${grouped(chains)} chains of ${grouped(questions)} questions, ${grouped(tokens)} tokens`,
          ),
        );
  });
}

function quotaLines(quotas: readonly QuotaResult[]): string[] {
  if (quotas.length === 0) return [];
  const rows = [
    ['quota', 'wanted', 'there are', 'chosen', 'missing'],
    ...quotas.map(({ name, wanted, available, selected, missing }) => [
      name,
      ...[wanted, available, selected].map(grouped),
      missing === 0 ? '-' : grouped(missing),
    ]),
  ];
  return ['', ...aligned(rows)];
}

function levelsBeforeAfter(score: string, { before, after }: BeforeAfter<readonly number[]>): string[] {
  if (before.every((count) => count === 0)) return [];
  const left = { head: `${score} before`, levels: before };
  return ['', ...levelsBeside(left, { head: `${score} after`, levels: after }, BAR_CHARACTERS)];
}
