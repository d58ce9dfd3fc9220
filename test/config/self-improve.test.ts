import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/config-error.js';
import { parseDeployment, parseRecipe } from '../../config/load.js';
import { checkAgainstDeployment } from '../../config/check-recipe.js';
import type { Recipe } from '../../config/recipe.js';
import { improveOfRound } from '../../config/self-improve.js';
import { improvingRecipe } from './improving-recipe.js';
import { sampleDeployment, withField } from './sample-recipe.js';

const parse = (recipe: unknown): Recipe => parseRecipe(recipe, 'recipe');

function faultsOf(recipe: unknown): string {
  try {
    parse(recipe);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return 'no fault';
}

const dpo = (fields: object): unknown =>
  withField(improvingRecipe(), 'selfImprove.improve', { variant: 'dpo', ...fields });

describe('self-improvement in a recipe', () => {
  it('has the published numbers and our own as defaults', () => {
    const { selfImprove } = parse(improvingRecipe());
    expect(selfImprove).toMatchObject({
      explore: { maxChains: 20, firstChains: 4, enough: 1, passRate: [0, 0.75], prompt: 'question-only' },
      perplexity: { by: 'job' },
      improve: { variant: 'sft', from: 'backbone', rows: 'all', perplexityQuantiles: [0, 0.95] },
      loop: { maxRounds: 3, approval: false },
    });
    expect(parse(dpo({ settings: { beta: 0.1 } })).selfImprove?.improve).toMatchObject({
      answer: 'thought',
      from: 'last',
      rows: 'new',
      pairsPerQuestion: 1,
    });
  });

  it.each([
    [
      'another student',
      withField(improvingRecipe(), 'selfImprove.student', 'large'),
      'a student of this recipe (small)',
    ],
    [
      'a student by DPO',
      withField(withField(improvingRecipe(), 'students[0].method', 'dpo'), 'trainingSets[0].views', [{ form: 'dpo' }]),
      'trained by sft',
    ],
    [
      'a student without thoughts',
      withField(improvingRecipe(), 'trainingSets[0].views', [{ form: 'messages', thought: 'none' }]),
      'that learns thoughts',
    ],
    [
      'a name of a round',
      withField(improvingRecipe(), 'students[1]', { name: 'small-r1', base: { model: 'qwen' }, trainingSet: 'seed' }),
      'beside "small-r1"',
    ],
    [
      'an evaluation of others',
      withField(improvingRecipe(), 'selfImprove.evaluation', 'aime'),
      'that asks "small" (held-out)',
    ],
    [
      'more right chains than chains',
      withField(improvingRecipe(), 'selfImprove.explore.enough', 21),
      'expected at most maxChains (20)',
    ],
    [
      'a first step of more than all',
      withField(improvingRecipe(), 'selfImprove.explore.maxChains', 3),
      'at least firstChains (4)',
    ],
    [
      'a band the wrong way',
      withField(improvingRecipe(), 'selfImprove.explore.passRate', [0.8, 0.2]),
      'lower bound first',
    ],
    [
      'nobody to say what is right',
      withField(improvingRecipe(), 'selfImprove.explore.sources[0].fields', { question: 'q' }),
      'or explore.judge',
    ],
    ['DPO without a beta', dpo({}), 'expected the beta of DPO'],
    ['DPO of the backbone', dpo({ from: 'backbone', settings: { beta: 0.1 } }), 'expected imitation or last'],
    [
      'SFT that forgets the seed',
      withField(improvingRecipe(), 'selfImprove.improve', { variant: 'sft', rows: 'new' }),
      'would forget the seed',
    ],
    [
      'SFT with a beta',
      withField(improvingRecipe(), 'selfImprove.improve', { variant: 'sft', settings: { beta: 1 } }),
      'SFT has no beta',
    ],
    [
      'a change of DPO in a round of SFT',
      withField(improvingRecipe(), 'selfImprove.rounds', [{ round: 2, improve: { minPairs: 2 } }]),
      'rounds[0].improve.minPairs: expected a field of variant sft',
    ],
    [
      'two changes of one round',
      withField(improvingRecipe(), 'selfImprove.rounds', [
        { round: 2, improve: { rows: 'all' } },
        { round: 2, improve: { from: 'last' } },
      ]),
      'rounds[1].round: expected a round of its own, found 2 again',
    ],
    [
      'a change that makes no round',
      withField(improvingRecipe(), 'selfImprove.rounds', [{ round: 1, improve: { rows: 'new' } }]),
      'rounds[0].improve.rows: expected all',
    ],
    [
      'another variant in a round',
      withField(improvingRecipe(), 'selfImprove.rounds', [{ round: 1, improve: { variant: 'dpo' } }]),
      'variant',
    ],
    ['a URL', withField(improvingRecipe(), 'selfImprove.explore.judge', { pool: 'http://x' }), 'expected a name'],
  ])('refuses %s', (_name, recipe, message) => {
    expect(faultsOf(recipe)).toContain(message);
  });

  it('has rounds that learn otherwise: what stands there, and nothing else', () => {
    const changes = [{ round: 2, improve: { perplexityQuantiles: [0.5, 1], settings: { learningRate: 1e-5 } } }];
    const settings = { learningRate: 5e-5, maxSteps: 8 };
    const all = withField(improvingRecipe(), 'selfImprove.improve', { variant: 'sft', from: 'last', settings });
    const { selfImprove } = parse(withField(all, 'selfImprove.rounds', changes));
    if (!selfImprove) throw new Error('no self-improvement');
    expect(improveOfRound(selfImprove, 1)).toEqual(selfImprove.improve);
    expect(improveOfRound(selfImprove, 2)).toEqual({
      ...selfImprove.improve,
      perplexityQuantiles: [0.5, 1],
      settings: { learningRate: 1e-5, maxSteps: 8 },
    });
  });

  it('names what the deployment lacks', () => {
    const recipe = parse(withField(improvingRecipe(), 'selfImprove.explore.judge', { pool: 'nobody' }));
    const deployment = parseDeployment(sampleDeployment(), 'deployment');
    expect(() => checkAgainstDeployment(recipe, deployment)).toThrow(/selfImprove\.explore\.judge\.pool.*"nobody"/s);
  });
});
