import type { EvaluationPart, ImprovementOverview, RoundPart } from '../activities/report/improvement-data.js';
import type { Sample } from '../activities/report/page-data.js';
import { table } from './charts.js';
import { element, type Child } from './dom.js';
import { brief, money, number, points, signedPoints } from './format.js';
import { card, tileList } from './overview-page.js';
import { foundWords, roundCard } from './round-card.js';
import { scoreChart } from './round-charts.js';

/** Everything about a self-improvement but single questions: where it stands, its tables, and each round. */
export function improvementPage(improvement: ImprovementOverview, sample: Sample): HTMLElement {
  const { rounds, evaluations } = improvement;
  const examples = exampleKinds(sample);
  const newest = rounds.at(-1)?.round;
  return element(
    'main',
    { id: 'main', tabindex: -1 },
    element('h1', { class: 'visually-hidden' }, `Self-improvement of ${improvement.run}`),
    standing(improvement),
    tiles(improvement),
    element(
      'div',
      { class: 'cards' },
      roundsCard(improvement),
      evaluations.map(evaluationCard),
      [...rounds].reverse().map((part) =>
        roundCard({
          part,
          isOpen: part.round === newest,
          hasExample: (kind, reason) => examples.has(exampleKind(part.round, kind, reason)),
        }),
      ),
    ),
  );
}

const exampleKind = (round: number, kind: 'questions' | 'chains', reason: string): string =>
  `${round} ${kind} ${reason}`;

/** What the examples can be narrowed to without being empty. */
function exampleKinds({ questions }: Sample): ReadonlySet<string> {
  return new Set(
    questions.flatMap(({ learning, reason, chains }) => {
      const round = learning?.round ?? 0;
      return [
        exampleKind(round, 'questions', reason ?? ''),
        ...chains.map((chain) => exampleKind(round, 'chains', chain.reason ?? '')),
      ];
    }),
  );
}

/** Where it stands, and what can be said to it. */
function standing({ run, ended, waitsForApproval, rounds }: ImprovementOverview): HTMLElement {
  if (ended)
    return element(
      'p',
      { class: 'why', id: 'standing' },
      element('strong', {}, `Ended: ${ended.reason}. `),
      sentence(ended.words),
    );
  if (!waitsForApproval)
    return element('p', { class: 'why', id: 'standing' }, `At work: ${number(rounds.length)} rounds are done.`);
  return element(
    'p',
    { class: 'why', id: 'standing' },
    element('strong', {}, `Waits for approval after round ${rounds.length}. `),
    element('code', {}, `cotmill approve ${run}`),
    ` begins round ${rounds.length + 1}, `,
    element('code', {}, `cotmill approve ${run} --end`),
    ' ends it here.',
  );
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

function tiles({ rounds, evaluations, best, spent }: ImprovementOverview): HTMLElement {
  const [first, last] = [rounds[0], rounds.at(-1)];
  const rate = (part: RoundPart | undefined): string =>
    typeof part?.passRate === 'number' ? `${points(part.passRate)} %` : '-';
  const learnt = rounds.reduce((sum, { found }) => sum + found, 0);
  const evaluation = evaluations[0];
  const score = evaluation?.scores.find(({ model }) => best.startsWith(`${model} `))?.passAt1;
  return tileList([
    [
      'Rounds',
      number(rounds.length),
      `${number(rounds.reduce((sum, one) => sum + one.questions, 0))} questions explored`,
    ],
    ['Learnt', number(learnt), last ? `${foundWords(last)} in round ${last.round}` : ''],
    ['Pass rate', rate(last), `of the questions explored${rounds.length > 1 ? `; ${rate(first)} in round 1` : ''}`],
    ['Best student', score ? `${points(score.value)} %` : '-', evaluation ? `${best} on ${evaluation.name}` : best],
    ['Tokens', brief(spent.outputTokens), `generated in this execution, cost ${money(spent.cost)}`],
    ['Training', duration(spent.trainingSeconds), 'of all rounds'],
  ]);
}

const duration = (seconds: number): string =>
  seconds < 600 ? `${Math.round(seconds)} s` : `${(seconds / 3600).toFixed(2)} h`;

function roundsCard({ imitation, rounds }: ImprovementOverview): HTMLElement {
  const head = ['Round', 'Questions', 'Rollouts', 'Right', 'Pass rate', 'New', 'Hard left', 'Trained on', 'Student'];
  const rows: Child[][] = [
    ['0, imitation only', ...Array.from({ length: 6 }, () => '-'), 'the seed', imitation],
    ...rounds.map((part) => [
      String(part.round),
      ...[part.questions, part.rollouts, part.right].map(number),
      part.passRate === null ? '-' : `${points(part.passRate)} %`,
      `${number(part.found)} ${part.variant === 'sft' ? 'chains' : 'pairs'}`,
      number(part.hardLeft),
      part.training ? `${number(part.training.rows)} rows` : 'nothing',
      part.student?.name ?? '-',
    ]),
  ];
  return wide(card('Rounds', '', element('div', { class: 'table-scroll' }, table(head, rows))));
}

function wide(one: HTMLElement): HTMLElement {
  one.classList.add('wide');
  return one;
}

function evaluationCard(evaluation: EvaluationPart): HTMLElement {
  const { name, benchmark, scores } = evaluation;
  const baselines = scores.filter((_, index) => index < scores.length - 1);
  const rows = scores.map(({ round, model, passAt1, meanTokens, problems }) => [
    round === 0 ? `imitation: ${model}` : `round ${round}: ${model}`,
    ...(passAt1 ? [points(passAt1.value), `${points(passAt1.low)} to ${points(passAt1.high)}`] : ['-', '-']),
    meanTokens === null ? '-' : number(Math.round(meanTokens)),
    number(problems),
    ...baselines.map((baseline) => difference(evaluation, model, baseline.model)),
  ]);
  const against = baselines.map(({ round }) => (round === 0 ? 'Against imitation' : `Against round ${round}`));
  return wide(
    card(
      `Scores on ${name}`,
      `${benchmark}, pass@1 in percent with 95 % intervals. Differences are of the same problems, with their intervals; bold ones are larger than noise.`,
      element(
        'div',
        { class: 'scores-body' },
        scoreChart(evaluation),
        element(
          'div',
          { class: 'table-scroll' },
          table(['Student', 'pass@1', 'Interval', 'Tokens', 'Problems', ...against], rows),
        ),
      ),
    ),
  );
}

function difference({ comparisons }: EvaluationPart, model: string, baseline: string): Child {
  const found = comparisons.find((each) => each.model === model && each.baseline === baseline);
  if (!found) return '';
  const { value, low, high } = found.difference;
  const words = `${signedPoints(value)} (${signedPoints(low)} to ${signedPoints(high)})`;
  return found.isLargerThanNoise ? element('strong', { class: value > 0 ? 'better' : 'worse' }, words) : words;
}
