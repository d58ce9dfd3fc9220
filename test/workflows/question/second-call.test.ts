import { describe, expect, it } from 'vitest';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import type { Answer } from '../../../workflows/question/state.js';
import {
  chain,
  either,
  endOf,
  filtered,
  on,
  play,
  policy,
  ratings,
  refused,
  stages,
  text,
  thought,
  truncated,
  unparsed,
  withoutCritic,
  type Script,
} from './played-question.js';

/** Two chains of a teacher that gives thoughts alone; x writes their solutions. */
const second = (changes: Partial<QuestionPolicy> = {}): QuestionPolicy =>
  withoutCritic(
    policy({ teachers: [{ pool: 't', chains: 2, solver: 'x' }], maxChains: 2, minVerified: 1, ...changes }),
  );
const thoughts: Script = (ask) => (ask.kind === 'generate' ? thought(`thought-${ask.chain}`) : undefined);

describe('a chain in two calls', () => {
  it('is judged when its solution has come, as a text of both', () => {
    const played = play(second(), thoughts);
    expect(played.steps).toEqual(['t: generate 0 generate 1', 'x: solution 0 solution 1', 'j: validate 0 validate 1']);
    expect(played.groups[1]?.[0]).toEqual({
      pool: 'x',
      asks: [
        { kind: 'solution', chain: 0, teacher: 0, raised: 0 },
        { kind: 'solution', chain: 1, teacher: 0, raised: 0 },
      ],
      texts: { 0: 'thought-0', 1: 'thought-1' },
    });
    expect(played.groups[2]?.[0]).toMatchObject({
      texts: { 0: 'thought-0', 1: 'thought-1' },
      solutions: { 0: 'solution-0-0', 1: 'solution-1-0' },
    });
    expect(chain(played, 0).revisions).toMatchObject([
      { key: 'thought-0', solution: 'solution-0-0', by: 'teacher', grade: 'equal' },
    ]);
    expect(endOf(played)).toBe('accepted');
  });

  it('waits for nobody else: the other chains of the step are judged meanwhile', () => {
    const one: Script = (ask) => (ask.kind === 'generate' && ask.chain === 0 ? thought('thought-0') : undefined);
    expect(play(second(), one).steps).toEqual([
      't: generate 0 generate 1',
      'x: solution 0 | j: validate 1',
      'j: validate 0',
    ]);
  });

  it('asks nobody twice where answers have their solution', () => {
    const played = play(second());
    expect(played.steps).toEqual(['t: generate 0 generate 1', 'j: validate 0 validate 1']);
    expect(played.groups.flat().every((group) => !('solutions' in group))).toBe(true);
  });

  it('may be a chain of the row', () => {
    const played = play(
      second({ sourceSolver: 'y', teachers: [{ pool: 't', chains: 1 }] }),
      on('check', thought('row')),
      ['row'],
    );
    expect(played.steps).toEqual(['rules: check 0 | t: generate 1', 'y: solution 0 | j: validate 1', 'j: validate 0']);
    expect(played.groups[1]?.[0]?.asks).toEqual([{ kind: 'solution', chain: 0, raised: 0 }]);
    expect(chain(played, 0).revisions[0]).toMatchObject({ key: 'row', by: 'source', solution: 'solution-0-0' });
  });

  it.each<[what: string, answer: Answer, end: { reason: string; solution?: string }]>([
    ['cut', truncated, { reason: 'truncated', solution: 'cut' }],
    ['empty', unparsed, { reason: 'unparsed', solution: 'no-json' }],
    ['filtered', filtered, { reason: 'filtered-repetition', solution: 'loop' }],
    ['refused', refused, { reason: 'refused' }],
    ['wrong', text('wrong', 'different'), { reason: 'wrong-solution', solution: 'wrong' }],
  ])('is dropped when its second answer is %s, and keeps its thought', (_what, answer, { reason, solution }) => {
    const played = play(second({ truncatedRetries: 0 }), either(thoughts, on('solution', answer)));
    expect(stages(played)).toEqual([reason, reason]);
    expect(chain(played, 1).revisions[0]?.key).toBe('thought-1');
    expect(chain(played, 1).revisions[0]?.solution).toBe(solution);
    expect(endOf(played)).toMatch(/^rejected/);
  });

  it('has each of its two answers asked again on its own when it is cut', () => {
    const cutOnce: Script = (ask) =>
      (ask.kind === 'generate' || ask.kind === 'solution') && ask.raised === 0 ? truncated : undefined;
    const played = play(second({ teachers: [{ pool: 't', chains: 1, solver: 'x' }] }), either(cutOnce, thoughts));
    expect(played.steps).toEqual(['t: generate 0', 't: generate 0', 'x: solution 0', 'x: solution 0', 'j: validate 0']);
    const raised = played.groups.flatMap(([group]) =>
      (group?.asks ?? []).flatMap((ask) => ('raised' in ask ? [`${ask.kind} ${ask.raised}`] : [])),
    );
    expect(raised).toEqual(['generate 0', 'generate 1', 'solution 0', 'solution 1']);
    expect(stages(played)).toEqual(['kept thought-0 after 0']);
  });

  it('is rewritten like any other: the rewrite is one text', () => {
    const played = play(
      policy({ teachers: [{ pool: 't', chains: 1, solver: 'x' }], minVerified: 1 }),
      either(thoughts, ratings({ 0: ['easy', 'medium'] })),
    );
    expect(played.steps).toEqual([
      't: generate 0',
      'x: solution 0',
      'j: validate 0',
      'c: rate 0',
      'r: extend 0',
      'j: validate 0 | c: rate 0',
    ]);
    expect(played.groups[4]?.[0]).toMatchObject({ texts: { 0: 'thought-0' }, solutions: { 0: 'solution-0-0' } });
    expect(played.groups[5]?.[0]).toEqual({
      pool: 'j',
      asks: [{ kind: 'validate', chain: 0 }],
      texts: { 0: 'extend-0-1' },
    });
  });
});
