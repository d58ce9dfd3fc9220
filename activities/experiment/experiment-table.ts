import { decodingText, problemsText } from '../evaluation/evaluation-text.js';
import { comparisonWords } from '../evaluation/paired.js';
import { aligned, grouped, oneLine, percent, points, signedPoints } from '../plain-text.js';
import type { EvaluatedOnce, ExperimentRecord } from './experiment-record.js';
import type { Comparison } from './experiment-summary.js';

/** A part of the report: a table, with lines above and below it. */
interface Section {
  readonly title: string;
  readonly above: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly below: readonly string[];
}

/** The results of an experiment as Markdown. Pure. */
export function experimentMarkdown(record: ExperimentRecord): string {
  const parts = sections(record).flatMap(({ title, above, rows, below }) => [
    `## ${title}`,
    ...(above.length > 0 ? [above.join('\n')] : []),
    ...(rows.length > 0 ? [markdownTable(rows)] : []),
    ...(below.length > 0 ? [below.map((line) => `- ${line}`).join('\n')] : []),
  ]);
  return `${[`# ${title(record)}`, ...parts].join('\n\n')}\n`;
}

/** The same as plain text with aligned columns. Pure. */
export function experimentText(record: ExperimentRecord): string {
  const parts = sections(record).map(({ title, above, rows, below }) =>
    [title, ...indent(above), ...indent(aligned(rows)), ...indent(below)].join('\n'),
  );
  return parts.join('\n\n');
}

const title = ({ run, dataset }: ExperimentRecord): string => `${run}: ${dataset.name} ${dataset.version}`;

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`.trimEnd());

function markdownTable([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = header.map((_cell, at) => (at === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

function sections(record: ExperimentRecord): Section[] {
  const evaluations = [...new Set(record.evaluations.map(({ result }) => result.evaluation))];
  return [
    ...evaluations.map((evaluation) => evaluationSection(record, evaluation)),
    ...(record.students.length > 0 ? [trainingSection(record)] : []),
    ...(record.gates.length > 0 ? [gateSection(record)] : []),
    ...(record.failed.length > 0 ? [failedSection(record)] : []),
  ];
}

/** A column: its head, and its cell for a model; one that says nothing of any model is left out. */
type Column = readonly [head: string, cell: (one: EvaluatedOnce) => string];
const NOTHING = '-';

function evaluationSection(record: ExperimentRecord, evaluation: string): Section {
  const own = record.evaluations.filter(({ result }) => result.evaluation === evaluation);
  const comparisons = record.comparisons.filter((each) => each.evaluation === evaluation);
  const columns = resultColumns(comparisons).filter(
    ([head, cell], at) => at < 3 || own.some((one) => ![NOTHING, ''].includes(cell(one))) || head === 'tokens',
  );
  return {
    title: `${evaluation}${own[0] ? `: ${oneLine(own[0].summary.benchmark.title)}, ${problemsText(own[0].summary)}` : ''}`,
    above: settingLines(own),
    rows: [columns.map(([head]) => head), ...own.map((one) => columns.map(([, cell]) => cell(one)))],
    below: comparisons.map(differenceWords),
  };
}

function resultColumns(comparisons: readonly Comparison[]): Column[] {
  const baseline = comparisons[0]?.baseline;
  const against = ({ result }: EvaluatedOnce): Comparison | undefined =>
    comparisons.find((each) => each.model === result.model && each.baseline === baseline);
  const score = ({ result }: EvaluatedOnce) => result.passAt1;
  return [
    ['model', ({ result }) => result.model],
    ['pass@1', (one) => figure(score(one)?.value, points)],
    ['95 % interval', (one) => rangeText(score(one))],
    [
      `to ${baseline ?? 'baseline'}`,
      (one) => figure(against(one), ({ difference }) => `${signedPoints(difference.value)} (${bounds(difference)})`),
    ],
    ['larger than noise', (one) => figure(against(one), verdict)],
    ['majority', ({ summary }) => figure(summary.scores.majority?.value, points)],
    ['tokens', ({ result }) => figure(result.meanTokens, (mean) => grouped(Math.round(mean)))],
    ['cut', ({ summary, result }) => (result.scored === 0 ? NOTHING : percent(summary.shares.truncated, 1))],
    ['unparsed', ({ summary, result }) => (result.scored === 0 ? NOTHING : percent(summary.shares.unparsed, 1))],
    ['CD', ({ result }) => figure(result.meanDifficulty, (mean) => mean.toFixed(2))],
    ['lm_eval', ({ result }) => figure(result.secondOpinion?.value, points)],
    ['calls', ({ result }) => `${result.calls.new} new, ${result.calls.reused} reused`],
  ];
}

const figure = <Value>(value: Value | null | undefined, text: (value: Value) => string): string =>
  value === null || value === undefined ? NOTHING : text(value);

const verdict = ({ isLargerThanNoise, difference }: Comparison): string =>
  isLargerThanNoise ? (difference.value > 0 ? 'yes, better' : 'yes, worse') : 'no';

type Range = { readonly low: number; readonly high: number };
const rangeText = (range: Range | null): string =>
  figure(range, ({ low, high }) => `${points(low)} to ${points(high)}`);
const bounds = ({ low, high }: Range): string => `${signedPoints(low)} to ${signedPoints(high)}`;

/** Decoding settings, once where they are the same for all. */
function settingLines(all: readonly EvaluatedOnce[]): string[] {
  const lines = all.map(({ summary }) => decodingText(summary));
  const problems = new Set(all.map(({ summary }) => summary.problemsSha256));
  const settings =
    new Set(lines).size <= 1 ? lines.slice(0, 1) : lines.map((line, at) => `${all[at]?.result.model}: ${line}`);
  return problems.size <= 1
    ? settings
    : [...settings, 'NOT the same problems for all: only the differences below are over the same ones'];
}

/** A difference in plain words. */
export function differenceWords({ model, baseline, difference, pValue, ...comparison }: Comparison): string {
  const { problems, visible, isLargerThanNoise } = comparison;
  const { value, low, high } = difference;
  const side = value > 0 ? 'higher' : 'lower';
  const verdict = problems === 0 ? 'not-comparable' : isLargerThanNoise ? side : 'within-noise';
  const figures = { problems, difference: value, low, high, p: pValue, visible, verdict } as const;
  return comparisonWords(figures, { first: baseline, second: model });
}

function trainingSection({ students }: ExperimentRecord): Section {
  const head = ['student', 'method', 'from', 'training set', 'rows', 'steps', 'tokens', 'loss', 'seconds', 'trained'];
  const rows = students.map(({ name, version, method, base, training, result, published }) => [
    `${name} ${version}`,
    method,
    base,
    `${training.name} ${training.version}, ${training.view}`,
    grouped(result.rows),
    grouped(result.steps),
    grouped(result.tokens),
    figure(result.loss, (loss) => loss.toFixed(3)),
    grouped(Math.round(result.seconds)),
    published === 'new' ? 'now' : 'before',
  ]);
  return { title: 'trainings', above: [], rows: [head, ...rows], below: [] };
}

const gateSection = ({ gates }: ExperimentRecord): Section => ({
  title: 'gates',
  above: [],
  rows: [],
  below: gates.map(({ gate, passed, found }) => `${passed ? 'passed' : 'MISSED'}  ${gate}: ${oneLine(found)}`),
});

const failedSection = ({ failed }: ExperimentRecord): Section => ({
  title: 'without a result',
  above: [],
  rows: [],
  below: failed.map(({ id, reason }) => `${id}: ${oneLine(reason)}`),
});
