import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { TrainedStudent } from '../../activities/models/model-manifest.js';
import type { TrainingSummary } from '../../activities/selection/training-summary.js';
import { timeOf } from '../../workers/commands/time-argument.js';
import { EXIT } from '../../workers/exit-codes.js';
import { exitCodeOfRun } from '../../workers/follow-run.js';
import { junitXml } from '../../workers/junit.js';
import type { RunStatus } from '../../workers/run-client.js';
import { runEnd, type RunEnd } from '../../workers/run-end.js';
import { emptyTally } from '../../workflows/tally.js';

const student = {
  ...{ name: 'small', version: 'v1', method: 'sft', manifestKey: 'models/small/v1/manifest.json', base: 'base' },
  ...{ training: { name: 'set', version: 'v1', view: 'messages' }, weightsSha256: '', published: 'new' },
  result: { steps: 12, rows: 40, tokens: 9000, loss: 0.52, seconds: 61.7, restarts: 0 },
} satisfies TrainedStudent;

const trainingSet: TrainingSummary = {
  ...{
    name: 'set',
    version: 'v1',
    dataset: { name: 'sums', version: 'v1' },
    manifestKey: 'training/set/v1/manifest.json',
  },
  ...{ published: 'new', files: 4, candidates: { chains: 20, questions: 10 }, questions: 9, chains: 9, tokens: 900 },
  ...{ heldOut: 0, shortfall: 'easy: 3 of 5' },
};

const evaluation = (model: string, passAt1: EvaluationResult['passAt1']): EvaluationResult => ({
  ...{ evaluation: 'held-out', benchmark: 'own', model, summaryKey: `evaluations/r/${model}/held-out/summary.json` },
  ...{ passAt1, problems: 50, samples: 50, scored: 48, outcomes: {}, meanTokens: 9, meanDifficulty: null },
  ...{ calls: { new: 50, reused: 0, repeated: 0 }, cost: 0, secondOpinion: null },
});

const summary = (changes: Partial<RunSummary> = {}): RunSummary => ({
  ...{ run: 'nightly', execution: 'e', planId: 'p', fingerprint: 'f' },
  dataset: { name: 'sums', version: 'v1', manifestKey: 'datasets/sums/v1/manifest.json', published: 'new' },
  questions: { total: 10, accepted: 8, rejected: 1, failed: 1, byReason: {} },
  chains: { total: 40, accepted: 16, rejected: 20, failed: 4, byReason: {} },
  ...{ calls: { new: 100, reused: 7, repeated: 0 }, tokens: { input: 1, output: 2 }, cost: 0.5 },
  ...changes,
});

const whole = summary({
  trainingSets: [trainingSet],
  experiment: {
    students: [student],
    evaluations: [evaluation('small', { value: 0.5, low: 0.4, high: 0.6 }), evaluation('base', null)],
    ...{ comparisons: [], gates: [], tableKey: 'evaluations/r/table.md' },
  },
  gates: [
    { gate: 'accepted >= 8', passed: true, found: '8 of 10 questions accepted' },
    { gate: 'score held-out small >= 0.6', passed: false, found: 'pass@1 0.5 (0.4 to 0.6 at 95 %) on 50 problems' },
  ],
});

const status = (changes: Partial<RunStatus> = {}): RunStatus => ({
  ...{ run: 'nightly', state: 'completed', phase: 'done', paused: false, questions: 10, questionsInFlight: 0 },
  ...{ concurrency: 0, tally: emptyTally, pools: [], startedAt: '2026-01-02T03:04:05.000Z' },
  ...{ endedAt: '2026-01-02T03:05:35.500Z', note: null, summary: whole },
  ...changes,
});

describe('the end of a run for programs', () => {
  it('has the exit code, the gates and where things lie', () => {
    expect(runEnd(status())).toMatchObject({
      ...{ schema: 1, run: 'nightly', state: 'completed', exitCode: EXIT.gateMissed },
      gates: whole.gates,
      files: {
        manifest: 'datasets/sums/v1/manifest.json',
        report: 'datasets/sums/v1/report.html',
        table: 'evaluations/r/table.md',
        improvement: null,
      },
      summary: whole,
    });
  });

  it.each<[state: RunStatus['state'], gates: RunSummary['gates'], code: number]>([
    ['completed', undefined, EXIT.ok],
    ['completed', [], EXIT.ok],
    ['completed', [{ gate: 'g', passed: true, found: '' }], EXIT.ok],
    ['completed', [{ gate: 'g', passed: false, found: '' }], EXIT.gateMissed],
    ['cancelled', undefined, EXIT.cancelled],
    ['failed', undefined, EXIT.runFailed],
    ['terminated', undefined, EXIT.runFailed],
    ['running', undefined, EXIT.stillRunning],
  ])('%s with gates %j ends with %d', (state, gates, code) => {
    const made = state === 'completed' ? summary(gates && { gates }) : null;
    expect(exitCodeOfRun({ state, summary: made })).toBe(code);
  });
});

