import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../activities/dataset/prepare-run.js';
import { createAsk } from '../../../activities/question/ask.js';
import type { StepResult } from '../../../workflows/question/step.js';
import type { RecipeInput } from '../../../config/recipe.js';
import { applyResults, mayGoOn } from '../../../workflows/question/go-on.js';
import { decide, startQuestion } from '../../../workflows/question/machine.js';
import { packAnswers, packAsk, unpackAnswers, unpackAsk } from '../../../workflows/question/packed-ask.js';
import { addSpending, noSpending } from '../../../workflows/question/spending.js';
import type { AskGroup } from '../../../workflows/question/state.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { resolvedRecipe, says, startAsking, stepOf, type Asking, type Model } from './asking.js';

type Timing = 'with-rating' | 'settled';
const recipeWith = (judge: string, rewriter: string, timing: Timing = 'with-rating'): Partial<RecipeInput> => ({
  validation: { judge: { pool: judge } },
  scoring: { pool: judge, timing },
  alignment: { critic: { pool: judge }, rewriter: { pool: rewriter } },
});
/** One pool judges, rates and scores; chains are asked of another. */
const JUDGED = recipeWith('judge', 'rewriter');
/** One model for everything. */
const ALONE = recipeWith('teacher', 'teacher');
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
async function play(asking: Asking, { recipe, goesOn = true }: { recipe: Partial<RecipeInput>; goesOn?: boolean }) {
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
  it.each<[string, Partial<RecipeInput>, string]>([
    ['a judge that also scores', JUDGED, 'teacher judge rewriter judge'],
    [
      'a judge that scores at the end',
      recipeWith('judge', 'rewriter', 'settled'),
      'teacher judge rewriter judge judge',
    ],
    ['one model for everything', ALONE, 'teacher teacher'],
    ['one model that scores at the end', recipeWith('teacher', 'teacher', 'settled'), 'teacher teacher'],
  ])('ends where single steps do, with fewer activities: %s', async (_what, recipe, together) => {
    const [step, on] = await Promise.all([0, 1].map(() => startAsking({ recipe, model: mixed() })));
    if (!step || !on) throw new Error('expected two');
    const steps = await play(step, { recipe, goesOn: false });
    const goneOn = await play(on, { recipe });
    expect(steps.activities.length).toBeGreaterThan(goneOn.activities.length);
    expect(goneOn.activities.map((activity) => activity.split(' @ ')[1]).join(' ')).toBe(together);
    expect(goneOn.state).toEqual(steps.state);
    expect(goneOn.spending).toEqual(steps.spending);
    expect(on.sent).toEqual(step.sent);
    expect(await journalOf(on)).toEqual(await journalOf(step));
  });

  it.each([
    ['a judge', JUDGED],
    ['one model for everything', ALONE],
  ])('begun again anywhere pays for nothing twice: %s', async (_what, recipe) => {
    const whole = await startAsking({ recipe });
    const end = await play(whole, { recipe });
    for (let call = 1; call <= whole.sent.length; call += 1) {
      const store = createMemoryStore();
      const dying = await startAsking({
        recipe,
        store,
        model: (_request, nth) => {
          if (nth === call) throw new Error('the worker dies');
          return undefined;
        },
      });
      await expect(play(dying, { recipe })).rejects.toThrow('the worker dies');
      const again = await startAsking({ recipe, store });
      expect((await play(again, { recipe })).state).toEqual(end.state);
      // The call that failed was never answered.
      expect(dying.sent.length - 1 + again.sent.length).toBe(whole.sent.length);
    }
  });

  it('asks nothing more once it is cancelled', async () => {
    const cancelled = new AbortController();
    const model: Model = ({ role }) => {
      if (role === 'judge') cancelled.abort(new Error('cancelled'));
      return undefined;
    };
    const asking = await startAsking({ recipe: ALONE, model });
    const policy = policyOf((await resolvedRecipe(ALONE)).recipe);
    const [group] = decide(policy, startQuestion(policy));
    if (!group) throw new Error('expected a step');
    const ask = createAsk(asking.dependencies);
    const effort = { signal: cancelled.signal, progress: () => undefined };
    await expect(ask(stepOf(group, { policy }), effort)).rejects.toThrow('cancelled');
    expect(new Set(asking.sent.map(({ role }) => role))).toEqual(new Set(['teacher', 'judge']));
  });

  it('answers its own step alone where the journal does not tell how the question came there', async () => {
    const asking = await startAsking({ recipe: JUDGED });
    const policy = policyOf((await resolvedRecipe(JUDGED)).recipe);
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
