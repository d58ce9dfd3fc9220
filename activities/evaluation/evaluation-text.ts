import { canonicalJson } from '../../config/canonical-json.js';
import { aligned, grouped, oneLine, percent, points } from '../plain-text.js';
import type { EvaluationSummary } from './evaluation-summary.js';
import type { GroupScore } from './scores.js';

/** What a comparison of two models on a benchmark says. */
export interface EvaluationVerdict {
  /** Name of the benchmark. */
  readonly benchmark: string;
  readonly words: string;
}

/** With fewer problems it is said what one of them is worth. */
const FEW_PROBLEMS = 200;
const HEADER = ['model', 'pass@1', '95 % interval', 'majority', 'tokens', 'p90', 'cut', 'unparsed', 'CD'];
const MAJORITY = HEADER.indexOf('majority');
const DIFFICULTY = HEADER.indexOf('CD');

/**
 * Evaluations as plain text: a table for each benchmark, its decoding settings above and the verdicts below. Scores that were asked differently
 * stand in one table with a warning. Pure.
 */
export function evaluationText(
  summaries: readonly EvaluationSummary[],
  verdicts: readonly EvaluationVerdict[] = [],
): string {
  const names = [...new Set(summaries.map(({ benchmark }) => benchmark.name))];
  const tables = names.map((name) => {
    const own = summaries.filter(({ benchmark }) => benchmark.name === name);
    const words = verdicts.filter(({ benchmark }) => benchmark === name).map((verdict) => verdict.words);
    return [...heading(own), ...table(own), ...warnings(own), ...words].join('\n');
  });
  return tables.join('\n\n');
}

function heading(summaries: readonly EvaluationSummary[]): string[] {
  const [first] = summaries;
  if (first === undefined) return [];
  const { benchmark, counts } = first;
  const worth = counts.problems < FEW_PROBLEMS ? `, one is ${(100 / counts.problems).toFixed(1)} points` : '';
  const settings = isSame(summaries) ? [`  ${decodingText(first)}`] : summaries.map(namedDecoding);
  return [`${oneLine(benchmark.title)}: ${problemsText(first)}${worth}`, ...settings];
}

const namedDecoding = (summary: EvaluationSummary): string => `  ${oneLine(summary.model)}: ${decodingText(summary)}`;

/** Another harness says so beside the name of its model. */
const asked = ({ decoding, problemsSha256 }: EvaluationSummary): string => canonicalJson({ decoding, problemsSha256 });

const isSame = (summaries: readonly EvaluationSummary[]): boolean => new Set(summaries.map(asked)).size <= 1;

/** How many problems were asked, and of how many. Pure. */
export function problemsText({ benchmark, counts }: EvaluationSummary): string {
  const of = benchmark.size !== null && benchmark.size !== counts.problems ? ` of ${grouped(benchmark.size)}` : '';
  return `${grouped(counts.problems)}${of} problems`;
}

/** Decoding settings in a line. Pure. */
export function decodingText({ decoding }: EvaluationSummary): string {
  const { sampling, samples, prompt, optionSeed } = decoding;
  const { seed: _seed, chatTemplateKwargs = {}, ...settings } = sampling;
  const named = Object.entries({ ...settings, ...chatTemplateKwargs }).filter(([, value]) => value !== undefined);
  return [
    `${samples} ${samples === 1 ? 'answer' : 'answers'} a problem`,
    ...named.map(([name, value]) => `${name} ${String(value)}`),
    `prompt ${prompt.name} ${prompt.version}`,
    ...(optionSeed === null ? [] : [`options in order ${optionSeed}`]),
  ].join(', ');
}

function table(summaries: readonly EvaluationSummary[]): string[] {
  const hasMajority = summaries.some(({ scores }) => scores.majority !== null);
  const hasDifficulty = summaries.some(({ difficulty }) => difficulty !== null);
  const isShown = (_cell: string, at: number): boolean =>
    (hasMajority || at !== MAJORITY) && (hasDifficulty || at !== DIFFICULTY);
  return indented([HEADER, ...summaries.map(cells)].map((row) => row.filter(isShown)));
}

function cells(summary: EvaluationSummary): string[] {
  const { scores, shares, tokens, counts, difficulty } = summary;
  const { passAt1, majority } = scores;
  return [
    nameOf(summary),
    passAt1 === null ? '-' : points(passAt1.value),
    passAt1 === null ? '-' : intervalText(passAt1.interval),
    majority === null ? '-' : points(majority.value),
    tokens === null ? '-' : grouped(Math.round(tokens.mean)),
    tokens === null ? '-' : grouped(Math.round(tokens.p90)),
    counts.scored === 0 ? '-' : percent(shares.truncated, 1),
    counts.scored === 0 ? '-' : percent(shares.unparsed, 1),
    difficulty?.mean == null ? '-' : difficulty.mean.toFixed(1),
  ];
}

const nameOf = ({ model, harness }: EvaluationSummary): string =>
  harness === 'cotmill' ? oneLine(model) : `${oneLine(model)} (${harness})`;

const intervalText = ({ low, high }: { readonly low: number; readonly high: number }): string =>
  `${points(low)} to ${points(high)}`;

const indented = (rows: readonly (readonly string[])[]): string[] => aligned(rows).map((line) => `  ${line}`.trimEnd());

function warnings(summaries: readonly EvaluationSummary[]): string[] {
  const missing = summaries.flatMap(({ model, counts }) => {
    const { failed, 'not-graded': notGraded } = counts.outcomes;
    const parts = [...(failed > 0 ? [`${failed} failed`] : []), ...(notGraded > 0 ? [`${notGraded} not graded`] : [])];
    return parts.length === 0 ? [] : [`  ${oneLine(model)}: ${parts.join(', ')}; these samples have no score`];
  });
  const unreadable = Math.max(0, ...summaries.map(({ counts }) => counts.unreadable));
  if (unreadable > 0)
    missing.push(`  ${grouped(unreadable)} rows of the benchmark can not be read; they were not asked`);
  return isSame(summaries)
    ? missing
    : [...missing, '  not asked alike (see above), or not the same problems: these scores do not compare'];
}

/** Scores by subject and by level, for one evaluation. Pure. */
export function groupText({ bySubject, byLevel }: EvaluationSummary): string {
  const part = (title: string, groups: readonly GroupScore[]): string[] => {
    const rows = groups.map(({ name, value, interval, problems }) => [
      oneLine(name),
      points(value),
      intervalText(interval),
      grouped(problems),
    ]);
    return groups.length === 0 ? [] : indented([[title, 'pass@1', '95 % interval', 'problems'], ...rows]);
  };
  return [...part('subject', bySubject), ...part('level', byLevel)].join('\n');
}
