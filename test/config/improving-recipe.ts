import type { RecipeInput } from '../../config/recipe.js';
import { sampleRecipe } from './sample-recipe.js';

/** A small valid recipe that goes on by itself. */
export const improvingRecipe = (): RecipeInput => ({
  ...sampleRecipe(),
  trainingSets: [{ name: 'seed', kernel: { name: 'all' }, rows: 1100 }],
  students: [{ name: 'small', base: { model: 'qwen' }, trainingSet: 'seed' }],
  evaluations: [{ name: 'held-out', benchmark: 'gsm8k-test', path: 'x.jsonl', models: [{ student: 'small' }] }],
  selfImprove: {
    student: 'small',
    explore: { sources: [{ name: 'hard', path: 'hard.jsonl', fields: { question: 'q', answer: 'a' } }] },
    improve: { variant: 'sft' },
  },
});
