import { explainChain, explainQuestion } from '../activities/report/explain.js';
import type {
  CallStep,
  ChainDetail,
  QuestionDetail,
  RevisionStep,
  Settings,
  ShownText,
} from '../activities/report/page-data.js';
import { table } from './charts.js';
import { diffView } from './diff-view.js';
import { element, on, type Child } from './dom.js';
import { figure, level, money, number } from './format.js';
import { mathText } from './math.js';

/** One question with everything that is known of it: why it is in or out first. */
export function questionView(
  question: QuestionDetail,
  settings: Settings,
  focusChain: number | undefined,
): HTMLElement {
  const { id, outcome, reason, chains, trail } = question;
  return element(
    'article',
    { class: 'question', 'aria-labelledby': 'question-title' },
    element(
      'header',
      {},
      element('h2', { id: 'question-title', tabindex: -1 }, 'Question ', element('code', {}, id.slice(0, 12))),
      badge(outcome, reason),
    ),
    element('p', { class: `why ${outcome}`, id: 'why' }, explainQuestion(question, settings)),
    element('h3', {}, 'Text'),
    textBlock(question.question),
    element('h3', {}, 'Reference answer'),
    question.answer === null
      ? element('p', { class: 'note' }, 'none')
      : element('p', { class: 'text' }, mathText(question.answer)),
    facts(question),
    pairViews(question),
    element('h3', {}, `Chains (${chains.length})`),
    chains.map((chain) => chainView(chain, { question, settings, isOpen: opens(chain, question, focusChain) })),
    trail === null ? element('p', { class: 'note' }, elsewhere(question)) : callsView(trail.calls),
  );
}

/** The chain that was asked for, else the first one that is learnt, else the first one. Pairs are open by themselves. */
function opens(chain: ChainDetail, { chains, learning }: QuestionDetail, focus: number | undefined): boolean {
  if (focus !== undefined) return chain.index === focus;
  if (learning && learning.pairs.length > 0) return false;
  const chosen = learning && chains.find(({ outcome }) => outcome === 'accepted');
  return chain === (chosen ?? chains[0]);
}

/** Where what is not shown can be seen. */
function elsewhere({ id, learning }: QuestionDetail): Child[] {
  if (!learning) return ['The journal of the run is not at hand, so single calls are not listed.'];
  const command = `cotmill inspect ${learning.run} --question ${id.replace(/-r\d+$/, '')}`;
  return ['Every rollout with its whole text and its calls: ', element('code', {}, command)];
}

export const badge = (outcome: string, reason: string | null): HTMLElement =>
  element('span', { class: `badge ${outcome}` }, reason ?? outcome);

