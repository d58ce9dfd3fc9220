import { renderPrompt } from '../../../config/prompts.js';
import { optionOrderOf, type EvaluationPlan } from '../evaluation-plan.js';
import type { Problem } from '../problem.js';
import { letterOf, shownOptions, shownProblem } from '../show-problem.js';

/** Name of the task that reads the rows of an evaluation, by the kind of its grader. */
export const OWN_TASKS = { math: 'cotmill-math', choice: 'cotmill-choice' } as const;

/** A row of a task of ours; the fields that infra/evaluation/tasks read. */
export interface OwnTaskRow {
  readonly id: string;
  /** What the user says; a system message goes beside it. */
  readonly prompt: string;
  /** Reference answer, or the words of the right option. */
  readonly target: string;
  /** Of multiple choice: letter and words of the right option. */
  readonly targets: readonly string[];
}

/** The problem as lm_eval asks it: the same words in the same order as cotmill. Throws for programs, which lm_eval would run without a sandbox. Pure. */
export function ownTaskRow(plan: EvaluationPlan, problem: Problem): OwnTaskRow {
  const order = optionOrderOf(plan);
  const messages = renderPrompt(plan.prompt, { question: shownProblem(problem, order) });
  const prompt = messages.find(({ role }) => role === 'user')?.content ?? '';
  switch (problem.kind) {
    case 'math':
      return { id: problem.id, prompt, target: problem.reference, targets: [problem.reference] };
    case 'choice': {
      const { options, correct } = shownOptions(problem, order);
      const words = options[correct]?.trim() ?? '';
      return { id: problem.id, prompt, target: words, targets: [letterOf(correct), words] };
    }
    case 'code':
      throw new TypeError('programs are not given to lm_eval');
  }
}

/** Arguments of `lm_eval run`. Pure. */
export interface HarnessCall {
  readonly plan: Pick<EvaluationPlan, 'requestModel' | 'sampling' | 'prompt'>;
  readonly task: string;
  readonly isOwn: boolean;
  /** Base URL up to and including /v1. */
  readonly url: string;
  readonly concurrency: number;
  /** Where tasks of ours lie. */
  readonly tasksFolder: string;
  readonly outputFolder: string;
}

const MAX_RETRIES = 3;

export function harnessArguments(call: HarnessCall): string[] {
  const { plan, task, isOwn, url, concurrency, tasksFolder, outputFolder } = call;
  const { temperature, topP, topK, minP, maxTokens } = plan.sampling;
  const generation = Object.entries({ temperature, top_p: topP, top_k: topK, min_p: minP, max_gen_toks: maxTokens })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  const model = [
    `model=${plan.requestModel}`,
    `base_url=${url}/chat/completions`,
    `num_concurrent=${concurrency}`,
    `max_retries=${MAX_RETRIES}`,
    'tokenized_requests=False',
  ];
  return [
    ...['--model', 'local-chat-completions', '--model_args', model.join(',')],
    ...['--tasks', task, '--apply_chat_template', '--output_path', outputFolder],
    ...(generation.length > 0 ? ['--gen_kwargs', generation.join(',')] : []),
    ...(isOwn ? ['--include_path', tasksFolder, '--log_samples'] : []),
    ...(isOwn && plan.prompt.system !== null ? ['--system_instruction', plan.prompt.system] : []),
  ];
}
