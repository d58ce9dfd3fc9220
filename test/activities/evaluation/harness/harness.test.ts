import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadBenchmarks } from '../../../../activities/cleaning/benchmarks.js';
import type { EvaluationPlan } from '../../../../activities/evaluation/evaluation-plan.js';
import { harnessAnswers, harnessScore } from '../../../../activities/evaluation/harness/harness-results.js';
import { harnessArguments, OWN_TASKS, ownTaskRow } from '../../../../activities/evaluation/harness/own-task.js';
import { readProblem } from '../../../../activities/evaluation/read-problem.js';
import { packageRoot } from '../../../../config/package-root.js';
import { loadPrompts } from '../../../../config/prompts.js';

const benchmarks = await loadBenchmarks();
const prompts = await loadPrompts(['evaluate-math', 'evaluate-choice', 'mini-solve-steps']);

function planOf(name: string, promptName: string): EvaluationPlan {
  const benchmark = benchmarks[name];
  const prompt = prompts[promptName];
  if (!benchmark?.evaluation || !prompt) throw new Error(`no ${name} or ${promptName}`);
  const { grader } = benchmark.evaluation;
  const form = { question: benchmark.question, evaluation: { grader } };
  return {
    form,
    prompt,
    optionSeed: 0,
    requestModel: 'm',
    sampling: { seed: true, temperature: 0, maxTokens: 64 },
  } as EvaluationPlan;
}

function rowOf(plan: EvaluationPlan, row: Record<string, unknown>) {
  const read = readProblem(row, plan.form);
  if ('fault' in read) throw new Error(read.fault);
  return ownTaskRow(plan, read.problem);
}

describe('the tasks of ours', () => {
  it('ask the same words, and know the right answer', () => {
    const math = rowOf(planOf('gsm8k-test', 'evaluate-math'), { question: 'One and one?', answer: '1 + 1. #### 2' });
    expect(math.target).toBe('2');
    expect(math.prompt).toMatch(/^One and one\?\n\nThink step by step\./);
    const plan = planOf('word-problems-choice', 'evaluate-choice');
    const choice = rowOf(plan, { question: 'One and one?', options: ['1', '2', '3', '4'], correct: 1 });
    const [letter = ''] = choice.targets;
    expect(choice.targets).toEqual([letter, '2']);
    expect(choice.prompt).toContain(`${letter}) 2`);
  });

  it.each(Object.values(OWN_TASKS))('%s is a file that says where its rows are to be named', async (task) => {
    const text = await readFile(join(packageRoot(), 'infra', 'evaluation', 'tasks', `${task}.yaml`), 'utf8');
    expect(parse(text)).toMatchObject({ task, dataset_kwargs: { data_files: { test: '{rows}' } } });
  });

  it('never hand a program to a harness without a sandbox', () => {
    const row = { question_content: 'Double it.', public_test_cases: '[]', metadata: '{}' };
    expect(() => rowOf(planOf('livecodebench-v2', 'evaluate-math'), row)).toThrow(TypeError);
  });
});

describe('harnessArguments', () => {
  const call = { task: 'cotmill-math', isOwn: true, url: 'http://h:1/v1', concurrency: 4 };
  const folders = { tasksFolder: '/t', outputFolder: '/o' };

  it('carries the decoding settings and the system message', () => {
    const plan = planOf('gsm8k-test', 'mini-solve-steps');
    const words = harnessArguments({ plan, ...call, ...folders });
    const after = (flag: string): string | undefined => words[words.indexOf(flag) + 1];
    expect(after('--model_args')).toContain('model=m,base_url=http://h:1/v1/chat/completions,num_concurrent=4');
    expect(after('--gen_kwargs')).toBe('temperature=0,max_gen_toks=64');
    expect(after('--system_instruction')).toBe('Think step by step.');
    expect(after('--include_path')).toBe('/t');
    expect(words).toContain('--log_samples');
  });

  it('keeps no samples of other tasks: their benchmark may not be published', () => {
    const plan = planOf('gsm8k-test', 'mini-solve-steps');
    const words = harnessArguments({ plan, ...call, ...folders, task: 'gsm8k', isOwn: false });
    for (const flag of ['--log_samples', '--include_path', '--system_instruction']) expect(words).not.toContain(flag);
  });
});

describe('the results of lm_eval', () => {
  const results = (figures: object, counts: object = { sums: { original: 20, effective: 20 } }): string =>
    JSON.stringify({ results: { sums: { alias: 'sums', ...figures } }, 'n-samples': counts });

  it.each([
    ['exact match', { 'exact_match,answer': 0.95, 'exact_match_stderr,answer': 0.05 }, 0.95, 'exact_match,answer'],
    ['accuracy', { 'acc,none': 0.5, 'acc_stderr,none': 'N/A', 'acc_norm,none': 0.6 }, 0.5, 'acc,none'],
    [
      'the first of two filters',
      { 'exact_match,strict-match': 0, 'exact_match,flexible-extract': 0.3 },
      0,
      'exact_match,strict-match',
    ],
  ])('are read: %s', (...[, figures, value, metric]) => {
    expect(harnessScore(results(figures), 'sums')).toEqual({ value, problems: 20, metric });
  });

  it('add up the problems of a group', () => {
    const counts = { a: { effective: 3 }, b: { effective: 4 } };
    expect(harnessScore(results({ 'acc,none': 1 }, counts), 'sums').problems).toBe(7);
  });

  it.each([
    ['another task', results({ 'acc,none': 1 }), 'other', 'not of "other"'],
    ['no share', results({ 'perplexity,none': 3 }), 'sums', 'no share of right answers'],
    ['no results', '{}', 'sums', 'results'],
    ['a share above 1', results({ 'acc,none': 57 }), 'sums', 'Too big'],
    ['garbage', 'Traceback', 'sums', 'JSON'],
  ])('are refused: %s', (...[, text, task, message]) => {
    expect(() => harnessScore(text, task)).toThrow(message);
  });

  it('are read answer by answer, where they are of our rows', () => {
    const line = (id: string, said: string, score: number): string =>
      JSON.stringify({ doc: { id }, filtered_resps: [said], exact_match: score });
    const read = harnessAnswers([line('p1', '3', 1), line('p2', '4', 0), line('p3', '[invalid]', 0), ''].join('\n'));
    expect(read.map(({ id, samples }) => [id, samples[0]?.outcome])).toEqual([
      ['p1', 'correct'],
      ['p2', 'wrong'],
      ['p3', 'unparsed'],
    ]);
  });
});
