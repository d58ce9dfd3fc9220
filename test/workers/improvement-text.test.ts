import { expect, it } from 'vitest';
import { improvementResultLines } from '../../workers/improvement-text.js';
import { roundResult, scoreOf } from '../workflows/improve/fake-rounds.js';

it('what a self-improvement came to is told round by round', () => {
  const lines = improvementResultLines({
    imitation: { name: 'small', version: 'v1' },
    imitationScores: [scoreOf('small', 0.5)],
    rounds: [roundResult(1, 0.6), roundResult(2, null, { variant: 'dpo', passRate: null, found: 1 })],
    comparisons: [],
    stop: { reason: 'too-little-new', words: 'round 2 found 1 pairs' },
    best: { name: 'small-r1', version: 'v1-00000000' },
    tableKey: 'runs/run/improvement/table.md',
    reportKey: 'runs/run/improvement/report.html',
  });
  expect(lines).toEqual([
    'improve   2 rounds, ended: too-little-new (round 2 found 1 pairs)',
    'imitation small v1, held-out 50.0 (45.0 to 55.0)',
    'round 1   50 questions explored, pass rate 30.0 %, 20 new chains; small-r1 v1-00000000, held-out 60.0 (55.0 to 65.0); calls 300 new, 0 reused',
    'round 2   50 questions explored, 1 new pairs; nothing trained; calls 300 new, 0 reused',
    'best      small-r1 v1-00000000',
    'table     runs/run/improvement/table.md',
    'report    runs/run/improvement/report.html',
  ]);
});
