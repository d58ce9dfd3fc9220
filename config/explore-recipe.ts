import type { Recipe, RecipeInput } from './recipe.js';
import type { SelfImprove } from './self-improve.js';

/** Characters of a name that leave room for `-explored` behind it. */
const MAX_NAME = 64 - '-explored'.length;

/** Name of the teacher in the rows: what explores is the student itself. */
const EXPLORER = 'student';

/** Whose rollouts are wanted. */
export interface Exploration {
  readonly round: number;
  /** Pool of the current student. */
  readonly pool: string;
}

/**
 * The build that explores: its only teacher is the current student, each question is asked in steps until enough chains are right, and nothing is
 * rated or rewritten. So the questions' workflows, pools, ledger and report of a build are those of an exploration. All chains are kept with their
 * verdicts. Pure.
 */
export function exploreRecipe(recipe: Recipe & { readonly selfImprove: SelfImprove }, at: Exploration): RecipeInput {
  const { selfImprove, name, salt, language, cleaning, output } = recipe;
  const { explore } = selfImprove;
  const { judge } = explore;
  return {
    name: `${name.slice(0, MAX_NAME).replace(/[^a-z0-9]+$/, '')}-explored`,
    version: `r${at.round}`,
    versions: 'from-content',
    description: `Rollouts of ${selfImprove.student} in round ${at.round} of ${name}.`,
    language,
    salt,
    sources: explore.sources,
    teachers: [
      {
        name: EXPLORER,
        pool: at.pool,
        chains: explore.firstChains,
        prompt: explore.prompt,
        sampling: explore.sampling,
      },
    ],
    validation: {
      keep: judge?.keep ?? 'solution',
      minVerified: explore.enough,
      maxChains: explore.maxChains,
      // A rollout that does not come to its end is a finding about the student, not a fault to be asked away.
      truncatedRetries: 0,
      ...(judge && { judge: { pool: judge.pool, prompt: judge.prompt, sampling: judge.sampling } }),
    },
    // Filters of rollouts are applied when chains are chosen: here every text keeps the verdict of its answer. What a benchmark holds is not explored.
    ...(cleaning?.decontamination && { cleaning: { decontamination: cleaning.decontamination } }),
    limits: {
      ...(explore.maxQuestions !== undefined && { maxQuestions: explore.maxQuestions }),
      questionsInFlight: explore.questionsInFlight,
      maxFailedShare: explore.maxFailedShare,
    },
    output,
  };
}
