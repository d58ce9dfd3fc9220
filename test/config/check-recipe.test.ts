import { describe, expect, it } from 'vitest';
import { checkAgainstDeployment } from '../../config/check-recipe.js';
import { ConfigError } from '../../config/config-error.js';
import { parseDeployment, parseRecipe } from '../../config/load.js';
import { sampleDeployment, sampleRecipe, withField } from './sample-recipe.js';

const words = { name: 'words', path: 'words.jsonl', fields: { answer: 'a' } };
const one = { name: 'one', pool: 'big', chains: 2 };

function faultsOf(check: () => unknown): string[] {
  try {
    check();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => `${fault.path}: ${fault.message}`);
    throw error;
  }
  return [];
}

describe('rules over several fields', () => {
  it.each<[rule: string, path: string, value: unknown, fault: string]>([
    [
      'names of teachers are unique',
      'teachers',
      [one, one],
      'teachers[1].name: expected another name than that of teachers[0], found "one" again',
    ],
    [
      'names of sources are unique',
      'sources',
      [words, { ...words, path: 'b.jsonl' }],
      'sources[1].name: expected another name than that of sources[0], found "words" again',
    ],
    [
      'a source has a preset or fields',
      'sources[0].preset',
      'gsm8k',
      'sources[0]: expected either preset or fields, found both',
    ],
    ['keep: both needs a judge', 'validation', {}, 'validation.judge: expected a judge, since keep is "both"'],
    [
      'judgeWrongSolutions needs a judge',
      'validation',
      { keep: 'solution', judgeWrongSolutions: true },
      'validation.judgeWrongSolutions: expected false, or a judge',
    ],
    [
      'minVerified is at most maxChains',
      'validation',
      { minVerified: 9, judge: { pool: 'judge' } },
      'validation.minVerified: expected at most maxChains (8), found 9',
    ],
    [
      'the first step is at most maxChains',
      'teachers[0].chains',
      9,
      'validation.maxChains: expected at least the 9 chains',
    ],
  ])('%s', (...[, path, value, fault]) => {
    const faults = faultsOf(() => parseRecipe(withField(sampleRecipe(), path, value), 'x'));
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  it.each<[string, unknown]>([
    ['the default form', undefined],
    ['fields without an answer', { question: 'q' }],
  ])('without reference answers nobody but a judge can verify: %s', (_form, fields) => {
    const rules = { keep: 'solution' };
    const source = { name: 'words', path: 'words.jsonl', ...(fields !== undefined && { fields }) };
    const recipe = { ...sampleRecipe(), sources: [source], validation: rules };
    expect(faultsOf(() => parseRecipe(recipe, 'x'))).toEqual([
      expect.stringContaining(
        'sources[0].fields.answer: expected the field of the reference answer, fields of tests, or validation.judge',
      ),
    ]);
    expect(faultsOf(() => parseRecipe({ ...recipe, validation: { judge: { pool: 'judge' } } }, 'x'))).toEqual([]);
    expect(faultsOf(() => parseRecipe({ ...recipe, sources: [words] }, 'x'))).toEqual([]);
    const tested = { ...source, fields: { question: 'q', tests: ['public_test_cases'] } };
    expect(faultsOf(() => parseRecipe({ ...recipe, sources: [tested] }, 'x'))).toEqual([]);
  });

  it('chains without a field of the solution need somebody who writes it', () => {
    const chains = { form: 'fields', thought: 't' };
    const sources = [{ ...words, fields: { question: 'q', answer: 'a', chains } }];
    expect(faultsOf(() => parseRecipe({ ...sampleRecipe(), sources }, 'x'))).toEqual([
      expect.stringContaining('sources[0].fields.chains.solution: expected the field of the solution, or sourceChains'),
    ]);
    const sourceChains = { solution: { pool: 'big' } };
    expect(faultsOf(() => parseRecipe({ ...sampleRecipe(), sources, sourceChains }, 'x'))).toEqual([]);
  });

  it('are reported together with other faults, as long as the fields they read are sound', () => {
    const faults = faultsOf(() =>
      parseRecipe(
        { ...sampleRecipe(), teachers: [one, one], output: 5, extra: 1, sources: [{ name: 'A' }, { name: 'A' }] },
        'x',
      ),
    );
    const starts = [
      'output:',
      'extra:',
      'sources[0].name:',
      'sources[1].name:',
      'teachers[1].name: expected another name',
    ];
    expect(faults).toEqual(expect.arrayContaining(starts.map((start) => expect.stringContaining(start) as string)));
    expect(faults).toHaveLength(starts.length);
  });
});

describe('checkAgainstDeployment', () => {
  const deployment = parseDeployment(sampleDeployment(), 'deployment.yaml');

  it('accepts what the deployment has', () => {
    expect(faultsOf(() => checkAgainstDeployment(parseRecipe(sampleRecipe(), 'x'), deployment))).toEqual([]);
  });

  it('reports every unknown pool and input, with what there is', () => {
    const recipe = parseRecipe(
      {
        ...sampleRecipe(),
        sources: [{ ...words, input: 'elsewhere' }],
        teachers: [
          one,
          { ...one, name: 'two', pool: 'bigger', solution: { pool: 'e' } },
          { ...one, name: 'three', solution: {} },
        ],
        sourceChains: { solution: { pool: 'f' } },
        validation: { judge: { pool: 'a' } },
        scoring: { pool: 'b' },
        alignment: { critic: { pool: 'c' }, rewriter: { pool: 'd' }, shorten: { pool: 'constructor' } },
      },
      'x',
    );
    expect(faultsOf(() => checkAgainstDeployment(recipe, deployment))).toEqual([
      'teachers[1].pool: expected the name of a pool of the deployment (it has "big", "judge", "unused"), found "bigger"',
      ...[
        ['teachers[1].solution.pool', 'e'],
        ['sourceChains.solution.pool', 'f'],
        ['validation.judge.pool', 'a'],
        ['scoring.pool', 'b'],
        ['alignment.critic.pool', 'c'],
        ['alignment.rewriter.pool', 'd'],
        ['alignment.shorten.pool', 'constructor'],
      ].map(
        ([path, pool]) =>
          `${path}: expected the name of a pool of the deployment (it has "big", "judge", "unused"), found "${pool}"`,
      ),
      'sources[0].input: expected the name of an input of the deployment (it has "data"), found "elsewhere"',
    ]);
  });
});
