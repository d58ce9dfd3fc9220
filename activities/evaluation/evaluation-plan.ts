import { hash } from 'node:crypto';
import { z } from 'zod';
import { Benchmark, BenchmarkEvaluation } from '../../config/benchmark.js';
import { canonicalJson } from '../../config/canonical-json.js';
import { Name } from '../../config/names.js';
import { PromptSchema } from '../../config/prompts.js';
import { Sampling } from '../../config/sampling.js';
import { readJson, writeJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { evaluationFolder } from './evaluation-result.js';
import { EvaluationSummary } from './evaluation-summary.js';
import type { OptionOrder } from './show-problem.js';

const Count = z.int().min(0);

/** Names an evaluation of one model while it runs. */
export interface EvaluationRef {
  readonly run: string;
  readonly evaluation: string;
  /** Name of the model in tables. */
  readonly model: string;
  /** Hash of the plan. */
  readonly plan: string;
}

/** Problems of an evaluation, by their places in the order of their ids. */
export interface ProblemRange extends EvaluationRef {
  readonly from: number;
  /** First place that is no longer meant. */
  readonly to: number;
}

/** An evaluation of one model with everything filled in that decides about its scores; no text of the benchmark. */
export const EvaluationPlan = z
  .strictObject({
    schema: z.literal(1),
    run: z.string(),
    evaluation: Name,
    model: Name,
    /** The model's name in requests: other weights have another name. */
    requestModel: z.string().min(1),
    benchmark: EvaluationSummary.unwrap().shape.benchmark,
    /** How rows are read. */
    form: z.strictObject({
      question: Benchmark.shape.question,
      evaluation: BenchmarkEvaluation.pick({ grader: true, id: true, subject: true, level: true }),
    }),
    /** Where they stand; on the Hub at one commit. */
    place: z.strictObject({
      input: Name,
      dataset: z.string().nullable(),
      revision: z.string().nullable(),
      paths: z.array(z.string()).min(1),
    }),
    prompt: PromptSchema,
    sampling: Sampling,
    samples: z.int().positive(),
    optionSeed: z.int(),
    /** Of the judge of CD; null: not asked for. */
    difficulty: z
      .strictObject({ pool: Name, requestModel: z.string().min(1), prompt: PromptSchema, sampling: Sampling })
      .nullable(),
    /** Ids of the problems to ask, ascending. */
    ids: z.array(z.string().regex(/^[0-9a-f]{32}$/)).min(1),
    counts: z.strictObject({ duplicates: Count, unreadable: Count }),
  })
  .readonly();
export type EvaluationPlan = z.infer<typeof EvaluationPlan>;

const PLAN_DIGITS = 32;

/** SHA-256 of the whole plan, shortened. */
export const planHash = (plan: EvaluationPlan): string =>
  hash('sha256', canonicalJson(plan), 'hex').slice(0, PLAN_DIGITS);

/** Order of the options that a plan shows. */
export const optionOrderOf = ({ form, optionSeed }: Pick<EvaluationPlan, 'form' | 'optionSeed'>): OptionOrder =>
  form.evaluation.grader.kind === 'choice' && form.evaluation.grader.order === 'seeded'
    ? { order: 'seeded', seed: optionSeed }
    : { order: 'given' };

/** How a plan has its model asked, as summaries say it. */
export function decodingOf(plan: EvaluationPlan): EvaluationSummary['decoding'] {
  const { sampling, samples } = plan;
  const { name, version, hash: promptHash } = plan.prompt;
  const order = optionOrderOf(plan);
  const optionSeed = order.order === 'seeded' ? order.seed : null;
  return { sampling, samples, prompt: { name, version, hash: promptHash }, optionSeed };
}

const workFolder = (ref: EvaluationRef): string => [evaluationFolder(ref.run, ref), 'work', ref.plan].join('/');

export const planKey = (ref: EvaluationRef): string => `${workFolder(ref)}/plan.json`;

/** What became of a range, by the step that found it out. */
export const partKey = (ref: EvaluationRef, step: 'parts' | 'difficulty', from: number): string =>
  `${workFolder(ref)}/${step}/${String(from).padStart(6, '0')}.json`;

/** What another harness said of the plan's model. */
export const opinionKey = (ref: EvaluationRef, task: string): string =>
  `${workFolder(ref)}/second-opinion/${task}.json`;

/** Plans of evaluations: written once under their hash, so that any process may keep what it read. */
export interface EvaluationPlans {
  write(plan: EvaluationPlan): Promise<EvaluationRef>;
  /** Throws when the plan is gone or damaged. */
  read(ref: EvaluationRef): Promise<EvaluationPlan>;
}

const KEPT_PLANS = 32;

export function createEvaluationPlans(store: ObjectStore): EvaluationPlans {
  const known = new Map<string, Promise<EvaluationPlan>>();

  async function load(ref: EvaluationRef): Promise<EvaluationPlan> {
    const key = planKey(ref);
    const plan = await readJson(store, key, EvaluationPlan);
    if (!plan) throw new Error(`${key} is missing in ${store.description}: was it deleted? Evaluate again.`);
    if (planHash(plan) === ref.plan) return plan;
    throw new Error(`${key} in ${store.description} is not the plan of its name: delete it, and evaluate again.`);
  }

  return {
    async write(plan) {
      const ref = { run: plan.run, evaluation: plan.evaluation, model: plan.model, plan: planHash(plan) };
      await writeJson(store, planKey(ref), plan);
      return ref;
    },
    read(ref) {
      const key = planKey(ref);
      const kept = known.get(key);
      if (kept) return kept;
      const loading = load(ref);
      known.set(key, loading);
      loading.catch(() => known.delete(key));
      const [oldest] = known.keys();
      if (known.size > KEPT_PLANS && oldest !== undefined) known.delete(oldest);
      return loading;
    },
  };
}
