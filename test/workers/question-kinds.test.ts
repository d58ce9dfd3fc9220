import { describe, expect, it } from 'vitest';
import type { ChainMetadata } from '../../activities/dataset/rows.js';
import { kindOf } from '../../workers/question-kinds.js';

type By = ChainMetadata['revision_by'];
const chain = (revision_by: By, outcome: ChainMetadata['outcome'] = 'accepted') => ({
  question_id: 'q',
  outcome,
  revision_by,
});

describe('kindOf', () => {
  it.each<[string, By[]]>([
    ['accepted at once', ['teacher', 'teacher', 'source']],
    ['accepted after extension', ['teacher', 'extend']],
    ['accepted after simplification', ['simplify', 'simplify']],
    ['accepted after extension and simplification', ['simplify', 'extend']],
    ['accepted after shortening', ['shorten']],
  ])('is "%s" for kept chains by %s', (kind, by) => {
    const chains = by.map((one) => chain(one));
    expect(kindOf({ question_id: 'q', outcome: 'accepted', reason: null }, chains)).toBe(kind);
  });

  it('does not count the rewrites of chains that were dropped', () => {
    const chains = [chain('teacher'), chain('extend', 'rejected')];
    expect(kindOf({ question_id: 'q', outcome: 'accepted', reason: null }, chains)).toBe('accepted at once');
  });

  it.each(['rejected', 'failed'] as const)('names the reason of a %s question', (outcome) => {
    expect(kindOf({ question_id: 'q', outcome, reason: 'why' }, [])).toBe(`${outcome}: why`);
  });
});
