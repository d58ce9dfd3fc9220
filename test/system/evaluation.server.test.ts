import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import { EvaluationSummary } from '../../activities/evaluation/evaluation-summary.js';
import type { EvaluationInput as EvaluationSpec } from '../../config/evaluation.js';
import { program } from '../../workers/program.js';
import { failureMessage } from '../../workers/run-client.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { readParquet } from '../support/read-parquet.js';
import { startSystem, type System } from '../support/system.js';

const spec = (changes: Partial<EvaluationSpec> = {}): EvaluationSpec => ({
  name: 'quick',
  benchmark: 'gsm8k-test',
  path: 'gsm8k.jsonl',
  models: [{ pool: 'fake' }],
  ...changes,
});

describe('evaluateModel', () => {
  let system: System;
  const start = (run: string, evaluation: EvaluationSpec): Promise<WorkflowHandle> =>
    system.client.workflow.start('evaluateModel', {
      workflowId: `${run}/evaluation/${evaluation.name}/fake`,
      taskQueue: WORKFLOW_QUEUE,
      args: [{ run, evaluation, model: { pool: 'fake' } }],
    });
  const evaluate = async (run: string, evaluation: EvaluationSpec): Promise<EvaluationResult> =>
    (await (await start(run, evaluation)).result()) as EvaluationResult;
  const stored = (key: string): Promise<Buffer> => readFile(join(system.directory, 'store', key));

  beforeAll(async () => {
    system = await startSystem();
    const rows = Array.from({ length: 150 }, (_, index) => ({
      question: `Imagined sum ${index}: what is ${index} + ${index + 1}?`,
      answer: `It is <<${index}+${index + 1}=${2 * index + 1}>>. #### ${2 * index + 1}`,
    }));
    const broken = ['{"question": "Without an end?', '{"question": "No answer?"}', ''];
    const lines = [...rows, rows[0], { question: rows[1]?.question, answer: '#### 9' }].map((row) =>
      JSON.stringify(row),
    );
    await writeFile(join(system.directory, 'gsm8k.jsonl'), [...lines, ...broken].join('\n'));
    await system.serve();
  });
  afterAll(() => system.stop());

  it('asks every problem once, and the same again for nothing, to the same bytes', async () => {
    const first = await evaluate('first', spec());
    expect(first).toMatchObject({ problems: 150, samples: 150, benchmark: 'gsm8k-test', model: 'fake' });
    expect(first.calls).toEqual({ new: 150, reused: 0, repeated: 0 });
    const summary = EvaluationSummary.parse(JSON.parse((await stored(first.summaryKey)).toString()));
    expect(summary.counts).toMatchObject({ duplicates: 1, unreadable: 3 });
    const bytes = await stored(first.summaryKey);
    const answers = join(system.directory, 'store', dirname(first.summaryKey), 'answers.parquet');
    const answerBytes = await readFile(answers);
    expect(await readParquet(answers)).toHaveLength(150);
    const again = await evaluate('first', spec());
    expect(again.calls).toEqual({ new: 0, reused: 150, repeated: 0 });
    expect((await stored(again.summaryKey)).equals(bytes)).toBe(true);
    expect((await readFile(answers)).equals(answerBytes)).toBe(true);
    expect(system.model.stats().total).toBe(150);
  });

  it('is started, followed and shown by the command line', async () => {
    const file = join(system.directory, 'deployment.json');
    await writeFile(file, JSON.stringify(system.deployment));
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text));
    const words = ['evaluate', 'gsm8k', '--pool', 'fake', '--path', 'gsm8k.jsonl', '--max-problems', '20'];
    const more = ['--difficulty-pool', 'fake', '--run', 'by-command', '--deployment', file];
    await program().parseAsync([...words, ...more], { from: 'user' });
    await program().parseAsync([...words, ...more, '--json'], { from: 'user' });
    vi.restoreAllMocks();
    const [text = '', json = ''] = lines;
    expect(text).toMatch(/^GSM8K: 20 of 1,319 problems/);
    expect(text).toMatch(/ {2}fake +\d+\.\d .* CD|CD\n {2}fake/);
    expect(text).toContain('3 rows of the benchmark can not be read');
    expect(text).toContain('evaluations/by-command/fake/gsm8k');
    expect(JSON.parse(json)).toMatchObject({
      run: 'by-command',
      evaluations: [{ problems: 20, calls: { new: 0 }, summary: { difficulty: { scored: 20, unscored: 0 } } }],
    });
  });

  it('counts answers that the judge gives no score', async () => {
    system.model.set({ faults: { garbageAnswer: 1 } });
    const result = await evaluate(
      'unscored',
      spec({ maxProblems: 5, difficulty: { pool: 'fake', prompt: 'mini-difficulty' } }),
    );
    system.model.set({ faults: {} });
    expect(result.meanDifficulty).toBeNull();
    const summary = EvaluationSummary.parse(JSON.parse((await stored(result.summaryKey)).toString()));
    expect(summary.difficulty).toMatchObject({ mean: null, scored: 0, unscored: 5 });
  });

  it('names the field of a wrong evaluation', async () => {
    for (const [run, changes, message] of [
      ['no-benchmark', { benchmark: 'nowhere' }, 'no benchmark is called "nowhere"'],
      ['no-file', { path: 'nowhere.jsonl' }, 'No file nowhere.jsonl'],
      ['no-prompt', { prompt: 'rate' }, 'expected a prompt for "solve"'],
      ['no-input', { input: 'nowhere' }, 'expected the name of an input'],
    ] as const) {
      const ended = (await start(run, spec(changes))).result().catch((error: unknown) => failureMessage(error));
      expect(await ended).toContain(message);
    }
  });
});
