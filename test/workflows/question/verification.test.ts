import { describe, expect, it } from 'vitest';
import { chainsToAsk } from '../../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import {
  chain,
  either,
  endOf,
  on,
  play,
  policy,
  refused,
  rulesOnly,
  stages,
  text,
  unparsed,
  verdict,
  type Script,
} from './played-question.js';

describe('verification', () => {
  it.each<[string, QuestionPolicy, Script, string]>([
    [
      'a judge that finds the reasoning flawed drops the chain',
      policy(),
      on('validate', verdict(false, true), [0]),
      'flawed-reasoning',
    ],
    [
      'keep: solution takes flawed reasoning',
      policy({ keep: 'solution' }),
      on('validate', verdict(false, true), [0]),
      'kept generate-0-0 after 0',
    ],
    [
      'a rule that found the answer equal wins over a judge',
      policy(),
      on('validate', verdict(true, false), [0]),
      'kept generate-0-0 after 0',
    ],
    [
      "an undecided answer is the judge's to decide",
      policy(),
      on('generate', text('u', 'undecided'), [0]),
      'kept u after 0',
    ],
    [
      'an undecided answer that the judge finds wrong is dropped',
      policy(),
      either(on('generate', text('u', 'undecided'), [0]), on('validate', verdict(true, false), [0])),
      'wrong-solution',
    ],
    [
      'an undecided answer without a judge is dropped',
      rulesOnly(),
      on('generate', text('u', 'undecided'), [0]),
      'undecided-solution',
    ],
    [
      'without a reference answer the judge decides',
      policy(),
      on('generate', text('n', 'none'), [0]),
      'kept n after 0',
    ],
    [
      'a judge without a readable answer leaves the chain unjudged',
      policy(),
      on('validate', unparsed, [0]),
      'unjudged',
    ],
    ['a judge that is refused drops the chain', policy(), on('validate', refused, [0]), 'refused'],
    ['an answer without a usable form is unparsed', policy(), on('generate', unparsed, [0]), 'unparsed'],
    ['a critic without a readable answer leaves the chain unrated', policy(), on('rate', unparsed, [0]), 'unrated'],
  ])('%s', (_what, ...[given, script, first]) => {
    expect(stages(play(given, script))[0]).toBe(first);
  });

  it('asks the judge about wrong answers only where the recipe wants both verdicts', () => {
    const wrong = on('generate', text('wrong', 'different'), [0]);
    expect(play(policy(), wrong).steps[1]).toBe('j: validate 1');
    const judged = play(policy({ judgeWrong: true }), either(wrong, on('validate', verdict(true, true))));
    expect(judged.steps[1]).toBe('j: validate 0 validate 1');
    // The judge may not overrule the rule, but what it said is kept for the row.
    expect(stages(judged)[0]).toBe('wrong-solution');
    expect(chain(judged, 0).revisions[0]?.verdict).toEqual({ reasoning: true, solution: true });
  });

  it('takes teachers in rotation, each with samples of its own', () => {
    const given = policy({
      teachers: [
        { pool: 't', chains: 2 },
        { pool: 'u', chains: 1 },
      ],
      maxChains: 7,
    });
    const played = play(given, on('generate', text('wrong', 'different')));
    const origins = played.end.chains.map(({ origin }) =>
      'teacher' in origin ? `${origin.teacher}.${origin.sample}` : 'source',
    );
    expect(origins).toEqual(['0.0', '0.1', '1.0', '0.2', '0.3', '1.1', '0.4']);
    expect(played.steps[0]).toBe('t: generate 0 generate 1 | u: generate 2');
  });

  it('takes source chains in: checked by rule, verified like the others, no teacher chain more than needed', () => {
    const given = policy({ maxChains: 2, teachers: [{ pool: 't', chains: 1 }] });
    const played = play(given, () => undefined, ['source-a', 'source-b']);
    expect(played.steps).toEqual([
      'rules: check 0 check 1 | t: generate 2',
      'j: validate 0 validate 1 validate 2',
      'c: rate 0 rate 1 rate 2',
    ]);
    expect(stages(played)).toEqual(['kept source-a after 0', 'kept source-b after 0', 'kept generate-2-0 after 0']);
    expect(chain(played, 0).revisions[0]).toMatchObject({ by: 'source', grade: 'equal' });
  });

  it('goes on without the teachers when they refuse but the source chains suffice', () => {
    const played = play(policy(), on('generate', refused), ['source-a', 'source-b']);
    expect(endOf(played)).toBe('accepted');
    expect(stages(played)).toEqual(['kept source-a after 0', 'kept source-b after 0', 'refused', 'refused']);
  });

  it('drops a wrong source chain and names too-few-verified, not refused, as the reason', () => {
    const played = play(policy(), either(on('generate', refused), on('check', text('a', 'different'))), ['a']);
    expect(endOf(played)).toBe('rejected: too-few-verified');
    expect(stages(played)).toEqual(['wrong-solution', 'refused', 'refused']);
  });

  it.each([
    [{ needed: 2, verified: 0, made: 2, room: 6 }, 6],
    [{ needed: 1, verified: 1, made: 2, room: 6 }, 2],
    [{ needed: 1, verified: 3, made: 4, room: 6 }, 2],
    [{ needed: 1, verified: 1, made: 2, room: 1 }, 1],
    [{ needed: 2, verified: 0, made: 0, room: 9 }, 4],
  ])('asks for as many more chains as the share that passed suggests: %j -> %i', (counts, expected) => {
    expect(chainsToAsk(counts)).toBe(expected);
  });
});
