import { describe, expect, it } from 'vitest';
import type { PoolTotals } from '../../workers/pool-status.js';
import type { RunStatus } from '../../workers/run-client.js';
import { ratesBetween, statusLine, statusScreen, summaryText } from '../../workers/status-text.js';
import { emptyTally, type Tally } from '../../workflows/tally.js';

const tally = (accepted: number, calls: number): Tally => ({
  ...emptyTally,
  accepted,
  spending: {
    ...emptyTally.spending,
    new: calls,
    inputTokens: calls * 100,
    outputTokens: calls * 50,
    cost: calls / 100,
  },
});

const status = (changes: Partial<RunStatus> = {}): RunStatus => ({
  run: 'nightly',
  state: 'running',
  phase: 'building',
  paused: false,
  questions: 40,
  questionsInFlight: 12,
  concurrency: 16,
  tally: tally(10, 100),
  pools: [],
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
  note: null,
  summary: null,
  ...changes,
});

const judge: PoolTotals = {
  pool: 'judge',
  inFlight: 30,
  limit: 32,
  waiting: 0,
  refusals: 0,
  errors: 0,
  healthy: true,
};

describe('ratesBetween', () => {
  it('are 0 without an earlier reading', () => {
    expect(ratesBetween(undefined, status(), 0)).toEqual({
      questionsPerSecond: 0,
      callsPerSecond: 0,
      tokensPerSecond: 0,
    });
  });

  it('are differences over time, and never below 0 when a run began anew', () => {
    const later = status({ tally: tally(20, 150) });
    expect(ratesBetween(status(), later, 5)).toEqual({
      questionsPerSecond: 2,
      callsPerSecond: 10,
      tokensPerSecond: 1500,
    });
    expect(ratesBetween(later, status(), 5).callsPerSecond).toBe(0);
  });
});

const improving = (change: Partial<NonNullable<RunStatus['improvement']>>): NonNullable<RunStatus['improvement']> => ({
  ...{ round: 2, maxRounds: 3, step: 'exploring', running: [], notes: {} },
  ...change,
});

const rates = { questionsPerSecond: 0.1, callsPerSecond: 4.25, tokensPerSecond: 900 };

describe('statusScreen', () => {
  it('has what design promises: phase, outcomes, rates, cost, pools, time left', () => {
    const pools = [judge, { ...judge, pool: 'teacher', waiting: 5, refusals: 2, errors: 1 }];
    expect(statusScreen(status({ pools }), rates, 120).split('\n')).toEqual([
      'nightly  running  phase: building',
      '[########......................] 10 of 40 questions, 12 in flight of 16, 5 min left',
      'accepted 10   rejected 0   failed 0',
      'calls    100 new, 0 reused, 0 repeated   4.3/s',
      'tokens   10000 in, 5000 out   900/s',
      'cost     1.0000, expected 4.0000',
      'pool     judge: 30 in flight of 32',
      'pool     teacher: 30 in flight of 32, 5 waiting, 2 refused, 1 errors',
    ]);
  });

  it('has nothing in flight once the run ended', () => {
    const [, bar] = statusScreen(status({ state: 'failed' }), rates, 120).split('\n');
    expect(bar).toMatch(/10 of 40 questions$/);
  });

  it('says why a pool is out, on one line and without moving the cursor', () => {
    const out = { ...judge, healthy: false, lastError: 'refused\n\u001B[2Jby\tpeer' };
    const lines = statusScreen(status({ pools: [out] }), rates, 200).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[6]).toBe('pool     judge: 30 in flight of 32, out: refused [2Jby peer');
  });

  it('names the quotas that want more, and promises no end that nobody knows', () => {
    const bin = (name: string, found: number) => ({ name, wanted: 10, found });
    const open = status({ quotas: [bin('low', 12), bin('high', 4)] });
    const lines = statusScreen(open, rates, 120).split('\n');
    expect(lines[1]).toMatch(/12 in flight of 16$/);
    expect(lines[3]).toBe('quotas   1 of 2 filled: high 4/10');
    expect(lines[6]).toBe('cost     1.0000');
    expect(statusLine(open, rates)).toContain(' | quotas 1 of 2 filled: high 4/10 | ');
    const many = Array.from({ length: 9 }, (_, index) => bin(`b${index}`, 0));
    expect(statusScreen(status({ quotas: many }), rates, 200)).toMatch(/0 of 9 filled: b0 0\/10, .*b5 0\/10, 3 more$/m);
    expect(statusScreen(status({ quotas: [bin('low', 10)] }), rates, 200)).toMatch(/^quotas {3}1 of 1 filled$/m);
  });

  it.each<[string, NonNullable<RunStatus['improvement']>, string[]]>([
    [
      'the imitation is asked',
      improving({ round: 0, step: 'evaluating' }),
      ['self-improvement: the imitation is evaluated'],
    ],
    [
      'a round explores',
      improving({ exploring: { questions: 60, finished: 20, inFlight: 8 } }),
      ['round 2 of at most 3: exploring, 20 of 60 questions, 8 in flight'],
    ],
    [
      'a round trains',
      improving({ step: 'training', running: ['round/2/student'], notes: { 'round/2/student': 'step 3 of 40' } }),
      ['round 2 of at most 3: training', '  round/2/student  step 3 of 40'],
    ],
    [
      'somebody is waited for',
      improving({ step: 'waiting for approval' }),
      ['round 2 of at most 3: waiting for approval', '  cotmill approve nightly   (or --end)'],
    ],
  ])('says of a self-improvement that %s', (_what, improvement, lines) => {
    const screen = statusScreen(status({ phase: 'improving', improvement }), rates, 120).split('\n');
    expect(screen.slice(6)).toEqual(lines);
    expect(statusLine(status({ improvement }), rates)).toContain(` | ${lines[0]}`);
  });

  it('keeps to the width', () => {
    const lines = statusScreen(status({ pools: [judge], note: 'a long note '.repeat(20) }), rates, 30).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBe(30);
  });
});

