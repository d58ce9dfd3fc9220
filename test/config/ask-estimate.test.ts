import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOf } from '../../activities/dataset/prepare-run.js';
import { askEstimate, totalAsks, type EstimatedAsk } from '../../config/ask-estimate.js';
import { parseRecipe } from '../../config/load.js';
import type { Recipe } from '../../config/recipe.js';
import { apply, decide, startQuestion } from '../../workflows/question/machine.js';
import type { Answer, Ask } from '../../workflows/question/state.js';
import { sampleRecipe } from './sample-recipe.js';

const estimateOf: Record<Ask['kind'], EstimatedAsk | undefined> = {
  generate: 'generate',
  solution: 'solution',
  check: undefined,
  validate: 'validate',
  rate: 'rate',
  extend: 'rewrite',
  simplify: 'rewrite',
  shorten: 'shorten',
  verbosity: 'score',
  cognitive: 'score',
};

const THOUGHTS = ['with-solution', 'marked', 'whole-answer'] as const;
const solvedBy = (thought: (typeof THOUGHTS)[number]) =>
  thought === 'with-solution' ? {} : { solution: { thought, pool: 'judge' } };

const recipes: fc.Arbitrary<Recipe> = fc
  .record({
    chains: fc.integer({ min: 1, max: 4 }),
    more: fc.integer({ min: 0, max: 3 }),
    minVerified: fc.integer({ min: 1, max: 3 }),
    truncatedRetries: fc.integer({ min: 0, max: 2 }),
    judgeWrongSolutions: fc.boolean(),
    judged: fc.boolean(),
    timing: fc.constantFrom('with-rating' as const, 'settled' as const),
    scored: fc.boolean(),
    aligned: fc.boolean(),
    shortened: fc.boolean(),
    maxRounds: fc.integer({ min: 0, max: 3 }),
    // What the answers of two teachers are: with a solution of their own, with or without one, or thoughts alone.
    thoughts: fc.tuple(fc.constantFrom(...THOUGHTS), fc.constantFrom(...THOUGHTS)),
    others: fc.integer({ min: 0, max: 2 }),
  })
  .map((draw) =>
    parseRecipe(
      {
        ...sampleRecipe(),
        teachers: [
          { name: 'one', pool: 'big', chains: draw.chains, ...solvedBy(draw.thoughts[0]) },
          ...(draw.others > 0
            ? [{ name: 'two', pool: 'big', chains: draw.others, ...solvedBy(draw.thoughts[1]) }]
            : []),
        ],
        validation: {
          minVerified: draw.minVerified,
          maxChains: Math.max(draw.chains + draw.others, draw.minVerified) + draw.more,
          truncatedRetries: draw.truncatedRetries,
          ...(draw.judged
            ? { judge: { pool: 'judge' }, judgeWrongSolutions: draw.judgeWrongSolutions }
            : { keep: 'solution' }),
        },
        scoring: draw.scored ? { pool: 'judge', timing: draw.timing } : undefined,
        alignment: draw.aligned
          ? {
              critic: { pool: 'judge' },
              rewriter: { pool: 'big' },
              maxRounds: draw.maxRounds,
              ...(draw.shortened && { shorten: { pool: 'big' } }),
            }
          : undefined,
      },
      'drawn',
    ),
  );

/** Asks of a question whose answers are drawn, by kind; undefined when it did not end accepted. */
function play(recipe: Recipe, draw: () => number): Record<EstimatedAsk, number> | undefined {
  const policy = policyOf(recipe);
  const asked: Record<EstimatedAsk, number> = {
    generate: 0,
    solution: 0,
    validate: 0,
    shorten: 0,
    rate: 0,
    rewrite: 0,
    score: 0,
  };
  let state = startQuestion(policy);
  while (!state.outcome) {
    const groups = decide(policy, state);
    for (const ask of groups.flatMap((group) => group.asks)) {
      const kind = estimateOf[ask.kind];
      if (kind) asked[kind] += 1;
    }
    state = apply(
      policy,
      state,
      groups.map((group) => ({ group, answers: group.asks.map((ask) => answer(ask, recipe, draw)) })),
    );
  }
  return state.outcome.kind === 'accepted' ? asked : undefined;
}

function answer(ask: Ask, recipe: Recipe, draw: () => number): Answer {
  const key = draw().toString(16).padStart(64, '0');
  switch (ask.kind) {
    case 'validate':
      return { kind: 'verdict', reasoning: draw() % 4 > 0, solution: draw() % 4 > 0 };
    case 'rate':
      return { kind: 'rating', difficulty: (['easy', 'medium', 'hard'] as const)[draw() % 3] ?? 'medium' };
    case 'verbosity':
    case 'cognitive':
      return { kind: 'score', value: draw() % 10 };
    default:
      if (draw() % 5 === 0) return { kind: 'truncated', key };
      if (ask.kind === 'generate') {
        const thought = recipe.teachers[ask.teacher]?.solution?.thought;
        if (thought === 'whole-answer' || (thought === 'marked' && draw() % 2 === 0)) return { kind: 'thought', key };
      }
      return { kind: 'text', key, grade: draw() % 4 === 0 ? 'different' : 'equal' };
  }
}

describe('askEstimate', () => {
  it('holds for every accepted question of the state machine, kind by kind', () => {
    let accepted = 0;
    fc.assert(
      fc.property(recipes, fc.infiniteStream(fc.nat(1000)), (recipe, numbers) => {
        const asked = play(recipe, () => numbers.next().value as number);
        if (asked === undefined) return;
        accepted += 1;
        for (const [kind, { least, most }] of Object.entries(askEstimate(recipe))) {
          expect(asked[kind as EstimatedAsk], kind).toBeGreaterThanOrEqual(least);
          expect(asked[kind as EstimatedAsk], kind).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('sums up', () => {
    const estimate = askEstimate(parseRecipe(sampleRecipe(), 'x'));
    expect(estimate).toEqual({
      generate: { least: 2, most: 16 },
      solution: { least: 0, most: 0 },
      validate: { least: 2, most: 32 },
      shorten: { least: 0, most: 0 },
      rate: { least: 2, most: 32 },
      rewrite: { least: 0, most: 24 },
      score: { least: 4, most: 64 },
    });
    expect(totalAsks(estimate)).toEqual({ least: 10, most: 168 });
  });
});
