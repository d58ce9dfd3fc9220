import { apply, decide } from './machine.js';
import { packAsks } from './packed-ask.js';
import type { QuestionPolicy } from './policy.js';
import { addSpending, noSpending, type Spending } from './spending.js';
import type { AskGroup, AskKind, QuestionState } from './state.js';
import type { AskResult } from './step.js';

const judgements: ReadonlySet<AskKind> = new Set(['validate', 'rate', 'verbosity', 'cognitive']);
const areJudgements = ({ asks }: AskGroup): boolean => asks.every(({ kind }) => judgements.has(kind));

/**
 * Whether the activity that is asked a step may answer what follows, too, before the workflow asks it: a pool that is asked alone, and is asked for
 * judgements next. Only judgements are answered so: a text takes minutes, and is a step that whoever watches a question wants to see begin. [ours]
 */
export function mayGoOn({ judge, align, scorer }: QuestionPolicy, groups: readonly AskGroup[]): boolean {
  const [group, ...others] = groups;
  if (!group?.pool || others.length > 0) return false;
  const inOrder: readonly [AskKind, string | undefined][] = [
    ['validate', judge],
    ['rate', align?.critic],
    ['verbosity', scorer],
  ];
  // All of them follow a text.
  const asked = areJudgements(group)
    ? inOrder.findLastIndex(([kind]) => group.asks.some((ask) => ask.kind === kind))
    : -1;
  return inOrder.slice(asked + 1).some(([, pool]) => pool === group.pool);
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
  for (const { asks, answers, spending: more } of results[0]?.next ?? []) {
    const group = nextJudgements(policy, state, groups[0]?.pool ?? '');
    // Answers of a worker that goes by other rules are left: they stand in the journal, and are found there when they are asked for.
    if (!group || packAsks(group.asks) !== packAsks(asks)) break;
    state = apply(policy, state, [{ group, answers }]);
    spending = addSpending(spending, more);
  }
  return { state, spending };
}
