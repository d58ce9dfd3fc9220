import type { CardStats } from './card-facts.js';
import { codeBlock, inline, table } from './card-text.js';
import { barLines, levelLines } from '../plain-text.js';
import type { DifficultyCounts } from './stats-histograms.js';

/** RV, CD and length of the accepted chains, and what the critic said before and after the rewriting. */
export function distributions({ histograms, quotas, shortfall }: CardStats): string {
  const { rv, cd, scoring, tokens } = histograms;
  const total = scoring.scored + scoring.unscored + scoring.none;
  const parts = ['## Distributions', `Of the ${total} accepted chains ${scoring.scored} have both scores.`];
  if (scoring.scored > 0) {
    parts.push(
      'Reasoning verbosity (RV):',
      codeBlock(levelLines(rv)),
      'Cognitive difficulty (CD):',
      codeBlock(levelLines(cd)),
    );
    parts.push(
      'RV (columns) by CD (rows):',
      table(['CD', ...rv.map((_, level) => String(level))], jointRows(histograms.rvByCd)),
    );
  }
  if (rated(histograms.ratedBefore) > 0)
    parts.push('Difficulty for the student, over all rated chains:', codeBlock(difficultyLines(histograms)));
  if (tokens) {
    const { p10, p50, p90, p99, max } = tokens;
    parts.push(
      'Length of the accepted chains in tokens:',
      table(['p10', 'median', 'p90', 'p99', 'longest'], [[p10, p50, p90, p99, max]]),
    );
  }
  if (quotas) {
    const rows = quotas.map(({ name, wanted, found, accepted, missing }) => [
      inline(name),
      wanted,
      found,
      accepted,
      missing,
    ]);
    parts.push(
      'Numbers of chains that the recipe asks for:',
      table(['quota', 'wanted', 'found', 'accepted', 'missing'], rows),
    );
    if (shortfall) parts.push(`**Not everything that was asked for could be filled:** ${inline(shortfall)}`);
  }
  return parts.join('\n\n');
}

/** Levels of CD that no chain has are left out. */
const jointRows = (rvByCd: readonly (readonly number[])[]): (string | number)[][] =>
  rvByCd.flatMap((levels, cd) => (levels.some((count) => count > 0) ? [[String(cd), ...levels]] : []));

const rated = ({ easy, medium, hard }: DifficultyCounts): number => easy + medium + hard;

/** The critic's ratings of a kind as lines of bars. */
function difficultyLines({ ratedBefore, ratedAfter }: CardStats['histograms']): string[] {
  const lines = (when: string, { easy, medium, hard }: DifficultyCounts): [string, number][] => [
    [`${when} easy`, easy],
    [`${when} medium`, medium],
    [`${when} hard`, hard],
  ];
  return barLines([...lines('before', ratedBefore), ...lines('after', ratedAfter)]);
}
