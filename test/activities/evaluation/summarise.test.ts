import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvaluationSummary } from '../../../activities/evaluation/evaluation-summary.js';
import { evaluationText, groupText } from '../../../activities/evaluation/evaluation-text.js';
import { comparePaired, comparisonWords } from '../../../activities/evaluation/paired.js';
import { OUTCOMES, type ProblemResult } from '../../../activities/evaluation/results.js';
import { summarise, type EvaluationSettings } from '../../../activities/evaluation/summarise.js';
import { problem, problems } from './results.js';

const SETTINGS: EvaluationSettings = {
  model: 'student-7b',
  benchmark: {
    ...{ name: 'aime24', title: 'AIME 2024', dataset: 'HuggingFaceH4/aime_2024', revision: 'abc', size: 30 },
    redistributable: false,
  },
  decoding: {
    sampling: { temperature: 0.6, topP: 0.95, maxTokens: 32768, seed: true },
    samples: 4,
    prompt: { name: 'evaluate-math', version: 1, hash: '0'.repeat(64) },
    optionSeed: null,
  },
  harness: 'cotmill',
};
const MIXED: ProblemResult[] = [
  problem('a', ['correct', 'correct', 'wrong', 'truncated'], { subject: 'Algebra', level: 'Level 1' }),
  problem('b', ['wrong', 'unparsed', 'undecided', 'refused'], { subject: 'Geometry', level: 'Level 2' }),
  problem('c', ['correct', 'failed', 'failed', 'failed'], { subject: 'Algebra', level: 'Level 2' }),
];

describe('summarise', () => {
  it('counts everything once, and scores what can be scored', () => {
    const summary = summarise(MIXED, SETTINGS);
    expect(EvaluationSummary.parse(summary)).toEqual(summary);
    expect(summary.counts).toEqual({
      ...{ problems: 3, samples: 12, scored: 9, duplicates: 0, unreadable: 0 },
      outcomes: {
        ...{ correct: 3, wrong: 2, unparsed: 1, truncated: 1, undecided: 1, refused: 1, failed: 3 },
        'not-graded': 0,
      },
    });
    expect(summary.scores.passAt1).toMatchObject({ value: 0.5, problems: 3 });
    expect(summary.scores.majority?.value).toBeCloseTo(2 / 3, 12);
    expect(summary.scores.passAtK).toEqual([]);
    expect(summary.shares).toEqual({ truncated: 1 / 9, unparsed: 1 / 9 });
    expect(summary.bySubject.map(({ name, value }) => [name, value])).toEqual([
      ['Algebra', 0.75],
      ['Geometry', 0],
    ]);
    expect(summary.tokens).toMatchObject({ answers: 9, mean: 100 });
  });

  it('is valid and the same in any order, for whatever outcomes', () => {
    const samples = fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 15 }), (all) => {
        const results = all.map((outcomes, nth) => problem(`p${nth}`, outcomes, { subject: `s${nth % 3}` }));
        const summary = summarise(results, SETTINGS);
        expect(EvaluationSummary.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary);
        const turned = results.map((each) => ({ ...each, samples: [...each.samples].reverse() })).reverse();
        expect(summarise(turned, SETTINGS)).toEqual(summary);
        const counted = Object.values(summary.counts.outcomes).reduce((sum, count) => sum + count, 0);
        expect(counted).toBe(summary.counts.samples);
      }),
      { numRuns: 50 },
    );
  });

  it('says that there is no score where nothing was graded', () => {
    const summary = summarise([problem('a', ['not-graded'])], SETTINGS);
    expect(summary.scores).toEqual({ passAt1: null, passAtK: [], majority: null });
    expect(evaluationText([summary])).toContain('1 not graded; these samples have no score');
  });

  it('takes a benchmark of the real size in passing', () => {
    const large = Array.from({ length: 12_032 }, (_, nth) => nth % 5);
    expect(summarise(problems(large, 4), SETTINGS).scores.passAt1?.value).toBeCloseTo(0.5, 2);
  });
});

describe('evaluationText', () => {
  const base = problems(
    Array.from({ length: 30 }, (_, nth) => (nth < 3 ? 4 : 0)),
    4,
  );
  const student = problems(
    Array.from({ length: 30 }, (_, nth) => (nth < 13 ? 4 : 0)),
    4,
  );
  const before = summarise(base, { ...SETTINGS, model: 'base' });
  const after = summarise(student, SETTINGS);

  it('shows scores with intervals, settings and tokens, and the verdict', () => {
    const comparison = comparePaired(base, student, 'aime24');
    const words = comparisonWords(comparison, { first: 'base', second: 'student-7b' });
    const text = evaluationText([before, after], [{ benchmark: 'aime24', words }]);
    expect(text.split('\n')).toEqual([
      'AIME 2024: 30 problems, one is 3.3 points',
      '  4 answers a problem, temperature 0.6, topP 0.95, maxTokens 32768, prompt evaluate-math 1',
      '  model       pass@1  95 % interval  majority  tokens  p90    cut  unparsed',
      '  base          10.0    3.5 to 25.6      10.0     100  100  0.0 %     0.0 %',
      '  student-7b    43.3   27.4 to 60.8      43.3     100  100  0.0 %     0.0 %',
      expect.stringMatching(/^student-7b is 33\.3 points above base .* larger than noise\.$/) as string,
    ]);
    for (const line of text.split('\n').slice(2, 5)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('warns of scores that do not compare, and names both settings', () => {
    const greedy = summarise(base, {
      ...SETTINGS,
      model: 'greedy',
      decoding: { ...SETTINGS.decoding, sampling: { temperature: 0, seed: true } },
    });
    const text = evaluationText([greedy, after]);
    expect(text).toContain('  greedy: 4 answers a problem, temperature 0, prompt evaluate-math 1\n');
    expect(text).toContain('these scores do not compare');
    expect(evaluationText([before, summarise(student.slice(1), SETTINGS)])).toContain('do not compare');
  });

  it('has a table for each benchmark, and says what was given in part', () => {
    const benchmark = { ...SETTINGS.benchmark, name: 'math500', title: 'MATH-500', size: 500 };
    const text = evaluationText([before, summarise(student, { ...SETTINGS, benchmark })]);
    expect(text.split('\n\n')).toHaveLength(2);
    expect(text).toContain('MATH-500: 30 of 500 problems');
    expect(evaluationText([])).toBe('');
  });

  it('shows groups', () => {
    expect(groupText(summarise(MIXED, SETTINGS)).split('\n')).toEqual([
      '  subject   pass@1  95 % interval  problems',
      expect.stringMatching(/^ {2}Algebra {5}75\.0 +\d/) as string,
      expect.stringMatching(/^ {2}Geometry {5}0\.0 +0\.0 to 79\.3 +1$/) as string,
      '  level    pass@1  95 % interval  problems',
      expect.stringMatching(/^ {2}Level 1/) as string,
      expect.stringMatching(/^ {2}Level 2/) as string,
    ]);
  });
});
