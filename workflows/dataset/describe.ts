import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { describeExperiment, gateTable } from '../experiment/describe.js';
import { describeFiles, describeLoop } from '../improve/describe.js';
import type { QuotaProgress } from '../messages.js';
import { describeTrainingSummary } from '../selection/describe.js';
import { finished, type Tally } from '../tally.js';

/** Counts of a shard, data set or run in Markdown, for the UI. */
export function describeTally(tally: Tally, questions: number): string {
  const { spending } = tally;
  return [
    `**${finished(tally)} of ${questions} questions**: ${tally.accepted} accepted, ${tally.rejected} rejected, ${tally.failed} failed`,
    '',
    `calls: ${spending.new} new, ${spending.reused} reused, ${spending.repeated} repeated; cost ${spending.cost.toFixed(4)}`,
  ].join('\n');
}

/** How far the bins of the quotas are, in Markdown, for the UI; nothing of a run without quotas. */
export function describeQuotas(quotas: readonly QuotaProgress[] | undefined): string {
  if (!quotas) return '';
  const filled = quotas.filter(({ wanted, found }) => found >= wanted).length;
  const rows = quotas.map(({ name, wanted, found }) => `| ${name} | ${Math.min(found, wanted)} of ${wanted} |`);
  return ['\n', `**${filled} of ${quotas.length} quotas filled**`, '', '| quota | chains |', '|---|---|', ...rows].join(
    '\n',
  );
}

/** How a run ended, in Markdown, for the UI. */
export function describeRun(summary: RunSummary): string {
  const { dataset, questions, chains, calls, cost, quotas, ended, shortfall, trainingSets = [], gates = [] } = summary;
  const reasons = Object.entries(questions.byReason).map(([reason, count]) => `| ${reason} | ${count} |`);
  return [
    `**${dataset.name} ${dataset.version}** (${dataset.published}): ${questions.accepted} of ${questions.total} questions accepted, ${chains.accepted} chains`,
    '',
    `files: \`${dataset.manifestKey}\`; calls: ${calls.new} new, ${calls.reused} reused, ${calls.repeated} repeated; cost ${cost.toFixed(4)}`,
    ...(quotas ? ['', `quotas: ${ended}${shortfall ? `. ${shortfall}` : ''}`] : []),
    ...trainingSets.flatMap((set) => ['', describeTrainingSummary(set)]),
    ...(summary.experiment ? ['', describeExperiment({ ...summary.experiment, gates: [] })] : []),
    ...(summary.improvement ? ['', describeLoop(summary.improvement), '', describeFiles(summary.improvement)] : []),
    ...gateTable(gates),
    ...(reasons.length > 0 ? ['', '| not accepted because | questions |', '|---|---|', ...reasons] : []),
  ].join('\n');
}
