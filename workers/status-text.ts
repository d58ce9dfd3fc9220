import type { RunSummary } from '../activities/dataset/run-summary.js';
import type { ExperimentSummary, GateResult } from '../activities/experiment/experiment-summary.js';
import { points } from '../activities/plain-text.js';
import type { TrainingSummary } from '../activities/selection/training-summary.js';
import type { QuotaProgress } from '../workflows/messages.js';
import { finished } from '../workflows/tally.js';
import type { PoolTotals } from './pool-status.js';
import { improvementLines, improvementResultLines, improvementWords } from './improvement-text.js';
import type { RunStatus } from './run-client.js';
import { taskLines, taskWords, timeText } from './task-progress.js';

/** Speed between two readings of a run. */
export interface Rates {
  readonly questionsPerSecond: number;
  readonly callsPerSecond: number;
  readonly tokensPerSecond: number;
}

/** Rates from two readings `seconds` apart; all 0 for a first one. */
export function ratesBetween(earlier: RunStatus | undefined, later: RunStatus, seconds: number): Rates {
  if (!earlier || seconds <= 0) return { questionsPerSecond: 0, callsPerSecond: 0, tokensPerSecond: 0 };
  const tokens = ({ tally: { spending } }: RunStatus): number => spending.inputTokens + spending.outputTokens;
  const calls = ({ tally: { spending } }: RunStatus): number => spending.new + spending.repeated;
  const rate = (of: (status: RunStatus) => number): number => Math.max(0, (of(later) - of(earlier)) / seconds);
  return {
    questionsPerSecond: rate(({ tally }) => finished(tally)),
    callsPerSecond: rate(calls),
    tokensPerSecond: rate(tokens),
  };
}

/** One line, for logs and pipes. */
export function statusLine(status: RunStatus, rates: Rates): string {
  const { tally, questions, phase } = status;
  return [
    `${status.run}: ${status.state === 'running' ? (status.paused ? `${phase} (paused)` : phase) : status.state}`,
    `${finished(tally)}/${questions} questions`,
    `${tally.accepted} accepted, ${tally.rejected} rejected, ${tally.failed} failed`,
    ...(status.quotas ? [`quotas ${quotaWords(status.quotas)}`] : []),
    ...experimentWords(status.experiment),
    ...improvementWords(status),
    `${tally.spending.new} new calls, ${tally.spending.reused} reused`,
    `${rates.callsPerSecond.toFixed(1)} calls/s, ${Math.round(rates.tokensPerSecond)} tokens/s`,
    `cost ${tally.spending.cost.toFixed(4)}`,
    ...status.pools.map(poolWords),
    ...(status.note ? [status.note] : []),
  ]
    .map(plain)
    .join(' | ');
}

/** The screen of a run: a block of lines for a terminal. */
export function statusScreen(status: RunStatus, rates: Rates, width = 80): string {
  const { tally, questions } = status;
  const done = finished(tally);
  const share = questions === 0 ? 0 : done / questions;
  const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.');
  // Quotas end a run before its questions do: nobody can say when.
  const costs = share === 0 || status.quotas ? '' : `, expected ${(tally.spending.cost / share).toFixed(4)}`;
  const lines = [
    `${status.run}  ${status.state}  phase: ${status.phase}${status.paused ? ' (paused)' : ''}`,
    `[${bar}] ${done} of ${questions} questions${atWork(status, rates)}`,
    `accepted ${tally.accepted}   rejected ${tally.rejected}   failed ${tally.failed}`,
    ...(status.quotas ? [`quotas   ${quotaWords(status.quotas)}`] : []),
    `calls    ${tally.spending.new} new, ${tally.spending.reused} reused, ${tally.spending.repeated} repeated   ${rates.callsPerSecond.toFixed(1)}/s`,
    `tokens   ${tally.spending.inputTokens} in, ${tally.spending.outputTokens} out   ${Math.round(rates.tokensPerSecond)}/s`,
    `cost     ${tally.spending.cost.toFixed(4)}${costs}`,
    ...experimentLines(status.experiment),
    ...improvementLines(status),
    ...status.pools.map(poolLine),
    ...(status.note ? [status.note] : []),
  ];
  return lines.map((line) => plain(line).slice(0, width)).join('\n');
}

