import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../activities/dataset/prepare-run.js';
import { readQuestionHistory } from '../../../activities/question/history.js';
import { apply, decide, startQuestion } from '../../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import type { QuestionState } from '../../../workflows/question/state.js';
import { resolvedRecipe, ROW, says, startAsking, stepOf, type Asking, type Model } from './asking.js';

/** The loop of the workflow over the real activity, up to a number of steps. */
async function loop(asking: Asking, policy: QuestionPolicy, maxSteps = Infinity): Promise<QuestionState> {
  let state = startQuestion(policy);
  for (let groups = decide(policy, state); groups.length > 0; groups = decide(policy, state)) {
    if (state.step >= maxSteps) return state;
    const { step } = state;
    const results = await Promise.all(groups.map((group) => asking.ask(stepOf(group, { step }))));
    state = apply(
      policy,
      state,
      groups.map((group, index) => ({ group, answers: results[index]?.answers ?? [] })),
    );
  }
  return state;
}

const read = (asking: Asking, policy: QuestionPolicy) => {
  const { plan, shard } = stepOf({ pool: '', asks: [], texts: {} });
  return readQuestionHistory(asking.dependencies.journal, { shard: { plan, shard }, row: ROW, policy });
};

const wrongTwice: Model = ({ role, sample }) => (role === 'teacher' && sample < 2 ? says('\\boxed{41}') : undefined);
const easyOnce: Model = ({ role, messages }) =>
  role === 'critic' && !JSON.stringify(messages).includes('7 + 7') ? says('{"difficulty": "easy"}') : undefined;
const garbage: Model = ({ role }) => (role === 'judge' ? says('no json') : undefined);
const hard: Model = ({ role }) => (role === 'critic' ? says('{"difficulty": "hard"}') : undefined);

describe('the journal', () => {
  it.each<[string, Model | undefined, string]>([
    ['accepted at once', undefined, 'accepted'],
    ['accepted after more chains', wrongTwice, 'accepted'],
    ['accepted after an extension', easyOnce, 'accepted'],
    ['rejected, no judgement readable', garbage, 'rejected'],
    ['rejected, never medium', hard, 'rejected'],
  ])('alone leads to the state in which the workflow ended: %s', async (_what, model, outcome) => {
    const policy = policyOf((await resolvedRecipe()).recipe);
    const asking = await startAsking(model ? { model } : {});
    const end = await loop(asking, policy);
    const history = await read(asking, policy);
    expect(history).toMatchObject({ complete: true, state: { outcome: { kind: outcome } } });
    expect(history.state).toEqual(end);
    const calls = history.entries.flatMap((entry) => entry.calls);
    expect(calls.filter(({ origin }) => origin === 'new')).toHaveLength(asking.sent.length);
  });

  it('of a question at work ends where the question stands', async () => {
    const policy = policyOf((await resolvedRecipe()).recipe);
    const asking = await startAsking();
    const state = await loop(asking, policy, 2);
    expect(await read(asking, policy)).toMatchObject({ complete: false, state });
  });
});
