import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../activities/improve/read-explored.js';
import { exploreRunName, roundStudent, roundTraining } from '../../../activities/improve/round-names.js';
import { parseRecipe } from '../../../config/load.js';
import { SelfImprove, type SelfImproveInput } from '../../../config/self-improve.js';
import { Student } from '../../../config/student.js';
import { improvingRecipe } from '../../config/improving-recipe.js';
import { withField } from '../../config/sample-recipe.js';

const student = Student.parse({
  name: 'small',
  base: { model: 'qwen' },
  trainingSet: 'seed',
  preset: 'still2-sft',
  settings: { epochs: 2, seed: 7 },
});
const round = { round: 2, current: { name: 'small-r1', version: 'v1-a' }, imitation: { name: 'small', version: 'v1' } };
const manifest = { base: { kind: 'model', name: 'qwen', weightsSha256: 'a'.repeat(64) } } as const;
const training = { name: 'seed-r2', version: 'v1-b' };

const trained = (improve: SelfImproveInput['improve']) => {
  const recipe = parseRecipe(withField(improvingRecipe(), 'selfImprove.improve', improve), 'recipe');
  const { improve: checked } = SelfImprove.parse(recipe.selfImprove);
  return roundStudent({ round, student, improve: checked, training, manifest });
};

describe('what a round trains', () => {
  it('is by SFT the imitation once more, from the backbone, but for what the recipe says', () => {
    const { student: made, base } = trained({ variant: 'sft', settings: { epochs: 3 } });
    expect(base).toBeUndefined();
    expect(made).toMatchObject({
      name: 'small-r2',
      base: { model: 'qwen' },
      method: 'sft',
      trainingSet: 'seed-r2',
      preset: 'still2-sft',
      settings: { epochs: 3, seed: 7 },
    });
  });

  it('is by DPO the student of the last round, with settings of its own', () => {
    const { student: made, base } = trained({ variant: 'dpo', settings: { beta: 0.1 } });
    expect(base).toEqual(round.current);
    expect(made).toMatchObject({ base: { student: 'small-r1' }, method: 'dpo', settings: { beta: 0.1 } });
    expect(made).not.toHaveProperty('preset');
  });

  it('may be the imitation, each time', () => {
    expect(trained({ variant: 'sft', from: 'imitation' }).base).toEqual(round.imitation);
  });

  it('has a version that names what it is made of', () => {
    const versionOf = (improve: SelfImproveInput['improve']) =>
      (trained(improve).student as { version: string }).version;
    const version = versionOf({ variant: 'sft' });
    expect(version).toMatch(/^v1-[0-9a-f]{8}$/);
    expect(versionOf({ variant: 'sft' })).toBe(version);
    expect(versionOf({ variant: 'sft', settings: { epochs: 3 } })).not.toBe(version);
    expect(versionOf({ variant: 'sft', from: 'last' })).not.toBe(version);
  });
});

describe('names of a round', () => {
  it.each([
    ['run', 1, 'run-r1'],
    ['a'.repeat(50), 20, `${'a'.repeat(50)}-r20`],
  ])('%s explores as %s', (run, number, name) => {
    expect(exploreRunName(run, number)).toBe(name);
  });

  it('fit, and do not meet, for long runs', () => {
    const names = ['b', 'c'].map((end) => exploreRunName(`${'a'.repeat(63)}${end}`, 20));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/);
    expect(roundTraining('s'.repeat(64), 20, 'f'.repeat(64)).name).toHaveLength(64);
  });
});

describe('the verdict of a rollout', () => {
  it.each([
    [null, 'right'],
    ['question-rejected', 'right'],
    ['wrong-solution', 'wrong'],
    ['truncated', 'truncated'],
    ['unparsed', 'unusable'],
    ['refused', 'unusable'],
    ['undecided-solution', 'undecided'],
    ['flawed-reasoning', 'undecided'],
    ['unjudged', 'undecided'],
  ])('that a build leaves with %s is %s', (reason, verdict) => {
    expect(verdictOf({ reason, thought: 'I think.', solution: 'It is 4.' })).toBe(verdict);
  });

  it('is no right one without a text', () => {
    expect(verdictOf({ reason: 'question-rejected', thought: null, solution: null })).toBe('unusable');
  });
});
