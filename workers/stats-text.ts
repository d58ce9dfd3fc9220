import type { DatasetStats } from '../activities/dataset/assemble-summary.js';
import { grouped, levelsBeside, percent } from '../activities/plain-text.js';
import type { DifficultyCounts } from '../activities/dataset/stats-histograms.js';
import type { OutcomeCounts } from '../activities/dataset/stats.js';

/** Versions from before sources were counted have no `plan`. */
export type ShownStats = Omit<DatasetStats, 'plan'> & Partial<Pick<DatasetStats, 'plan'>>;

const COLUMN = 12;
const BAR_CHARACTERS = 24;

/** The statistics of a version for a terminal of 80 columns: funnel, reasons, scores, tokens and cost. Pure. */
export function statsText(stats: ShownStats): string {
  const { questions, chains, histograms } = stats;
  return [
    `${stats.name} ${stats.version}   recipe ${stats.fingerprint.slice(0, 12)}   plan ${stats.planId}`,
    ...sourceLines(stats),
    labelled('questions', outcomes(questions)),
    ...reasons(questions.byReason),
    labelled('chains', outcomes(chains)),
    ...reasons(chains.byReason),
    ...teacherLines(chains.byTeacher),
    labelled('kept text', counts(chains.acceptedByRevision) || '-'),
    ...difficultyLines(histograms),
    ...(histograms.tokens
      ? [
          labelled(
            'tokens',
            `p10 ${grouped(histograms.tokens.p10)}, median ${grouped(histograms.tokens.p50)}, p90 ${grouped(histograms.tokens.p90)}, longest ${grouped(histograms.tokens.max)} an accepted chain`,
          ),
        ]
      : []),
    ...scoreLines(histograms),
    '',
    ...usageLines(stats.usage.byRole),
  ].join('\n');
}

const labelled = (label: string, text: string): string => `${label.padEnd(COLUMN)}${text}`;
const below = (text: string): string => labelled('', text);

function sourceLines({ plan }: ShownStats): string[] {
  const lines = (plan?.sources ?? []).map((source) => {
    const losses = (
      [
        ['passed over', source.passedOver ?? 0],
        ['broken', source.badRows],
        ['duplicates', source.duplicates],
        ['near duplicates', source.nearDuplicates],
        ['near a benchmark', source.contaminated],
        ['not needed', source.notNeeded],
      ] as const
    ).flatMap(([what, count]) => (count > 0 ? [`${grouped(count)} ${what}`] : []));
    const lost = losses.length > 0 ? `; ${losses.join(', ')}` : '';
    return `${source.name}: ${grouped(source.rows)} rows, ${grouped(source.accepted)} questions${lost}`;
  });
  return lines.map((line, index) => (index === 0 ? labelled('sources', line) : below(line)));
}

const outcomes = ({ total, accepted, rejected, failed }: OutcomeCounts): string =>
  `${grouped(total)}: ${grouped(accepted)} accepted (${percent(accepted, total)}), ${grouped(rejected)} rejected, ${grouped(failed)} failed`;

const reasons = (byReason: Readonly<Record<string, number>>): string[] =>
  Object.entries(byReason)
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .map(([reason, count]) => below(`${grouped(count).padStart(9)}  ${reason}`));

const counts = (named: Readonly<Record<string, number>>): string =>
  Object.entries(named)
    .map(([name, count]) => `${name} ${grouped(count)}`)
    .join(', ');

const teacherLines = (byTeacher: Readonly<Record<string, OutcomeCounts>>): string[] =>
  Object.entries(byTeacher).map(([name, { total, accepted }], index) =>
    (index === 0 ? (text: string) => labelled('teachers', text) : below)(
      `${name}: ${grouped(accepted)} of ${grouped(total)} accepted (${percent(accepted, total)})`,
    ),
  );

function difficultyLines({ ratedBefore, ratedAfter }: DatasetStats['histograms']): string[] {
  const rated = ({ easy, medium, hard }: DifficultyCounts): string =>
    `easy ${grouped(easy)}, medium ${grouped(medium)}, hard ${grouped(hard)}`;
  const isRated = ratedBefore.easy + ratedBefore.medium + ratedBefore.hard > 0;
  return isRated ? [labelled('difficulty', `before ${rated(ratedBefore)}`), below(`after  ${rated(ratedAfter)}`)] : [];
}

/** RV and CD of the accepted chains beside each other. */
function scoreLines({ rv, cd, scoring }: DatasetStats['histograms']): string[] {
  if (scoring.scored === 0) return [];
  return ['', ...levelsBeside({ head: 'RV', levels: rv }, { head: 'CD', levels: cd }, BAR_CHARACTERS)];
}

/** Of every call behind the rows, whoever paid for it. */
function usageLines(byRole: DatasetStats['usage']['byRole']): string[] {
  const rows = Object.entries(byRole).map(([role, usage]) => [
    role,
    grouped(usage.calls),
    grouped(usage.inputTokens),
    grouped(usage.outputTokens),
    usage.cost.toFixed(4),
  ]);
  const sum = (of: (usage: DatasetStats['usage']['byRole'][string]) => number): number =>
    Object.values(byRole).reduce((total, usage) => total + of(usage), 0);
  const total = [
    'all',
    grouped(sum(({ calls }) => calls)),
    grouped(sum(({ inputTokens }) => inputTokens)),
    grouped(sum(({ outputTokens }) => outputTokens)),
    sum(({ cost }) => cost).toFixed(4),
  ];
  return [['role', 'calls', 'tokens in', 'tokens out', 'cost'], ...rows, total].map(
    ([role = '', ...numbers]) => `${role.padEnd(COLUMN)}${numbers.map((number) => number.padStart(14)).join('')}`,
  );
}
