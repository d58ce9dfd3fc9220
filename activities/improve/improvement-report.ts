import type { EvaluationResult } from '../evaluation/evaluation-result.js';
import type { Comparison } from '../experiment/experiment-summary.js';
import type { ModelRef } from '../models/model-manifest.js';
import type {
  ChosenRow,
  EvaluationPart,
  ImprovementOverview,
  ImprovementPage,
  ReasonCount,
  RoundPart,
  ScoreRow,
} from '../report/improvement-data.js';
import type { QuestionDetail } from '../report/page-data.js';
import { snippet } from '../report/explorer-filter.js';
import { pageAssets } from '../report/page-assets.js';
import { pageHtml } from '../report/page-html.js';
import { ownVersion } from '../report/provenance.js';
import { readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ChosenChain, DpoChoice, SftChoice } from './choose-chains.js';
import type { LeftOutByReason } from './explored.js';
import type { RoundExamples } from './round-examples.js';
import { choiceSpreads } from './round-marks.js';
import { exploreRunName, roundExamplesKey } from './round-names.js';
import type { RoundResult, Stop } from './round-result.js';

/** A self-improvement so far, by counts and keys. */
export interface ImprovementSoFar {
  readonly run: string;
  readonly imitation: ModelRef;
  readonly imitationScores: readonly EvaluationResult[];
  readonly rounds: readonly RoundResult[];
  /** Each round with the imitation and with every earlier round. */
  readonly comparisons: readonly Comparison[];
  /** Left out: it goes on. */
  readonly stop?: Stop;
  /** Whether somebody has to say that it goes on. */
  readonly approval: boolean;
  readonly best: ModelRef;
}

/** A choice as it is kept: counted, without the reason of every single rollout. */
export type KeptChoice = Omit<SftChoice, 'reasons'> | Omit<DpoChoice, 'reasons'>;

/** What the store has of a round beside its result. */
export interface RoundFiles {
  readonly choice: KeptChoice | null;
  /** null: the round was chosen before there were examples. */
  readonly examples: RoundExamples | null;
}

/**
 * `report.html` of a self-improvement: one file that asks no server for anything, with the tables of its rounds, what was chosen and what was not, and
 * a sample of texts. The same input gives the same bytes. Throws StoreError, or Error when the page is not built.
 */
export async function renderImprovement(store: ObjectStore, found: ImprovementSoFar): Promise<string> {
  const files: RoundFiles[] = [];
  for (const { round, chosen } of found.rounds)
    files.push({
      choice: (await readJson<KeptChoice>(store, chosen.choiceKey)) ?? null,
      examples: (await readJson<RoundExamples>(store, roundExamplesKey(found.run, round))) ?? null,
    });
  return pageHtml(improvementPage(found, files), await pageAssets());
}

/** @param files of each round, in the order of the rounds. Pure. */
export function improvementPage(found: ImprovementSoFar, files: readonly RoundFiles[]): ImprovementPage {
  const { rounds } = found;
  // The newest round first: that is what somebody looks at before the next one.
  const questions = [...files]
    .reverse()
    .flatMap(({ examples }) => examples?.questions.map(({ question }) => question) ?? []);
  const total = (of: 'questions' | 'rollouts'): number =>
    rounds.reduce((sum, { explored, chosen }) => sum + { ...explored, ...chosen }[of], 0);
  return {
    schema: 1,
    improvement: overviewOf(found, files),
    sample: { questions, totals: { questions: total('questions'), chains: total('rollouts') } },
  };
}

function overviewOf(found: ImprovementSoFar, files: readonly RoundFiles[]): ImprovementOverview {
  const { run, imitation, rounds, stop, approval, best } = found;
  return {
    run,
    imitation: named(imitation),
    ended: stop ? { reason: stop.reason, words: stop.words } : null,
    waitsForApproval: approval && !stop,
    best: named(best),
    rounds: rounds.map((round, index) =>
      roundPart(round, {
        run,
        explorer: explorerOf(found, index),
        files: files[index] ?? { choice: null, examples: null },
      }),
    ),
    evaluations: evaluationsOf(found),
    spent: {
      outputTokens: sum(rounds, ({ explored }) => explored.outputTokens),
      cost: sum(rounds, ({ explored, scores }) => explored.cost + sum(scores, ({ cost }) => cost)),
      trainingSeconds: sum(rounds, ({ student }) => student?.result.seconds ?? 0),
    },
    cotmill: ownVersion(),
  };
}

