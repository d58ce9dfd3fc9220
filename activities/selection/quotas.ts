import { quotaName, quotasOf, type Quota, type TrainingSet } from '../../config/training-set.js';
import type { QuotaResult } from './training-set.js';

/** What a selection fills: a box of scores and domain, and how many chains are wanted of it. */
export interface Bin extends Quota {
  readonly name: string;
}

/** Bins of a training set, and how many chains of no bin are wanted. */
export interface BinPlan {
  readonly bins: readonly Bin[];
  /** undefined: none. Infinity: all that may be drawn. */
  readonly rest: { readonly name: string; readonly chains: number } | undefined;
}

/** Quotas as they were asked for, the bins of the kernel `bins`, and rows without a quota as one more bin. */
export function binPlan(set: TrainingSet): BinPlan {
  const { kernel, rows } = set;
  const quotas = quotasOf(set) ?? [];
  if (kernel.name === 'bins') return { bins: kernelBins(kernel), rest: undefined };
  const bins = quotas.map((quota) => ({ ...quota, name: quotaName(quota) }));
  if (rows === undefined) {
    const rest = bins.length === 0 ? { name: 'all', chains: Number.POSITIVE_INFINITY } : undefined;
    return { bins, rest };
  }
  const chains = rows - bins.reduce((sum, bin) => sum + bin.chains, 0);
  return { bins, rest: { name: bins.length === 0 ? 'rows' : 'rows beside the quotas', chains } };
}

function kernelBins({ edges, perBin }: Extract<TrainingSet['kernel'], { readonly name: 'bins' }>): Bin[] {
  return edges.slice(0, -1).map((low, index) => {
    const cd: [number, number] = [low, (edges[index + 1] ?? 0) - 1];
    const chains = Array.isArray(perBin) ? (perBin[index] ?? 0) : perBin;
    return { name: quotaName({ cd, chains }), cd, chains };
  });
}

/** DuckDB expression over rv, cd and domain: number of the bin of a row; the one after the last for the rest; -1 for a row of no bin. */
export function binSql({ bins, rest }: BinPlan): string {
  const cases = bins.map((bin, index) => `WHEN ${conditionSql(bin)} THEN ${index}`);
  const otherwise = rest ? bins.length : -1;
  return cases.length === 0 ? String(otherwise) : `CASE ${cases.join(' ')} ELSE ${otherwise} END`;
}

function conditionSql({ cd, rv, domain }: Quota): string {
  const between = (column: string, bounds: readonly [number, number] | undefined): string[] =>
    bounds ? [`${column} BETWEEN ${bounds[0]} AND ${bounds[1]}`] : [];
  const conditions = [...between('cd', cd), ...between('rv', rv), ...(domain === undefined ? [] : [equals(domain)])];
  return conditions.join(' AND ') || 'true';
}

const equals = (domain: string): string => `domain = '${domain.replaceAll("'", "''")}'`;

/** Chains wanted of each bin, the rest last. */
export const wantedOf = ({ bins, rest }: BinPlan): number[] => [
  ...bins.map(({ chains }) => chains),
  ...(rest ? [rest.chains] : []),
];

/** How the bins were met; nothing for a rest of which all was wanted, since nothing exact was asked for. */
export function quotaResults(
  { bins, rest }: BinPlan,
  counts: { readonly selected: readonly number[]; readonly available: readonly number[] },
): QuotaResult[] {
  return [...bins, ...(rest ? [rest] : [])].flatMap(({ name, chains: wanted }, index) => {
    if (!Number.isFinite(wanted)) return [];
    const selected = counts.selected[index] ?? 0;
    return [{ name, wanted, available: counts.available[index] ?? 0, selected, missing: wanted - selected }];
  });
}

/** What the data could not fill and what to build more of, for people; null: nothing is missing. `questions`: accepted ones with candidates. */
export function shortfallText(quotas: readonly QuotaResult[], questions: number, what = 'chains'): string | null {
  const short = quotas.filter(({ missing }) => missing > 0);
  if (short.length === 0) return null;
  return short.map((quota) => `${missingText(quota, what)} ${adviceText(quota, questions)}`).join('\n');
}

const missingText = ({ name, wanted, available, selected, missing }: QuotaResult, what: string): string =>
  `"${name}": ${count(wanted)} ${what} wanted, ${count(selected)} found, ${count(missing)} missing${available > selected ? ` (${count(available)} fit, but other quotas need the chains of their questions)` : ''}.`;

/** At the rate of this data set: how many more questions like these would do? */
function adviceText({ available, selected, missing }: QuotaResult, questions: number): string {
  if (available > selected) return 'Raise chainsPerQuestion, ask for less elsewhere, or build more questions.';
  if (available === 0)
    return 'The data set has none: build from harder, easier or other sources that give such chains.';
  const perQuestion = available / questions;
  return `The data set has ${perQuestion.toPrecision(2)} a question: about ${count(Math.ceil(missing / perQuestion))} more accepted questions like these would fill it.`;
}

const count = (number: number): string => number.toLocaleString('en-US');
