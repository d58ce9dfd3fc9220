import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../activities/dataset/prepare-run.js';
import type { StepResult } from '../../../activities/question/ask.js';
import type { RecipeInput } from '../../../config/recipe.js';
import { applyResults, mayGoOn } from '../../../workflows/question/go-on.js';
import { decide, startQuestion } from '../../../workflows/question/machine.js';
import { packAnswers, packAsk, unpackAnswers, unpackAsk } from '../../../workflows/question/packed-ask.js';
import { addSpending, noSpending } from '../../../workflows/question/spending.js';
import type { AskGroup } from '../../../workflows/question/state.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { resolvedRecipe, says, startAsking, stepOf, type Asking, type Model } from './asking.js';

/** One pool judges, rates and scores, as most deployments have it; chains are asked of another. */
const RECIPE: Partial<RecipeInput> = {
  validation: { judge: { pool: 'judge' } },
  scoring: { pool: 'judge' },
  alignment: { critic: { pool: 'judge' }, rewriter: { pool: 'rewriter' } },
};
/** Of three chains one is flawed and one too hard at first. */
const mixed =
  (flawed = 1, hard = 1): Model =>
  ({ role }, nth) => {
    if (role === 'teacher') return says(`Attempt ${nth} gives \\boxed{42}.`);
    if (role === 'judge' && (flawed -= 1) >= 0)
      return says('{"rationale": "", "reasoning_valid": false, "solution_valid": true}');
    if (role === 'critic' && (hard -= 1) >= 0) return says('{"difficulty": "hard"}');
    return undefined;
  };

/** The loop of a question's workflow, over the wire. `goesOn` false: every step is asked for. */
async function play(asking: Asking, { goesOn = true, recipe = RECIPE } = {}) {
  const policy = policyOf((await resolvedRecipe(recipe)).recipe);
  let state = startQuestion(policy);
  let spending = noSpending;
  const activities: string[] = [];
  for (let groups = decide(policy, state); groups.length > 0; groups = decide(policy, state)) {
    const { step } = state;
    const on = goesOn && mayGoOn(policy, groups);
    const results = await Promise.all(
      groups.map(async (group) => {
        const packed = packAsk(stepOf(group, { step, ...(on && { policy }) }));
        activities.push(`${packed.asks} @ ${group.pool}`);
        return unpackAnswers(packAnswers(await asking.ask(unpackAsk(packed))));
      }),
    );
    const after = applyResults(policy, state, { groups, results });
    spending = addSpending(spending, after.spending);
    state = after.state;
  }
  return { state, spending, activities };
}

async function journalOf(asking: Asking): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of asking.store.list('runs/')) keys.push(key);
  return keys.sort();
}

describe('an activity that goes on', () => {
  it.each<['with-rating' | 'settled', number, string]>([
    ['with-rating', 5, 'teacher judge rewriter judge'],
    ['settled', 7, 'teacher judge rewriter judge judge'],
  ])('ends where single steps do, with fewer activities: scores %s', async (timing, single, together) => {
    const recipe = { ...RECIPE, scoring: { pool: 'judge', timing } };
    const [step, on] = await Promise.all([0, 1].map(() => startAsking({ recipe, model: mixed() })));
    if (!step || !on) throw new Error('expected two');
    const steps = await play(step, { recipe, goesOn: false });
    const goneOn = await play(on, { recipe });
    expect(steps.activities).toHaveLength(single);
    expect(goneOn.activities.map((activity) => activity.split(' @ ')[1]).join(' ')).toBe(together);
    expect(goneOn.state).toEqual(steps.state);
    expect(goneOn.spending).toEqual(steps.spending);
    expect(on.sent).toEqual(step.sent);
    expect(await journalOf(on)).toEqual(await journalOf(step));
  });

  it('begun again anywhere pays for nothing twice', async () => {
    const whole = await startAsking({ recipe: RECIPE });
    const end = await play(whole);
    for (let call = 1; call <= whole.sent.length; call += 1) {
      const store = createMemoryStore();
      const dying = await startAsking({
        recipe: RECIPE,
        store,
        model: (_request, nth) => {
          if (nth === call) throw new Error('the worker dies');
          return undefined;
        },
      });
      await expect(play(dying)).rejects.toThrow('the worker dies');
      const again = await startAsking({ recipe: RECIPE, store });
      expect((await play(again)).state).toEqual(end.state);
      // The call that failed was never answered.
      expect(dying.sent.length - 1 + again.sent.length).toBe(whole.sent.length);
    }
  });

  it('answers its own step alone where the journal does not tell how the question came there', async () => {
    const asking = await startAsking({ recipe: RECIPE });
    const policy = policyOf((await resolvedRecipe(RECIPE)).recipe);
    const [made] = (
      await asking.ask(
        stepOf({
          pool: 'teacher',
          asks: [{ kind: 'generate', chain: 0, teacher: 0, sample: 0, raised: 0 }],
          texts: {},
        }),
      )
    ).answers;
    if (made?.kind !== 'text') throw new Error('expected a chain');
    const group: AskGroup = { pool: 'judge', asks: [{ kind: 'validate', chain: 0 }], texts: { 0: made.key } };
    const result: StepResult & { next?: unknown } = await asking.ask(stepOf(group, { step: 1, policy }));
    expect(result.answers).toEqual([{ kind: 'verdict', reasoning: true, solution: true }]);
    expect(result.next).toBeUndefined();
  });
});