describe('JUnit', () => {
  it('has a case each for run, data set, training set, student, evaluation and gate', () => {
    const xml = junitXml(runEnd(status()));
    const cases = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"/g)];
    expect(cases.map(([, part, name]) => `${part}: ${name}`)).toEqual([
      'nightly.run: nightly',
      'nightly.build: data set sums',
      'nightly.selection: training set set',
      'nightly.training: student small',
      'nightly.evaluation: held-out small',
      'nightly.evaluation: held-out base',
      'nightly.gates: accepted &gt;= 8',
      'nightly.gates: score held-out small &gt;= 0.6',
    ]);
    expect(xml).toContain(
      '<testsuite name="cotmill nightly" tests="8" failures="2" errors="0" skipped="0" time="90.500" timestamp="2026-01-02T03:04:05.000Z">',
    );
    expect(xml).toContain(
      '<failure type="cotmill" message="missed: pass@1 0.5 (0.4 to 0.6 at 95 %) on 50 problems">missed: pass@1',
    );
    expect(xml).toContain('message="none of 50 answers was scored: evaluations/r/base/held-out/summary.json"');
    expect(xml).toContain('<property name="exitCode" value="6"/>');
  });

  it.each<[what: string, changes: Partial<RunStatus>, expected: string]>([
    [
      'a failure, with its first line as the message',
      { state: 'failed', note: 'training set a: too few\nand more' },
      '<error type="cotmill" message="failed: training set a: too few">failed: training set a: too few\nand more</error>',
    ],
    ['a cancelled run', { state: 'cancelled', note: 'Workflow cancelled' }, 'message="cancelled: Workflow cancelled"'],
    ['a run at work', { state: 'running', endedAt: null }, '<skipped message="the run is still at work"/>'],
  ])('%s', (_what, changes, expected) => {
    const xml = junitXml(runEnd(status({ summary: null, ...changes })));
    expect(xml).toContain(expected);
    expect(xml.match(/<testcase /g)).toHaveLength(1);
  });

  it('is well-formed for any text', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            ']]>',
            '<!--',
            '&amp;',
            '"',
            "'",
            '\u0000',
            '\uD800',
            '\uFFFE',
            '\n',
            '\u{1F600}',
            '</failure>',
          ),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(hostile, hostile, (gate, note) => {
        const gates = [{ gate, passed: false, found: note }];
        for (const end of [{ summary: summary({ gates }) }, { summary: null, note, state: 'failed' as const }])
          checkXml(junitXml(runEnd(status(end))), runEnd(status(end)));
      }),
    );
  });
});

/** As strict as XML 1.0 about what our documents are made of: tags, quoted attributes, text, references and no other character. */
function checkXml(xml: string, { run }: Pick<RunEnd, 'run'>): void {
  expect(run).toBe('nightly');
  const [declaration, body] = [xml.slice(0, xml.indexOf('\n')), xml.slice(xml.indexOf('\n') + 1)];
  expect(declaration).toBe('<?xml version="1.0" encoding="UTF-8"?>');
  expect(body).not.toMatch(/[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u);
  const open: string[] = [];
  const attribute = /\s[A-Za-z]+="(?:[^<>&"]|&(?:amp|lt|gt|quot|#\d+);)*"/y;
  const text = /(?:[^<>&]|&(?:amp|lt|gt|quot|#13);)*/y;
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(body)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  while (at < body.length) {
    take(text);
    if (at === body.length) break;
    const closing = take(/<\/[a-z-]+>/y);
    if (closing !== undefined) {
      expect(open.pop()).toBe(closing.slice(2, -1));
      continue;
    }
    const tag = take(/<[a-z-]+/y);
    expect(tag, `at ${body.slice(at, at + 60)}`).toBeDefined();
    while (take(attribute) !== undefined);
    if (take(/\/>/y) === undefined) {
      expect(take(/>/y), `at ${body.slice(at, at + 60)}`).toBe('>');
      open.push((tag ?? '').slice(1));
    }
  }
  expect(open).toEqual([]);
}

describe('times of the command line', () => {
  it.each([
    ['30s', 30_000],
    ['90m', 5_400_000],
    ['6h', 21_600_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ])('%s', (text, milliseconds) => expect(timeOf(text)).toBe(milliseconds));

  it.each([[''], ['10'], ['m'], ['0s'], ['1h 30m'], ['-1h'], ['1w']])('%j is none', (text) => {
    expect(() => timeOf(text)).toThrow(/Expected a time/);
  });
});