function facts(question: QuestionDetail): HTMLElement {
  const { source, sourcePath, sourceRow, sourceRowId, licence, domain, calls, inputTokens, outputTokens, cost } =
    question;
  const entries: readonly [string, string][] = [
    ['Source', `${source}, ${sourcePath} row ${sourceRow}${sourceRowId === null ? '' : ` (${sourceRowId})`}`],
    ['Domain', domain ?? '-'],
    ['Licence', licence ?? 'not stated'],
    ['Spent', `${number(calls)} calls, ${number(inputTokens)} + ${number(outputTokens)} tokens, cost ${money(cost)}`],
  ];
  return element(
    'dl',
    { class: 'facts' },
    entries.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

interface ChainContext {
  readonly question: QuestionDetail;
  readonly settings: Settings;
  readonly isOpen: boolean;
}

function chainView(chain: ChainDetail, { question, settings, isOpen }: ChainContext): HTMLElement {
  const steps = question.trail?.revisions.filter((step) => step.chain === chain.index) ?? [];
  const body = element('div', { class: 'chain-body' });
  const details = element(
    'details',
    { class: 'chain', open: isOpen, 'data-chain': chain.index },
    element(
      'summary',
      {},
      element('span', { class: 'chain-name' }, `Chain ${chain.index}, ${chain.teacher}`),
      badge(chain.outcome, chain.reason),
      chain.rv === null && chain.cd === null
        ? null
        : element('span', { class: 'scores' }, `RV ${level(chain.rv)}  CD ${level(chain.cd)}`),
      chain.learning ? element('span', { class: 'scores' }, rolloutScores(chain)) : null,
      chain.picked.map((place) => element('span', { class: 'badge picked' }, `selected: ${place}`)),
    ),
    body,
  );
  // Texts are long: those of a closed chain are laid out when it is opened.
  const show = (): void => {
    if (!details.open || body.hasChildNodes()) return;
    body.append(...chainParts(chain, question, settings), ...(steps.length > 0 ? [revisionsTable(steps)] : []));
  };
  on(details, 'toggle', show);
  if (isOpen) show();
  return details;
}

function chainParts(chain: ChainDetail, question: QuestionDetail, settings: Settings): HTMLElement[] {
  const { kept, original } = chain;
  const why = element('p', { class: `why ${chain.outcome}` }, explainChain(chain, question, settings));
  const scores = element('p', { class: 'note' }, scoreLine(chain));
  if (kept === null) return [why, scores, element('p', { class: 'note' }, 'No text ever arrived.')];
  const same = original?.solution.text === kept.solution.text;
  return [
    why,
    scores,
    ...(original
      ? [rewriteView('Thought', chain, [original.thought, kept.thought])]
      : textSection('Thought', kept.thought)),
    ...(original && !same
      ? [rewriteView('Solution', chain, [original.solution, kept.solution])]
      : textSection('Solution', kept.solution)),
  ];
}

/** Length and perplexity, by which a round chooses. */
const rolloutScores = ({ learning, tokens }: ChainDetail): string =>
  [
    ...(learning ? [learning.verdict, `perplexity ${figure(learning.perplexity)}`] : []),
    ...(tokens === null ? [] : [`${number(tokens)} tokens`]),
  ].join(', ');

/** Both sides of each pair that a round learns by preference, side by side. */
function pairViews({ chains, learning }: QuestionDetail): HTMLElement[] {
  const side = (name: string, index: number): HTMLElement => {
    const chain = chains.find((one) => one.index === index);
    return element(
      'section',
      { class: 'side', 'aria-label': `${name} side` },
      element('h4', {}, `${name}: chain ${index}`),
      chain ? element('p', { class: 'note' }, rolloutScores(chain)) : null,
      ...(chain?.kept
        ? [...textSection('Thought', chain.kept.thought), ...textSection('Solution', chain.kept.solution)]
        : []),
    );
  };
  return (learning?.pairs ?? []).flatMap(({ chosen, rejected }, index) => [
    element('h3', {}, `Pair ${index + 1}`),
    element('div', { class: 'pair' }, side('Chosen', chosen), side('Rejected', rejected)),
  ]);
}

function scoreLine({
  tokens,
  model,
  textModel,
  solutionModel,
  rvJudge,
  rvLength,
  rvJudgeBefore,
  cdBefore,
  scorer,
  calls,
  cost,
}: ChainDetail): string {
  return [
    model === null
      ? 'came with the source'
      : `written by ${model}${textModel !== null && textModel !== model ? `, rewritten by ${textModel}` : ''}`,
    ...(solutionModel === null ? [] : [`its solution written by ${solutionModel} in a second call`]),
    ...(tokens === null ? [] : [`${number(tokens)} tokens`]),
    ...(rvJudge === null ? [] : [`RV by judge ${rvJudge}, by length ${rvLength === null ? '-' : rvLength.toFixed(1)}`]),
    ...(rvJudgeBefore === null && cdBefore === null
      ? []
      : [`before alignment RV by judge ${level(rvJudgeBefore)}, CD ${level(cdBefore)}`]),
    ...(scorer === null ? [] : [`scored by ${scorer}`]),
    `${number(calls)} calls, cost ${money(cost)}`,
  ].join('; ');
}

const textSection = (title: string, text: ShownText): HTMLElement[] =>
  text.text === '' && text.cut === 0 ? [] : [element('h4', {}, title), textBlock(text)];

const textBlock = (shown: ShownText): HTMLElement =>
  element('div', { class: 'text' }, mathText(shown.text), cutNote(shown));

const cutNote = ({ cut }: ShownText): Child =>
  cut === 0 ? null : element('span', { class: 'cut' }, ` [${number(cut)} more characters are not in this file]`);

/** A rewritten text: what changed, the new text, the old one. */
function rewriteView(
  title: string,
  { writtenBy, rounds }: ChainDetail,
  [before, after]: readonly [ShownText, ShownText],
): HTMLElement {
  const panel = element('div', { class: 'rewrite-text' });
  const views: readonly [string, () => Child][] = [
    [
      'Changes',
      () =>
        diffView(before.text, after.text) ??
        element('p', { class: 'note' }, 'The two texts have too little in common to compare.'),
    ],
    ['Kept text', () => textBlock(after)],
    ['Original', () => textBlock(before)],
  ];
  const buttons = views.map(([name, view]) => {
    const button = element('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false' }, name);
    on(button, 'click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      panel.replaceChildren();
      const shown = view();
      if (shown instanceof Node) panel.append(shown);
    });
    return button;
  });
  buttons[0]?.click();
  const how = `${title}, rewritten (${writtenBy ?? '?'}${rounds > 1 ? `, ${rounds} rounds` : ''})`;
  return element(
    'section',
    { class: 'rewrite', 'aria-label': how },
    element('h4', {}, how),
    element('div', { class: 'switch', role: 'group', 'aria-label': 'Show' }, buttons),
    panel,
  );
}

/** Every text of a chain, what was said of it, round by round. */
function revisionsTable(steps: readonly RevisionStep[]): HTMLElement {
  const yes = (verdict: boolean | null, words: readonly [string, string]): string =>
    verdict === null ? '-' : verdict ? words[0] : words[1];
  return element(
    'div',
    { class: 'table-scroll' },
    table(
      ['Text', 'Answer by rule', 'Judge: reasoning', 'Judge: answer', 'Critic', 'RV', 'CD'],
      steps.map((step, round) => [
        `${round === 0 ? 'original' : `rewrite ${round}`}: ${step.by}${step.isKept ? ' (current)' : ''}`,
        step.grade,
        yes(step.reasoningValid, ['valid', 'flawed']),
        yes(step.solutionValid, ['right', 'wrong']),
        step.rating ?? '-',
        level(step.rv),
        level(step.cd),
      ]),
      'Texts of this chain, round by round',
    ),
  );
}

function callsView(calls: readonly CallStep[]): HTMLElement {
  return element(
    'details',
    { class: 'calls' },
    element('summary', {}, `Calls (${calls.length})`),
    element(
      'div',
      { class: 'table-scroll' },
      table(
        ['Step', 'Asked', 'Chain', 'Role', 'Pool', 'Model', 'In', 'Out', 'Cost', 'Seconds', 'End', 'Key'],
        calls.map((call) => [
          call.step,
          `${call.ask}${call.corrective ? ' (corrective)' : ''}`,
          call.chain === null ? '-' : call.chain,
          call.role,
          call.pool,
          call.model,
          number(call.inputTokens),
          number(call.outputTokens),
          money(call.cost),
          (call.latencyMs / 1000).toFixed(1),
          call.finishReason,
          element('code', { title: call.key }, call.key.slice(0, 10)),
        ]),
      ),
    ),
  );
}
