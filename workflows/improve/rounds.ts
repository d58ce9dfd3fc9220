import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { ComparedPair } from '../../activities/experiment/experiment-plan.js';
import type { LoopRules, RoundResult, Stop } from '../../activities/improve/round-result.js';
import type { ModelRef } from '../../activities/models/model-manifest.js';
import { addSpending, noSpending, type Spending } from '../question/spending.js';

const SECONDS_PER_HOUR = 3600;

/** What the loop knows after some rounds. */
export interface LoopState {
  readonly imitation: ModelRef;
  readonly imitationScores: readonly EvaluationResult[];
  readonly rounds: readonly RoundResult[];
}

/** Why no further round begins, or undefined: one may. The first rule that holds, in this order. Pure. */
export function stopAfter(rules: LoopRules, state: LoopState): Stop | undefined {
  return (
    nothingNew(state.rounds.at(-1)) ??
    noBetterScore(rules, state) ??
    budgetSpent(rules, state.rounds) ??
    roundLimit(rules, state.rounds)
  );
}

function nothingNew(last: RoundResult | undefined): Stop | undefined {
  if (!last || last.student) return undefined;
  const { found, hardLeft, variant } = last.chosen;
  const what = variant === 'sft' ? 'new chains' : 'pairs';
  if (hardLeft === 0)
    return {
      reason: 'pool-used-up',
      words: `round ${last.round} found ${found} ${what}, and no hard question is left of which nothing was learnt`,
    };
  return {
    reason: 'too-little-new',
    words: `round ${last.round} found ${found} ${what}, fewer than the recipe asks for; ${hardLeft} hard questions are left`,
  };
}

/** A round is better when the best score before it lies below its own interval [ours]. */
function noBetterScore({ patience, evaluation }: LoopRules, state: LoopState): Stop | undefined {
  if (patience === null || evaluation === null) return undefined;
  const score = scoreOf(evaluation);
  let best = score(state.imitationScores)?.value ?? null;
  let inVain = 0;
  for (const round of state.rounds) {
    const own = score(round.scores);
    if (!own) continue;
    inVain = best === null || own.low > best ? 0 : inVain + 1;
    best = Math.max(best ?? own.value, own.value);
  }
  if (inVain < patience) return undefined;
  return {
    reason: 'no-better-score',
    words: `${inVain} ${inVain === 1 ? 'round' : 'rounds in a row'} with a score on ${evaluation} that is not better than the best before by more than its interval`,
  };
}

const scoreOf = (evaluation: string) => (results: readonly EvaluationResult[]) =>
  results.find((result) => result.evaluation === evaluation)?.passAt1 ?? undefined;

function budgetSpent({ budget }: LoopRules, rounds: readonly RoundResult[]): Stop | undefined {
  // By whichever execution: a run that is started again ends where it would have ended.
  const took = spentIn(rounds.map((round) => ({ ...round, explored: { ...round.explored, ...round.explored.took } })));
  const limits = [
    { what: 'cost', limit: budget.cost, used: took.cost, unit: '' },
    { what: 'output tokens', limit: budget.outputTokens, used: took.outputTokens, unit: '' },
    { what: 'training', limit: budget.trainingHours, used: took.trainingSeconds / SECONDS_PER_HOUR, unit: ' hours' },
  ];
  const over = limits.find(({ limit, used }) => limit !== null && used >= limit);
  if (!over) return undefined;
  return {
    reason: 'budget',
    words: `the rounds took ${Number(over.used.toFixed(4))}${over.unit} of ${over.what}; the budget has ${over.limit}`,
  };
}

/** What rounds took together; tokens are those of exploring. Pure. */
export const spentIn = (rounds: readonly RoundResult[]): Spending & { readonly trainingSeconds: number } => ({
  ...rounds
    .flatMap(({ explored, scores }): Spending[] => [
      {
        ...explored.calls,
        cost: explored.cost,
        inputTokens: explored.inputTokens,
        outputTokens: explored.outputTokens,
      },
      ...scores.map(({ calls, cost }) => ({ ...noSpending, ...calls, cost })),
    ])
    .reduce(addSpending, noSpending),
  trainingSeconds: rounds.reduce((sum, { student }) => sum + (student?.result.seconds ?? 0), 0),
});

function roundLimit({ maxRounds }: LoopRules, rounds: readonly RoundResult[]): Stop | undefined {
  if (rounds.length < maxRounds) return undefined;
  return { reason: 'round-limit', words: `${rounds.length} of at most ${maxRounds} rounds are done` };
}

/** The model with the best score; the earliest of equal ones. Without scores, the newest. Pure. */
export function bestModel({ evaluation }: Pick<LoopRules, 'evaluation'>, state: LoopState): ModelRef {
  const models = [
    { model: state.imitation, scores: state.imitationScores },
    ...state.rounds.flatMap(({ student, scores }) =>
      student ? [{ model: { name: student.name, version: student.version }, scores }] : [],
    ),
  ];
  const newest = models.at(-1)?.model ?? state.imitation;
  if (evaluation === null) return newest;
  const score = scoreOf(evaluation);
  const scored = models.flatMap(({ model, scores }) => {
    const value = score(scores)?.value;
    return value === undefined ? [] : [{ model, value }];
  });
  const best = scored.reduce<(typeof scored)[number] | undefined>(
    (top, one) => (top === undefined || one.value > top.value ? one : top),
    undefined,
  );
  return best?.model ?? newest;
}

/** Each round's student beside the imitation and every earlier one, evaluation by evaluation. Pure. */
export function roundPairs({ imitation, rounds }: LoopState): ComparedPair[] {
  const names = [imitation.name, ...rounds.flatMap(({ student }) => (student ? [student.name] : []))];
  return rounds.flatMap(({ student, scores }) => {
    const place = student ? names.indexOf(student.name) : -1;
    return scores.flatMap(({ evaluation }) =>
      names.slice(0, Math.max(0, place)).map((baseline) => ({ evaluation, model: student?.name ?? '', baseline })),
    );
  });
}