/** One line: how many are done, and those at work. */
function experimentWords(experiment: RunStatus['experiment']): string[] {
  if (!experiment) return [];
  const { students, evaluations, running, notes, failed } = experiment;
  return [
    `students ${students.done}/${students.total}, evaluations ${evaluations.done}/${evaluations.total}`,
    ...running.map((task) => taskWords(task, notes)),
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
  ];
}

function experimentLines(experiment: RunStatus['experiment']): string[] {
  if (!experiment) return [];
  const { students, evaluations, running, notes, failed } = experiment;
  return [
    `students ${students.done} of ${students.total} trained   evaluations ${evaluations.done} of ${evaluations.total} done`,
    ...taskLines(running, notes),
    ...(failed.length > 0 ? [`without a result: ${failed.join(', ')}`] : []),
  ];
}

function poolLine({ pool, inFlight, limit, waiting, refusals, errors, healthy, lastError }: PoolTotals): string {
  return [
    `pool     ${pool}: ${inFlight} in flight of ${limit}`,
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(refusals > 0 ? [`${refusals} refused`] : []),
    ...(errors > 0 ? [`${errors} errors`] : []),
    ...(healthy ? [] : [`out: ${lastError ?? 'no answer'}`]),
  ].join(', ');
}

const poolWords = ({ pool, inFlight, limit, healthy, lastError }: PoolTotals): string =>
  healthy ? `${pool} ${inFlight}/${limit}` : `${pool} out (${lastError ?? 'no answer'})`;

/** Messages of servers may hold what moves a terminal's cursor. */
const plain = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

function atWork(status: RunStatus, rates: Rates): string {
  const { state, tally, questions, questionsInFlight, concurrency } = status;
  if (state !== 'running') return '';
  const inFlight = `, ${questionsInFlight} in flight of ${concurrency}`;
  if (rates.questionsPerSecond === 0 || status.quotas) return inFlight;
  const seconds = Math.round((questions - finished(tally)) / rates.questionsPerSecond);
  return `${inFlight}, ${timeText(seconds)} left`;
}

/** Quotas that a line of text names; the others are counted. */
const SHOWN_QUOTAS = 6;

/** `1 of 3 filled: cd 4-6 20/500, cd 7-9 0/100`: the quotas that want more. */
function quotaWords(quotas: readonly QuotaProgress[]): string {
  const open = quotas.filter(({ wanted, found }) => found < wanted);
  const shown = open.slice(0, SHOWN_QUOTAS).map(({ name, wanted, found }) => `${name} ${found}/${wanted}`);
  const more = open.length > shown.length ? [`${open.length - shown.length} more`] : [];
  const words = `${quotas.length - open.length} of ${quotas.length} filled`;
  return open.length === 0 ? words : `${words}: ${[...shown, ...more].join(', ')}`;
}

/** How a run ended, or that it has not; also one without a summary. */
export function endText({ run, state, note, summary }: Pick<RunStatus, 'run' | 'state' | 'note' | 'summary'>): string {
  if (summary) return summaryText(summary);
  return state === 'running' ? `run ${run} is still at work` : `run ${run} ${state}: ${note ?? ''}`;
}

/** How a run ended: every question and chain by what became of it. */
export function summaryText(summary: RunSummary): string {
  const { dataset, questions, chains, calls, tokens, trainingSets = [], experiment, improvement, gates = [] } = summary;
  return [
    `data set ${dataset.name} ${dataset.version} (${dataset.published === 'new' ? 'published' : 'unchanged'}): ${dataset.manifestKey}`,
    `questions ${questions.total}: ${questions.accepted} accepted, ${questions.rejected} rejected, ${questions.failed} failed${reasons(questions.byReason)}`,
    `chains    ${chains.total}: ${chains.accepted} accepted, ${chains.rejected} rejected, ${chains.failed} failed${reasons(chains.byReason)}`,
    ...quotaLines(summary),
    `calls     ${calls.new} new, ${calls.reused} reused, ${calls.repeated} repeated`,
    `tokens    ${tokens.input} in, ${tokens.output} out; cost ${summary.cost.toFixed(4)}`,
    ...trainingSets.map(trainingText),
    ...(experiment ? experimentResultLines(experiment) : []),
    ...(improvement ? improvementResultLines(improvement) : []),
    ...gateLines(gates),
  ].join('\n');
}