const named = ({ name, version }: ModelRef): string => `${name} ${version}`;
const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);

/** The student before a round: of the last round that trained one, else the imitation. */
const explorerOf = ({ rounds, imitation }: ImprovementSoFar, index: number): string =>
  named(
    rounds
      .slice(0, index)
      .flatMap(({ student }) => student ?? [])
      .at(-1) ?? imitation,
  );

interface AboutRound {
  readonly run: string;
  readonly explorer: string;
  readonly files: RoundFiles;
}

function roundPart(result: RoundResult, { run, explorer, files: { choice, examples } }: AboutRound): RoundPart {
  const { round, explored, chosen, student } = result;
  const { dataset, questions, calls, outputTokens, cost } = explored;
  const { rollouts, right, passRate, hardLeft, variant, found, training, choiceKey } = chosen;
  return {
    ...{ round, explorer, run: exploreRunName(run, round), dataset: named(dataset) },
    ...{ questions, rollouts, right, passRate, hardLeft, variant, found },
    band: choice?.variant === 'sft' ? choice.perplexity : null,
    ...(choice ? choiceSpreads(choice) : { lengths: [], perplexities: [] }),
    chosen: choice
      ? chosenRows(choice, { round, questions: examples?.questions.map((one) => one.question) ?? [] })
      : [],
    questionsLeftOut: choice ? counts(choice.questionsLeftOut) : [],
    rolloutsLeftOut: choice ? counts(choice.chainsLeftOut) : [],
    points: examples?.points ?? [],
    training: training && { set: named(training), rows: training.rows },
    student: student && {
      ...{ name: named(student), method: student.method, base: student.base },
      ...{ steps: student.result.steps, loss: student.result.loss, seconds: student.result.seconds },
    },
    ...{ calls: { new: calls.new, reused: calls.reused }, outputTokens, cost, choiceKey },
  };
}

const counts = (reasons: LeftOutByReason<string>): ReasonCount[] =>
  Object.entries(reasons)
    .map(([reason, entry]) => ({ reason, count: entry?.count ?? 0 }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));

/** Rows of a round's table of what was chosen. */
const SHOWN = 12;

interface Sampled {
  readonly round: number;
  readonly questions: readonly QuestionDetail[];
}

/** Those that the page can open come first. */
function chosenRows(choice: KeptChoice, { round, questions }: Sampled): ChosenRow[] {
  const texts = new Map(questions.map(({ id, question }) => [id, snippet(question.text)]));
  const side = ({ chainIndex, tokens, perplexity }: ChosenChain) => ({ index: chainIndex, tokens, perplexity });
  const rows = (
    choice.variant === 'sft'
      ? choice.chains.map((chain) => ({ chosen: chain, rejected: null }))
      : choice.pairs.map(({ chosen, rejected }) => ({ chosen, rejected }))
  ).map(({ chosen, rejected }): ChosenRow => {
    const questionId = `${chosen.questionId}-r${round}`;
    return {
      ...{ questionId, text: texts.get(questionId) ?? null },
      ...{ chosen: side(chosen), rejected: rejected && side(rejected) },
    };
  });
  const isSampled = ({ text }: ChosenRow): boolean => text !== null;
  return [...rows.filter(isSampled), ...rows.filter((row) => !isSampled(row))].slice(0, SHOWN);
}

function evaluationsOf({ imitation, imitationScores, rounds, comparisons }: ImprovementSoFar): EvaluationPart[] {
  const models = [
    { round: 0, name: imitation.name, scores: imitationScores },
    ...rounds.flatMap(({ round, student, scores }) => (student ? [{ round, name: student.name, scores }] : [])),
  ];
  const all = models.flatMap(({ scores }) => scores);
  return [...new Set(all.map(({ evaluation }) => evaluation))].map((name) => ({
    name,
    benchmark: all.find(({ evaluation }) => evaluation === name)?.benchmark ?? '',
    scores: models.map(({ round, name: model, scores }): ScoreRow => {
      const result = scores.find(({ evaluation }) => evaluation === name);
      const { passAt1 = null, meanTokens = null, problems = 0 } = result ?? {};
      return { round, model, passAt1, meanTokens, problems };
    }),
    comparisons: comparisons
      .filter(({ evaluation }) => evaluation === name)
      .map(({ model, baseline, difference, isLargerThanNoise, problems }) => ({
        ...{ model, baseline, difference, isLargerThanNoise, problems },
      })),
  }));
}
