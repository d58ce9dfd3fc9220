import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agreementOf, disagreements, recordedBuild, type RecordedBuild } from '../support/recorded-build.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Question, answer, then right and wrong solutions: forms of answers as models write them. */
type Exercise = readonly [
  question: string,
  answer: string,
  right: readonly [string, string],
  wrong: readonly [string, string],
];

const EXERCISES: readonly Exercise[] = [
  [
    'A crate holds 6 rows of 7 lemons. How many lemons are in it?',
    '42',
    ['6 rows of 7 make 6 * 7 = 42.\nA: 42', 'Seven lemons, six times: \\boxed{42}'],
    ['6 + 7 = 13.\nA: 13', 'A row has 7 lemons, so the answer is 48.'],
  ],
  [
    'Mira walks 1.5 km to the lake and the same way back. How many km does she walk?',
    '3',
    ['1.5 + 1.5 = 3.0 km.\nThe answer is 3.0.', 'Twice 1.5 km: $\\boxed{3\\text{ km}}$.'],
    ['Only one way counts.\nThe answer is 1.5.', 'A: 4'],
  ],
  [
    'What share of 8 slices is left when 6 are eaten? Give a fraction.',
    '1/4',
    ['2 of 8 slices are left: \\boxed{\\frac{2}{8}}', 'Two slices of eight.\nAnswer: 0.25'],
    ['6 of 8 are eaten: \\boxed{\\frac{3}{4}}', 'A: 2'],
  ],
  [
    'A printer costs $1,250 and a table $350 less. What does the table cost, in dollars?',
    '900',
    ['1250 - 350 = $<<1250-350=900>>900\nA: 900', 'The table costs \\$900.00, so \\boxed{\\$900}.'],
    ['1250 + 350 = $<<1250+350=1600>>1600\nA: 1600', 'A: 350'],
  ],
  [
    'Solve x^2 = 49 for the negative x.',
    '-7',
    ['Both 7 and -7 are roots; the negative one is \\boxed{-7}.', 'x = -7.\nThe answer is -7.'],
    ['The root of 49 is \\boxed{7}.', 'There is none.\nA: 0'],
  ],
  [
    'Three friends share 1000000 points so that each gets as many as the others, and 1 is left. How many does each get?',
    '333,333',
    ['(1000000 - 1) / 3 = 333333\nA: 333333', 'Each gets \\boxed{333{,}333}.'],
    ['1000000 / 3 is about 333334\nA: 333334', 'A: 1'],
  ],
  [
    'Write 5 times the square root of 2, squared.',
    '50',
    ['(5\\sqrt{2})^2 = 25 \\cdot 2 = \\boxed{50}', '25 times 2.\nFinal answer: 50'],
    ['5 * 2 = \\boxed{10}', 'I first thought of \\boxed{50}, but it has to be \\boxed{20}.'],
  ],
  [
    'A bus leaves with 31 people; 14 get off and 9 get on. How many are on it then?',
    '26',
    ['31 - 14 + 9 = 26.\nA: 26', '17 stay, 9 come: the answer is **26**.'],
    ['31 - 14 - 9 = 8.\nA: 8', '31 + 14 + 9 = 54.\nA: 54'],
  ],
  [
    'Expand (x + 1)(x - 1).',
    'x^2-1',
    ['The difference of squares: \\boxed{x^2 - 1}', 'Multiply out: \\boxed{x^{2}-1}'],
    ['\\boxed{x^2 + 1}', '\\boxed{x^2 - 2x + 1}'],
  ],
  [
    'A tank of 80 litres is 35% full. How many litres are in it?',
    '28',
    ['80 * 35/100 = 28 litres\nA: 28 litres', 'That is \\boxed{28}.'],
    ['80 - 35 = 45\nA: 45', '80 * 65/100 = 52\nA: 52'],
  ],
];

describe('a build of recorded solutions', () => {
  const folder = temporaryDirectory('recording');
  let built: RecordedBuild;
  beforeAll(async () => {
    const questions = join(folder.path, 'questions.jsonl');
    const recording = join(folder.path, 'recording.jsonl');
    writeFileSync(questions, EXERCISES.map(([question, answer]) => JSON.stringify({ question, answer })).join('\n'));
    writeFileSync(recording, EXERCISES.map(recorded).join('\n'));
    built = await recordedBuild({
      questions,
      recording,
      source: { fields: { question: 'question', answer: 'answer' } },
    });
  });
  afterAll(() => folder.remove());

  it('has a row for every solution, with the text as it was recorded', () => {
    expect(built.summary.questions).toMatchObject({ total: 10, accepted: 10, rejected: 0, failed: 0 });
    expect(built.summary.chains).toMatchObject({ total: 40, accepted: 20, rejected: 20 });
    expect(built.unknownTexts).toBe(0);
    expect(new Set(built.chains.map(({ question, text }) => `${question}\n${text}`)).size).toBe(40);
  });

  it('tells right from wrong as the labels do', () => {
    expect(disagreements(built.chains)).toEqual([]);
    expect(agreementOf(built.chains, 'rules')).toMatchObject({ chains: 40, right: 20, precision: 1, recall: 1 });
  });
});

/** As fields of their own for every other question, in a list for the rest: recordings come in both forms. */
function recorded([question, , right, wrong]: Exercise, index: number): string {
  const solutions = [
    { text: right[0], is_correct: true },
    { text: wrong[0], is_correct: false },
    { text: wrong[1], is_correct: false },
    { text: right[1], is_correct: true },
  ];
  return JSON.stringify({ question, ...(index % 2 === 0 ? { chains: solutions } : { ...solutions }) });
}
