import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { startRun } from '../../workers/run-client.js';
import { expectSandbox } from '../activities/grading/in-sandbox.js';
import { recordedAnswerer } from '../fakes/recorded-teacher.js';
import { readParquet } from '../support/read-parquet.js';
import { startSystem, type System } from '../support/system.js';

const program = (code: string): string => `Read, add, print.\n\n\`\`\`python\n${code}\n\`\`\``;
const SUM = 'Read a line of whole numbers and print their sum.';
const DOUBLE = 'Write a function double(number) that returns twice the number.';
const OWN = 'Print the largest of the numbers of a line.';
const ESCAPED = '/tmp/cotmill-escaped-from-a-build';

const cases = (testtype: 'stdin' | 'functional', ...pairs: readonly (readonly [string, string])[]) =>
  JSON.stringify(pairs.map(([input, output]) => ({ input, output, testtype })));

/** Programs that the teacher writes, in this order. */
const WRITTEN = {
  [SUM]: [
    program('print(sum(map(int, input().split())))'),
    program('print(max(map(int, input().split())))'),
    program(`open('${ESCAPED}', 'w').write('out')\nprint(3)`),
    'I would add the numbers one by one.',
  ],
  [DOUBLE]: [
    program('class Solution:\n    def double(self, number):\n        return number * 2'),
    program('class Solution:\n    def double(self, number):\n        return number ** 2'),
    program('def double(number):\n    return double(number)'),
    program('class Solution:\n    def double(self, number):\n        return number + number'),
  ],
};

const ROWS = [
  {
    question_content: SUM,
    starter_code: '',
    question_id: 'sum',
    public_test_cases: cases('stdin', ['1 2\n', '3\n']),
    private_test_cases: cases('stdin', ['10 20 30\n', '60\n']),
    metadata: '{}',
    ...{ platform: 'own', difficulty: 'easy', contest_date: '2026-01-01', question_title: 'Sum' },
  },
  {
    question_content: DOUBLE,
    starter_code: '',
    question_id: 'double',
    public_test_cases: cases('functional', ['2', '4']),
    private_test_cases: cases('functional', ['-7', '-14']),
    metadata: '{"func_name": "double"}',
    ...{ platform: 'own', difficulty: 'easy', contest_date: '2026-01-01', question_title: 'Double' },
  },
];
/** With chains of its own, in the row form of somebody else. */
const OWN_ROW = {
  question: OWN,
  public_test_cases: cases('stdin', ['4 9 2\n', '9\n']),
  chains: [
    `<think>The largest one.</think>${program('print(max(map(int, input().split())))')}`,
    `<think>The first one.</think>${program('print(input().split()[0])')}`,
  ],
};

interface Built {
  readonly question: string;
  readonly solution: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly solution_grade: string;
  readonly graded_by: string;
  readonly extracted_answer: string | null;
}

describe('a build of code problems, with their tests in the sandbox and no judge', () => {
  let system: System;
  let chains: readonly Built[];

  beforeAll(async () => {
    await expectSandbox();
    const recording = Object.entries(WRITTEN).map(([question, solutions]) => ({ question, solutions }));
    system = await startSystem({ model: { answer: recordedAnswerer(recording) } });
    writeFileSync(join(system.directory, 'code.jsonl'), ROWS.map((row) => JSON.stringify(row)).join('\n'));
    writeFileSync(join(system.directory, 'own.jsonl'), JSON.stringify(OWN_ROW));
    await system.serve();
    const handle = await startRun(system.client, {
      run: 'code',
      recipe: {
        name: 'code',
        sources: [
          { name: 'contest', path: 'code.jsonl', preset: 'livecodebench' },
          {
            name: 'own',
            path: 'own.jsonl',
            fields: { tests: ['public_test_cases'], chains: { form: 'think', fields: ['chains'] } },
          },
        ],
        teachers: [{ name: 'teacher', pool: 'fake', chains: 4, sampling: { temperature: 1, maxTokens: 4096 } }],
        validation: { minVerified: 1, maxChains: 6, keep: 'solution' },
      },
    });
    const { questions } = (await handle.result()) as RunSummary;
    expect(questions).toMatchObject({ total: 3, accepted: 3 });
    const rows = await readParquet(join(system.directory, 'store/datasets/code/v1/chains/*.parquet'));
    chains = rows as unknown as readonly Built[];
  });
  afterAll(() => system?.stop());

  const of = (question: string) => chains.filter((chain) => chain.question === question);
  const chainWith = (question: string, text: string) => of(question).find(({ solution }) => solution.includes(text));

  it('keeps the programs that pass all tests', () => {
    const good = { outcome: 'accepted', solution_grade: 'equal', graded_by: 'tests', extracted_answer: null };
    expect(chainWith(SUM, 'sum(map(')).toMatchObject(good);
    expect(chainWith(DOUBLE, 'number * 2')).toMatchObject(good);
    expect(chainWith(DOUBLE, 'number + number')).toMatchObject(good);
  });

  it('drops those that fail one, also only a hidden one, or end in an error', () => {
    const bad = { outcome: 'rejected', reason: 'wrong-solution', solution_grade: 'different', graded_by: 'tests' };
    expect(chainWith(SUM, 'max(map(')).toMatchObject(bad);
    expect(chainWith(DOUBLE, 'number ** 2')).toMatchObject(bad);
    expect(chainWith(DOUBLE, 'return double(number)')).toMatchObject(bad);
  });

  it('runs none of them outside the sandbox', () => {
    expect(chainWith(SUM, ESCAPED)).toMatchObject({ solution_grade: 'different', graded_by: 'tests' });
    expect(existsSync(ESCAPED)).toBe(false);
  });

  it('leaves a chain without a program undecided', () => {
    expect(chainWith(SUM, 'one by one')).toMatchObject({
      outcome: 'rejected',
      reason: 'undecided-solution',
      solution_grade: 'undecided',
      graded_by: 'none',
    });
  });

  it('checks chains that came with the rows in the same way', () => {
    expect(chainWith(OWN, 'max(map(')).toMatchObject({ outcome: 'accepted', graded_by: 'tests' });
    expect(chainWith(OWN, 'split()[0]')).toMatchObject({ reason: 'wrong-solution', graded_by: 'tests' });
  });
});
