import type { AskResult } from '../../activities/question/ask.js';
import { apply, decide } from './machine.js';
import type { QuestionPolicy } from './policy.js';
import { addSpending, noSpending, type Spending } from './spending.js';
import type { AskGroup, AskKind, QuestionState } from './state.js';

const judgements: ReadonlySet<AskKind> = new Set(['validate', 'rate', 'verbosity', 'cognitive']);
const areJudgements = ({ asks }: AskGroup): boolean => asks.every(({ kind }) => judgements.has(kind));

/**
 * Whether the activity that is asked a step may answer what follows, too, before the workflow asks it: judgements at one pool, which asks nothing else
 * meanwhile, and whose next judgements may be the same pool's. Texts are always steps of their own: they take minutes, and whoever watches a question
 * wants to see them arrive. [ours]
 */
export function mayGoOn(policy: QuestionPolicy, groups: readonly AskGroup[]): boolean {
  const [group, ...others] = groups;
  if (!group || others.length > 0 || !areJudgements(group)) return false;
  const isAsked = (kind: AskKind): boolean => group.asks.some((ask) => ask.kind === kind);
  const rates = policy.align?.critic === group.pool && isAsked('validate') && !isAsked('rate');
  const scores = policy.scorer === group.pool && !isAsked('verbosity') && !isAsked('cognitive');
  return rates || scores;
}

/** The next step when it is judgements at this pool alone; what goes on answers it, and the workflow finds it answered. */
export function nextJudgements(policy: QuestionPolicy, state: QuestionState, pool: string): AskGroup | undefined {
  const [group, ...others] = decide(policy, state);
  return group?.pool === pool && others.length === 0 && areJudgements(group) ? group : undefined;
}

/** The question after a step, and after those that its activity went on to answer. `results` in the order of `groups`. */
export function applyResults(
  policy: QuestionPolicy,
  before: QuestionState,
  { groups, results }: { readonly groups: readonly AskGroup[]; readonly results: readonly AskResult[] },
): { readonly state: QuestionState; readonly spending: Spending } {
  let spending = results.reduce((sum, result) => addSpending(sum, result.spending), noSpending);
  let state = apply(
    policy,
    before,
    groups.map((group, index) => ({ group, answers: results[index]?.answers ?? [] })),
  );
  for (const { answers, spending: more } of results[0]?.next ?? []) {
    const group = nextJudgements(policy, state, groups[0]?.pool ?? '');
    // Answers of a worker that goes by other rules: they stand in the journal, and are found there when they are asked for.
    if (group?.asks.length !== answers.length) break;
    state = apply(policy, state, [{ group, answers }]);
    spending = addSpending(spending, more);
  }
  return { state, spending };
}
