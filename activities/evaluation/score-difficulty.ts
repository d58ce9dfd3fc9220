import type { Spending } from '../../workflows/question/spending.js';
import { renderPrompt } from '../../config/prompts.js';
import type { PaidEffort } from '../activity-context.js';
import type { Ledger } from '../ledger/ledger.js';
import type { CallRequest } from '../ledger/record.js';
import { openRecord } from '../ledger/sealed-record.js';
import { scoreForm } from '../question/answer-schemas.js';
import { judgedTexts } from '../question/ask-request.js';
import { askStructured } from '../question/ask-structured.js';
import { chainText, type ChainText } from '../question/chain-text.js';
import type { AskOptions, PaidCalls } from '../question/paid-call.js';
import { paidUsage, spendingOf } from '../question/paid-usage.js';
import { allOrWorst } from '../question/worst-error.js';
import { answerRequest, discreetError } from './answer-request.js';
import type { AnsweredPart, AnsweredSample, PartStore, ScoredPart } from './evaluation-parts.js';
import { optionOrderOf, type EvaluationPlan, type EvaluationPlans, type ProblemRange } from './evaluation-plan.js';
import type { Problem } from './problem.js';
import type { ProblemRanges } from './problem-ranges.js';
import type { Outcome } from './results.js';
import { shownProblem } from './show-problem.js';

/** What the workflow keeps of a range whose answers were scored. */
export interface ScoredRange {
  readonly scored: number;
  readonly unscored: number;
  readonly spending: Spending;
}

export interface DifficultyDependencies {
  readonly plans: EvaluationPlans;
  readonly parts: PartStore;
  readonly problems: ProblemRanges;
  readonly ledger: Pick<Ledger, 'find'>;
  readonly paid: PaidCalls;
}

/** Answers that came to an end; right and wrong ones, since the model's capacity is asked for. A cut chain has no method to be judged. [ours] */
const WHOLE: readonly Outcome[] = ['correct', 'wrong', 'unparsed', 'undecided', 'not-graded'];

/**
 * CD of a model's own answers to a range of problems (methods 2.4). Safe to run twice, as answering is. An answer that the judge gives no score even
 * when asked again has none, and is counted; a score is never made up.
 */
export function createScoreDifficulty(dependencies: DifficultyDependencies) {
  const { plans, parts, problems } = dependencies;

  return async function scoreDifficulty(range: ProblemRange, effort: PaidEffort): Promise<ScoredRange> {
    const [known, answered] = await Promise.all([parts.scored(range), parts.answered(range)]);
    if (!answered) throw new Error(`problems ${range.from} to ${range.to} of ${range.evaluation} have no answers yet`);
    const whole = wholeAnswers(answered);
    if (known && isOf(known, whole)) return rangeResult(known, effort.execution);
    const plan = await plans.read(range);
    const asked = await problems.read(plan, range, effort.signal);
    const answers = await scoreAll({ plan, range, asked, whole, effort }, dependencies);
    const part: ScoredPart = { schema: 1, from: range.from, to: range.to, answers };
    await parts.writeScored(range, part);
    return rangeResult(part, effort.execution);
  };
}

interface WholeAnswer {
  readonly id: string;
  /** Place of its problem in the range. */
  readonly at: number;
  readonly answer: AnsweredSample;
}

const wholeAnswers = ({ problems }: AnsweredPart): WholeAnswer[] =>
  problems.flatMap(({ id, samples }, at) =>
    samples.filter(({ outcome }) => WHOLE.includes(outcome)).map((answer) => ({ id, at, answer })),
  );

/** A run that was started again may have asked anew for answers that had failed. */
const isOf = ({ answers }: ScoredPart, whole: readonly WholeAnswer[]): boolean =>
  answers.length === whole.length &&
  answers.every(({ id, sample }, at) => whole[at]?.id === id && whole[at].answer.sample === sample);

interface Scoring {
  readonly plan: EvaluationPlan;
  readonly range: ProblemRange;
  readonly asked: readonly Problem[];
  readonly whole: readonly WholeAnswer[];
  readonly effort: PaidEffort;
}

async function scoreAll(
  { plan, range, asked, whole, effort }: Scoring,
  dependencies: DifficultyDependencies,
): Promise<ScoredPart['answers']> {
  const isSealed = !plan.benchmark.redistributable;
  const options: Omit<AskOptions, 'pool'> = {
    payer: {
      run: plan.run,
      execution: effort.execution,
      asker: `difficulty/${plan.evaluation}/${plan.model}/${range.from}`,
    },
    signal: effort.signal,
    underway: new Map(),
    isSealed,
  };
  let scored = 0;
  return allOrWorst(
    whole.map(async ({ id, at, answer }) => {
      const problem = asked[at];
      if (!problem) throw new RangeError(`no problem ${id}`);
      const score = await scoreAnswer({ plan, problem, answer, options }, dependencies);
      effort.progress({ scored: (scored += 1), of: whole.length });
      return { id, sample: answer.sample, ...score };
    }),
  ).catch((error: unknown) => {
    throw discreetError(error, isSealed);
  });
}

interface OneAnswer {
  readonly plan: EvaluationPlan;
  readonly problem: Problem;
  readonly answer: AnsweredSample;
  readonly options: Omit<AskOptions, 'pool'>;
}

type Score = Pick<ScoredPart['answers'][number], 'cd' | 'calls'>;

async function scoreAnswer(one: OneAnswer, { ledger, paid }: DifficultyDependencies): Promise<Score> {
  const { plan, problem, answer, options } = one;
  if (!plan.difficulty) throw new Error(`evaluation ${plan.evaluation} asks for no CD`);
  const record = answer.callKey === null ? undefined : await ledger.find(answer.callKey);
  if (!record) throw new Error(`the ledger has no record ${answer.callKey}: was it deleted from the store?`);
  const opened = openRecord(record, answerRequest(plan, problem, answer.sample));
  const request = judgeRequest(plan.difficulty, shownProblem(problem, optionOrderOf(plan)), chainText(opened));
  const asking = { ...options, pool: plan.difficulty.pool };
  const found = await askStructured(scoreForm.zod, request, (asked) => paid.ask(asked, asking));
  return {
    cd: found.kind === 'value' ? found.value.score : null,
    calls: found.calls.map((call) => paidUsage(call, options.payer.execution)),
  };
}

function judgeRequest(
  { requestModel, prompt, sampling }: NonNullable<EvaluationPlan['difficulty']>,
  question: string,
  chain: ChainText,
): CallRequest {
  const { schema } = scoreForm;
  return {
    ...{ role: 'scorer', model: requestModel, messages: renderPrompt(prompt, { question, ...judgedTexts(chain) }) },
    ...{ sampling, sample: 0, salt: '', schema },
  };
}

function rangeResult({ answers }: ScoredPart, execution: string): ScoredRange {
  const scored = answers.filter(({ cd }) => cd !== null).length;
  const spending = spendingOf(
    answers.flatMap(({ calls }) => calls),
    execution,
  );
  return { scored, unscored: answers.length - scored, spending };
}