/** Students and scores, a line each; the whole table lies in the store. */
function experimentResultLines({ students, evaluations, comparisons, tableKey }: ExperimentSummary): string[] {
  const scores = evaluations.map(({ evaluation, model, passAt1, meanTokens, calls }) => {
    const baseline = comparisons.find((each) => each.evaluation === evaluation)?.baseline;
    const own = comparisons.find(
      (each) => each.evaluation === evaluation && each.model === model && each.baseline === baseline,
    );
    const score = passAt1 ? `${points(passAt1.value)} (${points(passAt1.low)} to ${points(passAt1.high)})` : 'no score';
    const noise = own ? `, ${own.isLargerThanNoise ? 'larger than' : 'within'} noise of ${own.baseline}` : '';
    const length = meanTokens === null ? '' : `, ${Math.round(meanTokens)} tokens`;
    return `score     ${evaluation} ${model}: ${score}${noise}${length}; calls ${calls.new} new, ${calls.reused} reused`;
  });
  return [
    ...students.map(
      ({ name, version, method, base, result, published }) =>
        `student   ${name} ${version} (${published === 'new' ? 'trained' : 'trained before'}): ${method} of ${base}, ${result.steps} steps, loss ${result.loss?.toFixed(3) ?? '-'}`,
    ),
    ...scores,
    ...(tableKey === null ? [] : [`table     ${tableKey}`]),
  ];
}

/** The gates as a table: whether each was reached, what it asks for, what was found. */
export function gateLines(gates: readonly GateResult[]): string[] {
  const width = Math.max(0, ...gates.map(({ gate }) => gate.length));
  const missed = gates.filter(({ passed }) => !passed).length;
  return gates.length === 0
    ? []
    : [
        `gates     ${missed === 0 ? `all ${gates.length} passed` : `${missed} of ${gates.length} missed`}`,
        ...gates.map(({ gate, passed, found }) => `  ${passed ? 'passed' : 'MISSED'}  ${gate.padEnd(width)}  ${found}`),
      ];
}

/** One training set as lines: what it has, where it is, and what it lacks. */
export function trainingText(set: TrainingSummary): string {
  const heldOut = set.heldOut > 0 ? `, ${set.heldOut} of them held out` : '';
  return [
    `training set ${set.name} ${set.version} (${set.published === 'new' ? 'published' : 'unchanged'}): ${set.manifestKey}`,
    `          ${set.chains} chains of ${set.candidates.chains} for ${set.questions} questions, ${set.tokens} tokens${heldOut}`,
    ...(set.shortfall === null ? [] : set.shortfall.split('\n').map((line) => `missing   ${line}`)),
  ].join('\n');
}

function quotaLines({ quotas, ended, shortfall, beyond }: RunSummary): string[] {
  if (!quotas) return [];
  const full = quotas.filter(({ missing }) => missing === 0).length;
  return [
    `quotas    ${full} of ${quotas.length} filled (${ended}): ${quotas.map(({ name, accepted, wanted }) => `${name} ${accepted}/${wanted}`).join(', ')}`,
    ...(shortfall ? [`missing   ${shortfall}`] : []),
    ...(beyond
      ? [
          `beyond    ${beyond.questions} questions were at work when the last quota was filled: ${beyond.calls} new calls, cost ${beyond.cost.toFixed(4)}; not in the data set`,
        ]
      : []),
  ];
}

function reasons(byReason: Readonly<Record<string, number>>): string {
  const lines = Object.entries(byReason).sort(([, a], [, b]) => b - a);
  return lines.length === 0 ? '' : ` (${lines.map(([reason, count]) => `${reason} ${count}`).join(', ')})`;
}
