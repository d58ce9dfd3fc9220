import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvaluationResult } from '../../../activities/evaluation/evaluation-result.js';
import type { Comparison } from '../../../activities/experiment/experiment-summary.js';
import type { Gate } from '../../../config/gates.js';
import { baselineOf, gatesOf, judgeGates, withBaselines } from '../../../workflows/experiment/gates.js';

const counts = (accepted: number, failed = 0, total = 10) => ({
  questions: { total, accepted, rejected: total - accepted - failed, failed, byReason: {} },
});

const result = (fields: Partial<EvaluationResult> = {}): EvaluationResult => ({
  ...{ evaluation: 'held-out', benchmark: 'own', model: 'student', summaryKey: 'key', problems: 50, samples: 50 },
  ...{ passAt1: { value: 0.61, low: 0.47, high: 0.735 }, scored: 50, outcomes: {}, meanTokens: 120.24 },
  ...{ meanDifficulty: null, calls: { new: 0, reused: 0, repeated: 0 }, cost: 0, secondOpinion: null },
  ...fields,
});

const comparison = (value: number, isLargerThanNoise: boolean): Comparison => ({
  ...{
    evaluation: 'held-out',
    model: 'student',
    baseline: 'base',
    pValue: 0.021,
    isLargerThanNoise,
    problems: 200,
    visible: 0.08,
  },
  difference: { value, low: value - 0.05, high: value + 0.05 },
});

const about = { evaluation: 'held-out', model: 'student' };

describe('judgeGates', () => {
  it.each<[gate: Gate, passed: boolean, found: RegExp]>([
    [{ kind: 'accepted', atLeast: 8 }, true, /^8 of 10 questions accepted$/],
    [{ kind: 'accepted', atLeast: 9 }, false, /^8 of 10/],
    [{ kind: 'failed-share', atMost: 0.1 }, true, /^1 of 10 questions failed: 0\.1$/],
    [{ kind: 'failed-share', atMost: 0.09 }, false, /0\.1$/],
    [{ kind: 'failed-share', atMost: 0 }, false, /0\.1$/],
    [{ kind: 'score', ...about, atLeast: 0.61 }, true, /^pass@1 0\.61 \(0\.47 to 0\.735 at 95 %\) on 50 problems$/],
    [{ kind: 'score', ...about, atLeast: 0.62 }, false, /^pass@1 0\.61/],
    [{ kind: 'tokens', ...about, atMost: 121 }, true, /^120\.2 tokens an answer$/],
    [{ kind: 'tokens', ...about, atMost: 120 }, false, /^120\.2 tokens/],
    [{ kind: 'score', ...about, model: 'other', atLeast: 0 }, false, /^other was not evaluated on held-out$/],
    [{ kind: 'tokens', ...about, model: 'other', atMost: 9e9 }, false, /^other was not evaluated/],
    [{ kind: 'not-below', ...about, baseline: 'gone' }, false, /^student was not compared with gone on held-out$/],
  ])('%j: %s', (gate, passed, found) => {
    const [judged] = judgeGates([gate], { run: counts(8, 1), evaluations: [result()], comparisons: [] });
    expect(judged).toMatchObject({ passed, found: expect.stringMatching(found) as unknown });
  });

  it.each([
    {
      ...{ value: -0.1, larger: true, passed: false },
      found: /^-0\.1 \(-0\.15 to -0\.05 at 95 %, p = 0\.021\) against base: larger than noise$/,
    },
    { value: -0.1, larger: false, passed: true, found: /within noise$/ },
    { value: 0, larger: false, passed: true, found: /^\+0 .* within noise$/ },
    { value: 0.1, larger: true, passed: true, found: /^\+0\.1 .* larger than noise$/ },
  ])('not-below: a difference of $value, larger than noise $larger', ({ value, larger, passed, found }) => {
    const gates: Gate[] = [{ kind: 'not-below', ...about, baseline: 'base' }];
    const [judged] = judgeGates(gates, { run: counts(8), comparisons: [comparison(value, larger)] });
    expect(judged).toMatchObject({ passed, gate: 'not-below held-out student >= base' });
    expect(judged?.found).toMatch(found);
  });

  it('misses what was not scored or not counted', () => {
    const evaluations = [result({ passAt1: null, meanTokens: null })];
    const gates: Gate[] = [
      { kind: 'score', ...about, atLeast: 0 },
      { kind: 'tokens', ...about, atMost: 1 },
    ];
    expect(judgeGates(gates, { run: counts(8), evaluations })).toEqual([
      { gate: 'score held-out student >= 0', passed: false, found: 'none of 50 problems was scored' },
      {
        gate: 'tokens held-out student <= 1',
        passed: false,
        found: 'no endpoint said how many tokens its answers have',
      },
    ]);
  });

  it('works on counts alone, in the order of the gates, and passes an empty list', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }), fc.nat(10), (wanted, accepted) => {
        const gates = wanted.map((atLeast): Gate => ({ kind: 'accepted', atLeast }));
        const judged = judgeGates(gates, { run: counts(accepted) });
        expect(judged.map(({ passed }) => passed)).toEqual(wanted.map((atLeast) => accepted >= atLeast));
        expect(judged.map(({ gate }) => gate)).toEqual(wanted.map((atLeast) => `accepted >= ${atLeast}`));
      }),
    );
  });

  it('an experiment by itself misses gates of a build', () => {
    const gates: Gate[] = [
      { kind: 'accepted', atLeast: 1 },
      { kind: 'failed-share', atMost: 1 },
    ];
    expect(judgeGates(gates, {}).map(({ passed, found }) => `${passed} ${found}`)).toEqual(
      gates.map(() => 'false no data set was built by this'),
    );
  });

  it('a run without a single question has no failed share', () => {
    const [judged] = judgeGates([{ kind: 'failed-share', atMost: 0 }], { run: counts(0, 0, 0) });
    expect(judged?.passed).toBe(true);
  });
});

describe('baselines of gates', () => {
  const models = [{ model: 'base' }, { student: 'student' }];

  const notBelow: Gate = { kind: 'not-below', ...about };

  it.each([
    { name: 'its own', gate: { ...notBelow, baseline: 'own' }, fields: { baseline: 'other' }, baseline: 'own' },
    { name: "the evaluation's", gate: notBelow, fields: { baseline: 'other' }, baseline: 'other' },
    { name: 'the first model', gate: notBelow, fields: {}, baseline: 'base' },
  ])('$name', ({ gate, fields, baseline }) => {
    expect(withBaselines([gate], [{ name: 'held-out', models, ...fields }])).toEqual([{ ...gate, baseline }]);
  });

  it('leaves other gates, and those of unknown evaluations, as they are', () => {
    const gates: Gate[] = [
      { kind: 'accepted', atLeast: 1 },
      { kind: 'not-below', ...about },
    ];
    expect(withBaselines(gates, [])).toEqual(gates);
    expect(baselineOf({ models: [] })).toBeUndefined();
  });
});

it.each([
  [undefined, []],
  [{}, []],
  [{ gates: 'no' }, []],
  [{ gates: [{ kind: 'accepted', atLeast: 1 }] }, [{ kind: 'accepted', atLeast: 1 }]],
])('gatesOf(%j)', (recipe, gates) => {
  expect(gatesOf(recipe)).toEqual(gates);
});
