import { describe, expect, it } from 'vitest';
import type { NextResult } from '../../../workflows/question/step.js';
import { applyResults, mayGoOn, nextJudgements } from '../../../workflows/question/go-on.js';
import { apply, decide, startQuestion } from '../../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import { noSpending } from '../../../workflows/question/spending.js';
import type { Answer, AskGroup, AskKind, QuestionState } from '../../../workflows/question/state.js';
import { align, policy, rated, text, verdict, withoutCritic } from './played-question.js';

const group = (pool: string, ...kinds: AskKind[]): AskGroup => ({
  pool,
  asks: kinds.map((kind) => ({ kind, chain: 0 }) as AskGroup['asks'][number]),
  texts: {},
});
const critic = (pool: string, changes: Partial<QuestionPolicy> = {}) =>
  policy({ align: { ...align, critic: pool, rewriter: pool }, ...changes });

describe('an activity may go on', () => {
  const rules = critic('j', { scorer: 'j' });
  const verdicts = [group('j', 'validate')];
  it.each<[string, QuestionPolicy, readonly AskGroup[]]>([
    ['from verdicts to ratings', critic('j'), verdicts],
    ['from verdicts to scores, where there is no critic', withoutCritic(policy({ scorer: 'j' })), verdicts],
    ['from ratings to scores', critic('c', { scorer: 'c' }), [group('c', 'rate')]],
    ['from verdicts with ratings to scores', rules, [group('j', 'validate', 'rate')]],
    ['from texts to verdicts', policy({ judge: 't' }), [group('t', 'generate')]],
    ['from scores beside a text to verdicts', rules, [group('j', 'simplify', 'verbosity')]],
  ])('%s at its pool', (_what, policy, groups) => {
    expect(mayGoOn(policy, groups)).toBe(true);
  });

  it.each<[string, QuestionPolicy, readonly AskGroup[]]>([
    ['to another pool', critic('c'), verdicts],
    ['where nothing follows', critic('j'), [group('j', 'validate', 'rate')]],
    ['from scores', rules, [group('j', 'verbosity', 'cognitive')]],
    ['from texts that others judge', policy(), [group('t', 'generate')]],
    ['while another pool is asked', rules, [...verdicts, group('x', 'verbosity')]],
    ['from rules', rules, [group('', 'check')]],
    ['from nothing', rules, []],
  ])('but not %s', (_what, policy, groups) => {
    expect(mayGoOn(policy, groups)).toBe(false);
  });
});

describe('answers that came before they were asked for', () => {
  const rules = critic('j', { scorer: 'j' });
  const generated = apply(
    rules,
    startQuestion(rules),
    decide(rules, startQuestion(rules)).map((one) => ({ group: one, answers: [text('one'), text('two')] })),
  );
  const step = (kind: 'validate' | 'rate', ...answers: Answer[]): NextResult => ({
    asks: answers.map((_, chain) => ({ kind, chain })),
    answers,
    spending: { ...noSpending, new: answers.length },
  });
  const verdicts = step('validate', verdict(true, true), verdict(true, true));
  const ratings = step('rate', rated('medium'), rated('hard'));
  const after = (next: NextResult[]): ReturnType<typeof applyResults> =>
    applyResults(rules, generated, { groups: decide(rules, generated), results: [{ ...verdicts, next }] });
  const asksOf = (state: QuestionState): string[] =>
    decide(rules, state).flatMap(({ pool, asks }) => asks.map(({ kind, chain }) => `${pool} ${kind} ${chain}`));

  it('are taken step by step, and paid for', () => {
    const { state, spending } = after([ratings]);
    expect(asksOf(state)).toEqual(['j verbosity 0', 'j cognitive 0', 'j simplify 1']);
    expect(spending.new).toBe(4);
    expect(state.step).toBe(generated.step + 2);
  });

  it('end where a text is to be written: the pool has scores to give, and is not asked for them alone', () => {
    expect(nextJudgements(rules, after([ratings]).state, 'j')).toBeUndefined();
    expect(nextJudgements(rules, after([]).state, 'j')?.asks.map(({ kind }) => kind)).toEqual(['rate', 'rate']);
    expect(nextJudgements(rules, after([]).state, 'c')).toBeUndefined();
  });

  it.each<[string, NextResult[]]>([
    ['answers to fewer asks', [step('rate', rated('medium'))]],
    ['answers to other asks', [verdicts]],
    ['answers to a question that needs none', [ratings, step('rate', rated('easy'))]],
  ])('are left, and not paid for twice, where they do not fit: %s', (_what, next) => {
    const fitting = next.filter((one) => one === ratings);
    expect(after(next)).toEqual(after(fitting));
  });
});