describe('statusLine', () => {
  it.each<[string, Partial<RunStatus>, string]>([
    ['at work', {}, 'nightly: building |'],
    ['paused', { paused: true }, 'nightly: building (paused) |'],
    ['ended', { state: 'cancelled' }, 'nightly: cancelled |'],
  ])('says that a run is %s', (_what, changes, start) => {
    expect(statusLine(status(changes), rates).startsWith(start)).toBe(true);
  });

  it('names pools and the note at its end', () => {
    const line = statusLine(
      status({ pools: [judge, { ...judge, pool: 't', healthy: false, lastError: 'refused' }], note: 'n' }),
      rates,
    );
    expect(line).toMatch(/ \| cost 1\.0000 \| judge 30\/32 \| t out \(refused\) \| n$/);
  });
});

it('summaryText names every reason, the most frequent first', () => {
  const text = summaryText({
    run: 'r',
    execution: 'e',
    planId: 'p',
    fingerprint: 'f',
    dataset: { name: 'sums', version: 'v1', manifestKey: 'datasets/sums/v1/manifest.json', published: 'new' },
    questions: { total: 5, accepted: 2, rejected: 2, failed: 1, byReason: { refused: 1, 'too-few-verified': 2 } },
    chains: { total: 9, accepted: 9, rejected: 0, failed: 0, byReason: {} },
    calls: { new: 3, reused: 2, repeated: 1 },
    tokens: { input: 10, output: 20 },
    cost: 0.5,
  });
  expect(text).toContain('5: 2 accepted, 2 rejected, 1 failed (too-few-verified 2, refused 1)');
  expect(text).toContain('9 accepted, 0 rejected, 0 failed\n');
  expect(text).toContain('3 new, 2 reused, 1 repeated');
});

it('summaryText says how the quotas ended, what is missing, and what was asked beyond them', () => {
  const text = summaryText({
    run: 'r',
    execution: 'e',
    planId: 'p',
    fingerprint: 'f',
    dataset: { name: 'sums', version: 'v1', manifestKey: 'm', published: 'new' },
    questions: { total: 5, accepted: 5, rejected: 0, failed: 0, byReason: {} },
    chains: { total: 9, accepted: 9, rejected: 0, failed: 0, byReason: {} },
    calls: { new: 3, reused: 2, repeated: 1 },
    tokens: { input: 10, output: 20 },
    cost: 0.5,
    quotas: [
      { name: 'low', wanted: 4, found: 6, accepted: 4, missing: 0 },
      { name: 'high', wanted: 9, found: 5, accepted: 5, missing: 4 },
    ],
    ended: 'pool-used-up',
    shortfall: 'high wants 4',
    beyond: { questions: 2, calls: 7, cost: 0.25 },
  });
  expect(text).toContain('quotas    1 of 2 filled (pool-used-up): low 4/4, high 5/9\n');
  expect(text).toContain('missing   high wants 4\n');
  expect(text).toMatch(/beyond {4}2 questions .*: 7 new calls, cost 0\.2500; not in the data set\n/);
});
