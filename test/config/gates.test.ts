import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/config-error.js';
import type { Gate } from '../../config/gates.js';
import { parseRecipe } from '../../config/load.js';
import { sampleRecipe } from './sample-recipe.js';

const evaluations = [
  { name: 'held-out', benchmark: 'gsm8k-test', models: [{ pool: 'base' }, { pool: 'small' }, { pool: 'large' }] },
  { name: 'hard', benchmark: 'aime24', models: [{ pool: 'base' }, { pool: 'small' }], baseline: 'small' },
];
const parse = (...gates: readonly unknown[]) => parseRecipe({ ...sampleRecipe(), evaluations, gates }, 'recipe');

describe('gates of a recipe', () => {
  it('are taken as they are written', () => {
    const gates: Gate[] = [
      { kind: 'accepted', atLeast: 10 },
      { kind: 'failed-share', atMost: 0 },
      { kind: 'score', evaluation: 'held-out', model: 'small', atLeast: 0.6 },
      { kind: 'not-below', evaluation: 'held-out', model: 'small' },
      { kind: 'not-below', evaluation: 'held-out', model: 'small', baseline: 'large' },
      { kind: 'not-below', evaluation: 'hard', model: 'base' },
      { kind: 'tokens', evaluation: 'hard', model: 'base', atMost: 900 },
    ];
    expect(parse(...gates).gates).toEqual(gates);
  });

  it('of counts need no evaluation', () => {
    const recipe = { ...sampleRecipe(), gates: [{ kind: 'accepted', atLeast: 1 }] };
    expect(parseRecipe(recipe, 'recipe').gates).toHaveLength(1);
  });

  it.each<[what: string, gate: unknown, message: RegExp]>([
    ['an unknown kind', { kind: 'fast' }, /gates\[0\]\.kind: expected/],
    ['a share above 1', { kind: 'failed-share', atMost: 2 }, /gates\[0\]\.atMost: expected/],
    ['no questions', { kind: 'accepted', atLeast: 0 }, /gates\[0\]\.atLeast: expected/],
    [
      'an unknown evaluation',
      { kind: 'score', evaluation: 'other', model: 'small', atLeast: 0.5 },
      /gates\[0\]\.evaluation: expected one of this recipe \(held-out, hard\), found "other"/,
    ],
    [
      'an unknown model',
      { kind: 'tokens', evaluation: 'hard', model: 'large', atMost: 5 },
      /gates\[0\]\.model: expected a model of that evaluation \(base, small\), found "large"/,
    ],
    [
      'an unknown baseline',
      { kind: 'not-below', evaluation: 'hard', model: 'base', baseline: 'large' },
      /gates\[0\]\.baseline: expected a model of that evaluation/,
    ],
    [
      'a model below itself',
      { kind: 'not-below', evaluation: 'held-out', model: 'base' },
      /gates\[0\]\.model: expected another model than its baseline, found "base" for both/,
    ],
    [
      'a model below itself, by the baseline of the evaluation',
      { kind: 'not-below', evaluation: 'hard', model: 'small' },
      /gates\[0\]\.model: expected another model than its baseline, found "small" for both/,
    ],
  ])('%s is a fault', (_what, gate, message) => {
    expect(() => parse(gate)).toThrow(ConfigError);
    expect(() => parse(gate)).toThrow(message);
  });
});
