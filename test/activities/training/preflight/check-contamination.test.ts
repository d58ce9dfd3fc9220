import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkContamination } from '../../../../activities/training/preflight/check-contamination.js';
import { trainingQuestions } from '../../../../activities/training/preflight/training-questions.js';
import { createOpenInput } from '../../../../activities/sources/open-input.js';
import { questionId } from '../../../../activities/sources/question-id.js';
import { Benchmark } from '../../../../config/benchmark.js';
import { Evaluation, type EvaluationInput } from '../../../../config/evaluation.js';
import { createMemoryStore } from '../../../fakes/memory-store.js';
import { temporaryDirectory } from '../../../support/temporary-directory.js';

const PLANTED =
  'A baker fills 14 trays with 12 rolls each, burns 9 of them, and sells the rest in bags of 3. How many bags does the baker sell in the end?';
const ANOTHER =
  'Find the sum of all integers n for which the fraction (3n + 25) / (2n - 5) is an integer larger than 1.';
const OWN = 'Why does a magnet that falls through a pipe of copper fall more slowly than a piece of wood does?';

const benchmark = Benchmark.parse({
  ...{ title: 'Rolls', description: 'Two questions.', home: 'https://example.org/rolls', licence: 'MIT' },
  ...{ redistributable: true, size: 2, question: 'problem', aliases: ['rolls-alias'] },
});
const evaluation = (about: Partial<EvaluationInput>) =>
  Evaluation.parse({ name: 'e', benchmark: 'rolls', path: 'rolls.jsonl', models: [{ pool: 'p' }], ...about });

describe('training questions that evaluations ask', () => {
  const directory = temporaryDirectory('contamination');
  const inputs = join(directory.path, 'inputs');
  mkdirSync(inputs, { recursive: true });
  writeFileSync(
    join(inputs, 'rolls.jsonl'),
    [PLANTED, ANOTHER].map((problem) => `${JSON.stringify({ problem })}\n`).join(''),
  );
  afterAll(() => directory.remove());

  const options = {
    temporaryDirectory: directory.path,
    benchmarks: { rolls: benchmark },
    openInput: createOpenInput({
      inputs: { data: { kind: 'directory', directory: inputs } },
      baseDirectory: directory.path,
      store: createMemoryStore(),
    }),
  };

  function rowsOf(name: string, rows: readonly object[]): AsyncIterable<string> {
    const path = join(directory.path, name);
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return trainingQuestions([path], options);
  }
  const messages = (question: string) => ({
    messages: [
      { role: 'system', content: 'Think.' },
      { role: 'user', content: question },
      { role: 'assistant', content: `<think>${PLANTED}</think>` },
    ],
  });

  it('are found in rows of every form, counted by row and listed once, without a text', async () => {
    const changed = PLANTED.replace('A baker', 'One baker').replace('rest', 'remaining rolls');
    const rows = rowsOf('rows.jsonl', [
      messages(PLANTED),
      messages(OWN),
      { prompt: PLANTED, completion: 'x' },
      { prompt: [{ role: 'user', content: changed }], chosen: [], rejected: [] },
    ]);
    const report = await checkContamination(
      [evaluation({ name: 'math' }), evaluation({ name: 'again' })],
      rows,
      options,
    );
    expect(report.benchmarks).toEqual([{ evaluations: ['math', 'again'], benchmark: 'rolls', questions: 2 }]);
    expect(report).toMatchObject({ rows: 3, methods: { exact: 2, ngram: 1, indel: 0 } });
    expect(report.found).toEqual([
      { question: questionId(PLANTED), benchmark: 'rolls', row: 1, method: 'exact', value: 1 },
      expect.objectContaining({ question: questionId(changed), row: 1, method: 'ngram' }) as object,
    ]);
    expect(JSON.stringify(report)).not.toContain('baker');
  });

  it('are none when the training set asks other things', async () => {
    const report = await checkContamination([evaluation({})], rowsOf('own.jsonl', [messages(OWN)]), options);
    expect(report).toMatchObject({ rows: 0, found: [] });
  });

  it('are looked for under the own name of a benchmark that is named by another', async () => {
    const report = await checkContamination(
      [evaluation({ benchmark: 'rolls-alias' })],
      rowsOf('alias.jsonl', [messages(ANOTHER)]),
      options,
    );
    expect(report.found).toMatchObject([{ benchmark: 'rolls', row: 2 }]);
  });

  it('are not looked for in part: what can not be read ends it', async () => {
    const missing = checkContamination(
      [evaluation({ path: 'gone.jsonl' })],
      rowsOf('a.jsonl', [messages(OWN)]),
      options,
    );
    await expect(missing).rejects.toThrow('No file gone.jsonl');
    const broken = checkContamination([evaluation({})], rowsOf('broken.jsonl', [{ text: 'x' }]), options);
    await expect(broken).rejects.toThrow('broken.jsonl:1: expected a question in "messages" or "prompt"');
  });
});
