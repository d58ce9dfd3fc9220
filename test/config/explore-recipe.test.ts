import { describe, expect, it } from 'vitest';
import { exploreRecipe } from '../../config/explore-recipe.js';
import { parseRecipe } from '../../config/load.js';
import type { Recipe } from '../../config/recipe.js';
import type { SelfImprove } from '../../config/self-improve.js';
import { policyOf } from '../../activities/dataset/prepare-run.js';
import { isServedPool, servedPool } from '../../workflows/question/served-pool.js';
import { poolQueue } from '../../workflows/task-queues.js';
import { improvingRecipe } from './improving-recipe.js';
import { withField } from './sample-recipe.js';

const improving = (fields: object = {}): Recipe & { readonly selfImprove: SelfImprove } => {
  const recipe = parseRecipe(
    withField(improvingRecipe(), 'selfImprove.explore', { ...improvingRecipe().selfImprove?.explore, ...fields }),
    'recipe',
  );
  const { selfImprove } = recipe;
  if (!selfImprove) throw new Error('no self-improvement');
  return { ...recipe, selfImprove };
};
const POOL = servedPool('ab'.repeat(32));

describe('the build that explores', () => {
  it('asks the current student in steps, up to twenty times, until enough chains are right', () => {
    const recipe = parseRecipe(exploreRecipe(improving({ enough: 2 }), { round: 3, pool: POOL }), 'explore');
    expect(recipe).toMatchObject({ name: 'sample-explored', version: 'r3', versions: 'from-content' });
    expect(policyOf(recipe)).toEqual({
      teachers: [{ pool: POOL, chains: 4 }],
      keep: 'solution',
      minVerified: 2,
      maxChains: 20,
      truncatedRetries: 0,
    });
    expect(recipe.alignment).toBeUndefined();
    expect(recipe.scoring).toBeUndefined();
    expect(recipe.students).toBeUndefined();
  });

  it('may have a judge beside the rules', () => {
    const explore = { judge: { pool: 'judge', keep: 'both' } };
    const recipe = parseRecipe(exploreRecipe(improving(explore), { round: 1, pool: POOL }), 'explore');
    expect(policyOf(recipe)).toMatchObject({ judge: 'judge', keep: 'both' });
  });

  it('has a valid name, however long that of the recipe is', () => {
    const long = { ...improving(), name: `${'a'.repeat(54)}-bcdefghi` };
    expect(parseRecipe(exploreRecipe(long, { round: 1, pool: POOL }), 'explore').name).toBe(
      `${'a'.repeat(54)}-explored`,
    );
  });

  it('is asked where the jobs are: the pool is no pool of the deployment', () => {
    expect(POOL).toBe('served.abababababababab');
    expect(isServedPool('served')).toBe(false);
    expect(poolQueue(POOL)).toBe('cotmill-jobs');
    expect(poolQueue('big')).toBe('cotmill-pool-big');
  });
});
