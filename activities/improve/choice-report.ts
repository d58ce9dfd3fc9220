import type { DpoChoice, SftChoice } from './choose-chains.js';
import type { LeftOutByReason } from './explored.js';
import type { RoundInput } from './round-plan.js';

/** How many of the chosen ones are shown; all stand in the JSON beside the report. */
const SHOWN = 20;

/** What a round chose, and why the rest was not chosen, for people. Ids lead to the texts: `cotmill inspect`. Pure. */
export function choiceReport(
  { round, current, run }: Pick<RoundInput, 'round' | 'current' | 'run'>,
  choice: SftChoice | DpoChoice,
  exploreRun: string,
): string {
  const { questions, rollouts, right, passRate, hardLeft } = choice;
  const rate = passRate === null ? '' : `, pass rate ${(100 * passRate).toFixed(1)} %`;
  return [
    `# Round ${round} of ${run}`,
    '',
    `${current.name} ${current.version} explored ${questions} questions with ${rollouts} rollouts: ${right} right${rate}.`,
    `${hardLeft} hard questions are left of which nothing was learnt. A question and its rollouts: \`cotmill inspect ${exploreRun} --question <id>\`.`,
    '',
    ...(choice.variant === 'sft' ? chosenChains(choice) : chosenPairs(choice)),
    ...leftOut('Questions that give nothing', choice.questionsLeftOut),
    ...leftOut('Rollouts of hard questions that are not learnt', choice.chainsLeftOut),
    '',
  ].join('\n');
}

function chosenChains({ chains, perplexity }: SftChoice): string[] {
  const band = perplexity
    ? `, perplexity ${perplexity.low.toFixed(3)} to ${perplexity.high.toFixed(3)} (a band of quantiles)`
    : '';
  return [
    `## ${chains.length} chains to learn${band}`,
    '',
    '| question | chain | tokens | perplexity |',
    '|---|---|---|---|',
    ...chains
      .slice(0, SHOWN)
      .map((one) => `| ${one.questionId} | ${one.chainIndex} | ${one.tokens ?? '-'} | ${one.perplexity.toFixed(3)} |`),
    ...more(chains.length),
  ];
}

function chosenPairs({ pairs }: DpoChoice): string[] {
  return [
    `## ${pairs.length} pairs to learn`,
    '',
    '| question | better: chain | perplexity | worse: chain | perplexity |',
    '|---|---|---|---|---|',
    ...pairs
      .slice(0, SHOWN)
      .map(
        ({ questionId, chosen, rejected }) =>
          `| ${questionId} | ${chosen.chainIndex} | ${chosen.perplexity.toFixed(3)} | ${rejected.chainIndex} | ${rejected.perplexity.toFixed(3)} |`,
      ),
    ...more(pairs.length),
  ];
}

const more = (count: number): string[] => (count > SHOWN ? ['', `and ${count - SHOWN} more`] : []);

function leftOut(title: string, reasons: LeftOutByReason<string>): string[] {
  const rows = Object.entries(reasons).map(
    ([reason, entry]) => `| ${reason} | ${entry?.count ?? 0} | ${entry?.examples.join(' ') ?? ''} |`,
  );
  return rows.length === 0 ? [] : ['', `## ${title}`, '', '| reason | number | such as |', '|---|---|---|', ...rows];
}
