import { tmpdir } from 'node:os';
import type { Benchmark } from '../../config/benchmark.js';
import type { Deployment } from '../../config/deployment.js';
import type { CodeGrader } from '../grading/code-grader.js';
import type { Grader } from '../grading/grader.js';
import type { Launchers } from '../jobs/open-launchers.js';
import type { Ledger } from '../ledger/ledger.js';
import type { PaidCalls } from '../question/paid-call.js';
import type { Answerers } from '../serving/answerers.js';
import type { OpenInput } from '../sources/source-input.js';
import type { ObjectStore } from '../store/object-store.js';
import type { EvaluationSteps } from './activities.js';
import { createAnswerProblems } from './answer-problems.js';
import { createAskHarness } from './harness/ask-harness.js';
import { createPartStore } from './evaluation-parts.js';
import { createEvaluationPlans } from './evaluation-plan.js';
import { createFinishEvaluation } from './finish-evaluation.js';
import { createEvaluationPreparer } from './prepare-evaluation.js';
import { createProblemRanges } from './problem-ranges.js';
import { createScoreDifficulty } from './score-difficulty.js';

export interface EvaluationDependencies {
  readonly deployment: Deployment;
  readonly store: ObjectStore;
  readonly openInput: OpenInput;
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
  readonly ledger: Ledger;
  readonly paid: PaidCalls;
  readonly answerers: Pick<Answerers, 'ask'>;
  readonly math: Pick<Grader, 'grade'>;
  readonly code: Pick<CodeGrader, 'grade'>;
  readonly launchers: Launchers;
  /** Python that has lm_eval; throws when it is not set up. */
  readonly evaluationPython: () => string;
}

/** The steps of evaluations over their drivers. */
export function openEvaluation(dependencies: EvaluationDependencies): EvaluationSteps {
  const { deployment, store, openInput, benchmarks, ledger, paid, answerers, math, code } = dependencies;
  const { launchers, evaluationPython: python } = dependencies;
  const reading = { openInput, temporaryDirectory: tmpdir() };
  const plans = createEvaluationPlans(store);
  const parts = createPartStore(store);
  const problems = createProblemRanges(reading);
  return {
    prepare: createEvaluationPreparer({ deployment, benchmarks, reading, plans, parts }),
    answer: createAnswerProblems({ plans, parts, problems, answerers, math, code }),
    scoreDifficulty: createScoreDifficulty({ plans, parts, problems, ledger, paid }),
    askHarness: createAskHarness({ deployment, store, launchers, plans, problems, python }),
    finish: createFinishEvaluation({ store, plans, parts }),
  };
}
