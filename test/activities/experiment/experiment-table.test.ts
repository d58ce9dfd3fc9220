import { describe, expect, it } from 'vitest';
import { comparePairs } from '../../../activities/experiment/compare-models.js';
import type { EvaluatedOnce, ExperimentRecord } from '../../../activities/experiment/experiment-record.js';
import { experimentMarkdown, experimentText } from '../../../activities/experiment/experiment-table.js';
import type { EvaluationSummary } from '../../../activities/evaluation/evaluation-summary.js';
import type { ProblemResult } from '../../../activities/evaluation/results.js';

const SHA = 'a'.repeat(64);

function evaluated(model: string, value: number, changes: Partial<EvaluationSummary> = {}): EvaluatedOnce {
  const passAt1 = { value, low: value - 0.06, high: value + 0.06 };
  const summary = {
    schema: 1,
    model,
    benchmark: {
      name: 'word-problems',
      title: 'Word problems',
      dataset: null,
      revision: null,
      size: 200,
      redistributable: true,
    },
    problemsSha256: SHA,
    decoding: {
      sampling: { temperature: 0.8, maxTokens: 512, seed: true },
      samples: 4,
      prompt: { name: 'mini-solve', version: '1', hash: SHA },
      optionSeed: null,
    },
    harness: 'cotmill',
    counts: { problems: 200, samples: 800, scored: 800, outcomes: {} },
    scores: { passAt1: null, passAtK: [], majority: null },
    shares: { truncated: 0.01, unparsed: 0.02 },
    bySubject: [],
    byLevel: [],
    tokens: null,
    ...changes,
  } as unknown as EvaluationSummary;
  const result = {
    evaluation: 'held-out',
    benchmark: 'word-problems',
    model,
    summaryKey: `evaluations/r/${model}/held-out/summary.json`,
    passAt1,
    ...{ problems: 200, samples: 800, scored: 800, outcomes: {}, meanTokens: 41.6, meanDifficulty: null },
    calls: { new: 800, reused: 0, repeated: 0 },
    cost: 0,
    secondOpinion: null,
  };
  return { result, summary };
}

const record = (changes: Partial<ExperimentRecord> = {}): ExperimentRecord => ({
  schema: 1,
  run: 'r',
  dataset: { name: 'd', version: 'v1' },
  students: [
    {
      ...{ name: 'sft', version: 'v1', method: 'sft', published: 'new', manifestKey: 'models/sft/v1/manifest.json' },
      base: 'weak',
      training: { name: 'set', version: 'v1', view: 'messages' },
      weightsSha256: SHA,
      result: { steps: 1200, rows: 774, tokens: 61_000, loss: 0.0654, seconds: 90.2, restarts: 0 },
    },
  ],
  evaluations: [evaluated('weak', 0.4), evaluated('sft', 0.6)],
  comparisons: [
    {
      ...{ evaluation: 'held-out', model: 'sft', baseline: 'weak', problems: 200, visible: 0.08 },
      difference: { value: 0.2, low: 0.14, high: 0.26 },
      pValue: 0.0001,
      isLargerThanNoise: true,
    },
  ],
  gates: [{ gate: 'score held-out sft >= 0.7', passed: false, found: 'pass@1 0.6' }],
  failed: [],
  ...changes,
});

describe('the table of an experiment', () => {
  it('says scores, differences, lengths, trainings and gates as text', () => {
    expect(experimentText(record())).toBe(
      [
        'held-out: Word problems, 200 problems',
        '  4 answers a problem, temperature 0.8, maxTokens 512, prompt mini-solve 1',
        '  model  pass@1  95 % interval                 to weak  larger than noise  tokens    cut  unparsed              calls',
        '  weak     40.0   34.0 to 46.0                       -                  -      42  1.0 %     2.0 %  800 new, 0 reused',
        '  sft      60.0   54.0 to 66.0  +20.0 (+14.0 to +26.0)        yes, better      42  1.0 %     2.0 %  800 new, 0 reused',
        '  sft is 20.0 points above weak on the same 200 problems (+14.0 to +26.0 at 95 %, p < 0.001): larger than noise.',
        '',
        'trainings',
        '  student  method  from      training set  rows  steps  tokens   loss  seconds  trained',
        '  sft v1      sft  weak  set v1, messages   774  1,200  61,000  0.065       90      now',
        '',
        'gates',
        '  MISSED  score held-out sft >= 0.7: pass@1 0.6',
      ].join('\n'),
    );
  });

  it('is the same in Markdown, with cells that hold no bars', () => {
    const barred = evaluated('a|b', 0.1);
    const text = experimentMarkdown(record({ evaluations: [...record().evaluations, barred] }));
    expect(text).toMatch(/^# r: d v1\n\n## held-out/);
    expect(text).toContain('| sft | 60.0 | 54.0 to 66.0 | +20.0 (+14.0 to +26.0) | yes, better |');
    expect(text).toContain('| a\\|b | 10.0 |');
    expect(text).toContain('- MISSED  score held-out sft >= 0.7: pass@1 0.6');
  });

  it('names what has no result, and models that were not asked alike', () => {
    const other = evaluated('sft', 0.6, { problemsSha256: 'b'.repeat(64) });
    const failed = [{ id: 'student/dpo', reason: 'out of\nmemory' }];
    const text = experimentText(record({ evaluations: [evaluated('weak', 0.4), other], failed }));
    expect(text).toContain('NOT the same problems');
    expect(text).toContain('student/dpo: out of memory');
  });
});

describe('comparing models', () => {
  const answers = (right: readonly number[]): ProblemResult[] =>
    right.map((correct, index) => ({
      id: String(index).padStart(32, '0'),
      subject: null,
      level: null,
      samples: [{ sample: 0, outcome: correct ? 'correct' : 'wrong', vote: null, outputTokens: 3 }],
    }));
  const all = (value: number): ProblemResult[] => answers(Array.from({ length: 40 }, () => value));

  it('leaves pairs without answers out, reads each model once, and tells noise from more', async () => {
    const reads: string[] = [];
    const pair = (model: string, baseline: string) => ({ evaluation: 'e', model, baseline });
    const stored: Record<string, ProblemResult[]> = { weak: all(0), good: all(1), same: all(0) };
    const comparisons = await comparePairs(
      [pair('good', 'weak'), pair('same', 'weak'), pair('lost', 'weak'), pair('good', 'same')],
      ({ model }) => {
        reads.push(model);
        return Promise.resolve(stored[model]);
      },
    );
    expect(comparisons.map(({ model, isLargerThanNoise }) => [model, isLargerThanNoise])).toEqual([
      ['good', true],
      ['same', false],
      ['good', true],
    ]);
    expect(comparisons[0]).toMatchObject({ difference: { value: 1 }, problems: 40 });
    expect(reads.sort()).toEqual(['good', 'lost', 'same', 'weak']);
  });
});
