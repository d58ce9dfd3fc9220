import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGrader, type Grader } from '../../../activities/grading/grader.js';
import { gradeCommand, runGrade, type GradeOptions } from '../../../workers/commands/grade.js';

const rows = [
  { id: 'a', answer: '18', text: 'A: 18', is_correct: true },
  { id: 'b', answer: 18, text: 'A: 19', is_correct: false },
  { answer: 'x+1', text: '\\boxed{1+x}', is_correct: true },
  { id: 7, answer: '5', text: 'Answer: 5', is_correct: false },
  { answer: '1/2', text: 'The answer is 0.5.' },
];
const jsonl = rows.map((row) => JSON.stringify(row)).join('\n');

describe('runGrade', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'cotmill-grade-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  async function grade(content: string | Buffer, options: Partial<GradeOptions> = {}) {
    const file = join(directory, options.file ?? 'rows.jsonl');
    writeFileSync(file, content);
    const lines: string[] = [];
    const code = await runGrade({ grader: createGrader(), out: (line) => lines.push(line), ...options, file });
    return { code, lines, json: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  }

  it('reports each row and the totals', async () => {
    const { code, json } = await grade(jsonl, { json: true });
    expect(code).toBe(0);
    const [first, second, third, fourth, fifth, summary] = json();
    expect(first).toEqual({
      kind: 'row',
      line: 1,
      id: 'a',
      verdict: 'equal',
      decidedBy: 'fast-path',
      extracted: '18',
      extractedFrom: 'stated',
      isCorrect: true,
    });
    expect(second).toMatchObject({ line: 2, verdict: 'different', isCorrect: false });
    expect(third).toMatchObject({ id: 'line-3', verdict: 'undecided', decidedBy: 'none' });
    expect(fourth).toMatchObject({ id: '7', verdict: 'equal', isCorrect: false });
    expect(fifth).not.toHaveProperty('isCorrect');
    expect(summary).toEqual({
      kind: 'summary',
      rows: 5,
      brokenLines: 0,
      verdicts: { equal: 3, different: 1, undecided: 1 },
      byCheck: {
        'fast-path': { equal: 3, different: 1, undecided: 0 },
        'math-verify': { equal: 0, different: 0, undecided: 0 },
        none: { equal: 0, different: 0, undecided: 1 },
      },
      labels: {
        rows: 4,
        equalRight: 1,
        equalWrong: 1,
        differentRight: 0,
        differentWrong: 1,
        undecidedRight: 1,
        undecidedWrong: 0,
        agreement: 2 / 3,
        precision: 1 / 2,
        recall: 1 / 2,
      },
    });
  });

  it('writes lines for people', async () => {
    const { lines } = await grade(jsonl);
    expect(lines[0]).toBe('1 a equal (fast-path): answer "18", reference "18", labelled right');
    expect(lines).toContain('5 rows graded, 0 broken lines');
    expect(lines).toContain('  precision 0.5000 (1 of 2 accepted)');
    expect(lines).toContain('  recall 0.5000 (1 of 2 labelled right)');
  });

  it('shows only disagreements when asked', async () => {
    const { json } = await grade(jsonl, { json: true, disagreements: true });
    expect(json().map(({ kind, line }) => [kind, line])).toEqual([
      ['row', 3],
      ['row', 4],
      ['summary', undefined],
    ]);
  });

  it('shows no rows when asked', async () => {
    const { lines } = await grade(jsonl, { summary: true });
    expect(lines[0]).toBe('5 rows graded, 0 broken lines');
  });

  it.each([
    ['{"answer": "5"', 'broken JSON'],
    ['[1]', 'a list'],
    ['{"answer": "5"}', '"text"'],
    ['{"answer": "", "text": "A: 5"}', '"answer"'],
    ['{"answer": "5", "text": 5}', '"text"'],
    ['{"answer": "5", "text": "A: 5", "is_correct": "yes"}', '"is_correct"'],
  ])('reports %s with its line and what was expected, and goes on', async (broken, problem) => {
    const { code, json } = await grade(`${JSON.stringify(rows[0])}\n\n${broken}\n${JSON.stringify(rows[1])}\n`, {
      json: true,
    });
    expect(code).toBe(1);
    const [, report, , summary] = json();
    expect(report).toMatchObject({ kind: 'broken', line: 3 });
    expect(report?.['problem']).toContain(problem);
    expect(report?.['problem']).toContain('expected an object with "answer"');
    expect(summary).toMatchObject({ rows: 2, brokenLines: 1 });
  });

  it('has no labels section, and null shares, where nothing was counted', async () => {
    const unlabelled = await grade('{"answer": "5", "text": "A: 5"}', { json: true });
    expect(unlabelled.json().at(-1)).not.toHaveProperty('labels');
    const nothingAccepted = await grade('{"answer": "5", "text": "A: 6", "is_correct": false}', { json: true });
    expect(nothingAccepted.json().at(-1)).toMatchObject({ labels: { agreement: 1, precision: null, recall: null } });
  });

  it('says so when there is nothing to grade', async () => {
    expect(await grade('')).toMatchObject({
      code: 1,
      lines: expect.arrayContaining(['0 rows graded, 0 broken lines']) as string[],
    });
  });

  it('reads gzip', async () => {
    const { code, lines } = await grade(gzipSync(jsonl), { file: 'rows.jsonl.gz', summary: true });
    expect([code, lines[0]]).toEqual([0, '5 rows graded, 0 broken lines']);
  });

  it('reads its input for "-"', async () => {
    const lines: string[] = [];
    const input = Readable.from([Buffer.from(jsonl)]);
    const code = await runGrade({
      file: '-',
      input,
      grader: createGrader(),
      out: (line) => lines.push(line),
      summary: true,
    });
    expect([code, lines[0]]).toEqual([0, '5 rows graded, 0 broken lines']);
  });

  it('says which file cannot be read', async () => {
    const lines: string[] = [];
    const code = await runGrade({
      file: join(directory, 'none.jsonl'),
      grader: createGrader(),
      out: (line) => lines.push(line),
    });
    expect(code).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('none.jsonl');
  });

  it('keeps the order of the rows while several are graded at once', async () => {
    let inFlight = 0;
    let most = 0;
    const slow: Grader = {
      grade: async ({ reference }) => {
        most = Math.max(most, ++inFlight);
        await new Promise((resolve) => setTimeout(resolve, reference === '0' ? 20 : 1));
        inFlight--;
        return { verdict: 'equal', decidedBy: 'fast-path', extracted: reference };
      },
      close: () => Promise.resolve(),
    };
    const many = Array.from({ length: 20 }, (_, index) => JSON.stringify({ answer: index, text: 'x' })).join('\n');
    const { json } = await grade(many, { json: true, grader: slow, window: 4 });
    expect(
      json()
        .slice(0, 20)
        .map(({ line }) => line),
    ).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(most).toBe(4);
  });
});

describe('gradeCommand', () => {
  it('opens the grader it is asked for, sets the exit code and closes the grader', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cotmill-grade-'));
    const file = join(directory, 'rows.jsonl');
    writeFileSync(file, jsonl);
    const lines: string[] = [];
    const opened: object[] = [];
    let isClosed = false;
    const grader: Grader = { ...createGrader(), close: () => Promise.resolve(void (isClosed = true)) };
    const openGrader = (choice: object): Grader => {
      opened.push(choice);
      return grader;
    };
    const before = process.exitCode;
    try {
      const command = gradeCommand({ openGrader, out: (line) => lines.push(line) });
      await command.parseAsync(['--summary', '--no-math-verify', '--processes', '3', file], { from: 'user' });
      expect(process.exitCode).toBe(0);
    } finally {
      process.exitCode = before;
      rmSync(directory, { recursive: true });
    }
    expect(opened).toEqual([{ mathVerify: false, processes: 3 }]);
    expect(isClosed).toBe(true);
    expect(lines[0]).toBe('5 rows graded, 0 broken lines');
  });
});
