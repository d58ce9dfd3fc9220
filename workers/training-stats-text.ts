import { grouped, levelsBeside } from '../activities/plain-text.js';
import type { PickCounts, Selection } from '../activities/selection/training-set.js';

const COLUMN = 12;
const BAR_CHARACTERS = 20;

/** What was chosen for a training set, for a terminal of 80 columns. Pure. */
export function trainingStatsText(selection: Selection): string {
  const { name, version, dataset, spec, seed, counts, histograms, quotas, shortfall } = selection;
  const { candidates, excluded, selected } = counts;
  return [
    `${name} ${version}   from ${dataset.name} ${dataset.version}   kernel ${spec.kernel.name}   seed ${seed}`,
    labelled(
      'candidates',
      `${grouped(candidates.chains)} chains of ${grouped(candidates.questions)} questions; left out ${grouped(excluded.unscored)} without scores, ${grouped(excluded.notAccepted)} not accepted`,
    ),
    labelled('chosen', picks(selected)),
    ...parts('sets', counts.bySet),
    ...parts('splits', counts.bySplit),
    ...quotas.map((quota, index) =>
      labelled(
        index === 0 ? 'quotas' : '',
        `${quota.name}: ${grouped(quota.selected)} of ${grouped(quota.wanted)}${quota.missing > 0 ? `, ${grouped(quota.missing)} missing` : ''}`,
      ),
    ),
    ...(shortfall === null ? [] : [labelled('missing', shortfall)]),
    ...beforeAfter('RV', histograms.rv),
    ...beforeAfter('CD', histograms.cd),
  ].join('\n');
}

const labelled = (label: string, text: string): string => `${label.padEnd(COLUMN)}${text}`;

const picks = ({ questions, chains, tokens }: PickCounts): string =>
  `${grouped(chains)} chains of ${grouped(questions)} questions, ${grouped(tokens)} tokens`;

/** One part alone is the whole. */
function parts(label: string, counts: Readonly<Partial<Record<string, PickCounts>>>): string[] {
  const named = Object.entries(counts).flatMap(([name, count]) => (count ? [[name, count] as const] : []));
  if (named.length < 2) return [];
  return named.map(([name, count], index) => labelled(index === 0 ? label : '', `${name}: ${picks(count)}`));
}

function beforeAfter(score: string, { before, after }: Selection['histograms']['rv']): string[] {
  const left = { head: `${score} of the candidates`, levels: before };
  return ['', ...levelsBeside(left, { head: 'chosen', levels: after }, BAR_CHARACTERS)];
}
