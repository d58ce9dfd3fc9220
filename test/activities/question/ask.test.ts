import { describe, expect, it } from 'vitest';
import { InferenceError, type InferenceErrorKind } from '../../../activities/inference/inference.js';
import type { JournalCall } from '../../../activities/question/journal.js';
import { journalKey } from '../../../activities/question/journal-store.js';
import { spendingOf } from '../../../activities/question/paid-usage.js';
import { worstError } from '../../../activities/question/worst-error.js';
import { StoreError } from '../../../activities/store/object-store.js';
import type { Ask, AskGroup } from '../../../workflows/question/state.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { ROW, says, startAsking, stepOf, type Model } from './asking.js';

const generate = (chain: number, sample = chain): Ask => ({ kind: 'generate', chain, teacher: 0, sample, raised: 0 });
const teacher = (...asks: Ask[]): AskGroup => ({ pool: 'teacher', asks, texts: {} });
const inference = (kind: InferenceErrorKind): InferenceError =>
  new InferenceError(`it is ${kind}`, { kind, pool: 'p' });
const only =
  (role: string, answer: (nth: number) => ReturnType<Model>): Model =>
  (request, nth) =>
    request.role === role ? answer(nth) : undefined;

/** Generates one chain, then asks one thing about it. */
async function askAbout(kind: 'validate' | 'rate' | 'verbosity', model: Model) {
  const asking = await startAsking({ model });
  const first = await asking.ask(stepOf(teacher(generate(0))));
  const made = first.answers[0];
  if (made?.kind !== 'text') throw new Error('expected a chain');
  const pool = { validate: 'judge', rate: 'critic', verbosity: 'scorer' }[kind];
  const group: AskGroup = { pool, asks: [{ kind, chain: 0 }], texts: { 0: made.key } };
  const input = stepOf(group, { step: 1 });
  return { asking, input, result: await asking.ask(input) };
}

describe('asking for chains', () => {
  it.each<[string, ReturnType<typeof says>, object]>([
    ['a right one', says('\\boxed{42}'), { kind: 'text', grade: 'equal' }],
    ['a wrong one', says('\\boxed{41}'), { kind: 'text', grade: 'different' }],
    ['one that states no answer', says('I think so.'), { kind: 'text', grade: 'undecided' }],
    ['one cut by the token limit', says('\\boxed{42}', { finishReason: 'length' }), { kind: 'truncated' }],
    ['one without a solution', says('  '), { kind: 'unparsed' }],
    ['one whose thought never ended', says('\\boxed{42}', { thoughtOpen: true }), { kind: 'unparsed' }],
    [
      'one that a filter withheld',
      says('', { finishReason: 'content-filter' }),
      { kind: 'refused', reason: 'content-filter' },
    ],
  ])('reads %s', async (_what, response, answer) => {
    const { ask } = await startAsking({ model: () => response });
    expect((await ask(stepOf(teacher(generate(0))))).answers).toMatchObject([answer]);
  });

  it('has no grade without a reference answer', async () => {
    const { ask } = await startAsking({ row: { ...ROW, answer: null } });
    expect((await ask(stepOf(teacher(generate(0))))).answers).toMatchObject([{ kind: 'text', grade: 'none' }]);
  });

  it('takes a request that will never be answered as the answer refused, at no cost', async () => {
    const { ask } = await startAsking({
      model: () => {
        throw inference('rejected');
      },
    });
    const { answers, spending } = await ask(stepOf(teacher(generate(0), generate(1))));
    expect(answers).toEqual([
      { kind: 'refused', reason: 'it is rejected' },
      { kind: 'refused', reason: 'it is rejected' },
    ]);
    expect(spending).toMatchObject({ new: 0, cost: 0 });
  });

  it('asks again what was refused: the refusal may have been mended since', async () => {
    let refuses = true;
    const asking = await startAsking({
      model: () => {
        if (refuses) throw inference('rejected');
        return undefined;
      },
    });
    await asking.ask(stepOf(teacher(generate(0))));
    refuses = false;
    expect((await asking.ask(stepOf(teacher(generate(0))))).answers).toMatchObject([{ kind: 'text' }]);
  });

  it('sends two samples of one request as two calls, and twice the same as one', async () => {
    const { ask, sent } = await startAsking();
    const { spending } = await ask(stepOf(teacher(generate(0, 0), generate(1, 1), generate(2, 1))));
    expect(sent.map(({ sample }) => sample)).toEqual([0, 1]);
    expect(spending).toMatchObject({ new: 2, reused: 1, cost: 100, inputTokens: 20, outputTokens: 40 });
  });
});

describe('asking a judge', () => {
  const CORRECTIVE = /could not be used/;

  it('asks once more with the fault named, and counts both calls', async () => {
    const { asking, result, input } = await askAbout(
      'validate',
      only('judge', (nth) => (nth === 2 ? says('The chain is fine.') : undefined)),
    );
    expect(result.answers).toEqual([{ kind: 'verdict', reasoning: true, solution: true }]);
    expect(result.spending.new).toBe(2);
    const messages = asking.sent[2]?.messages ?? [];
    expect(messages.at(-2)).toEqual({ role: 'assistant', content: 'The chain is fine.' });
    expect(messages.at(-1)?.content).toMatch(CORRECTIVE);
    const entry = await asking.dependencies.journal.read(input);
    expect(entry?.calls.map(({ corrective }) => corrective)).toEqual([false, true]);
  });

  it('counts the call that was answered when the server refuses the second one', async () => {
    const { result } = await askAbout(
      'validate',
      only('judge', (nth) => {
        if (nth === 3) throw inference('rejected');
        return says('The chain is fine.');
      }),
    );
    expect(result.answers).toEqual([{ kind: 'refused', reason: 'it is rejected' }]);
    expect(result.spending.new).toBe(1);
  });

  it.each(['validate', 'rate', 'verbosity'] as const)(
    'takes a second unreadable answer to %s as unparsed',
    async (kind) => {
      const { asking, result } = await askAbout(kind, (request) =>
        request.role === 'teacher' ? undefined : says('Well, 5 or so.'),
      );
      expect(result.answers).toMatchObject([{ kind: 'unparsed' }]);
      expect(asking.sent).toHaveLength(3);
    },
  );

  it.each([
    ['a score beyond 9', 'verbosity', '{"score": 12}'],
    ['a score that is no integer', 'verbosity', '{"score": 4.5}'],
    ['a word that is no rating', 'rate', '{"difficulty": "trivial"}'],
    ['a verdict as text', 'validate', '{"reasoning_valid": "yes", "solution_valid": true}'],
  ] as const)('does not make a value of %s', async (_what, kind, text) => {
    const { result } = await askAbout(kind, (request) => (request.role === 'teacher' ? undefined : says(text)));
    expect(result.answers).toMatchObject([{ kind: 'unparsed' }]);
  });

  it('says which record is missing when somebody deleted the chain', async () => {
    const { ask } = await startAsking();
    const group: AskGroup = { pool: 'critic', asks: [{ kind: 'rate', chain: 0 }], texts: { 0: 'ab'.repeat(32) } };
    await expect(ask(stepOf(group))).rejects.toThrow(/calls\/ab\/abab.*deleted/);
  });
});

describe('a rule check', () => {
  const own = { key: 'c'.repeat(64), teacher: 'other', thought: 'Hm.', solution: '\\boxed{42}' };
  const group: AskGroup = { pool: '', asks: [{ kind: 'check', chain: 0 }], texts: { 0: own.key } };

  it('grades a source chain without asking any model', async () => {
    const { ask, sent } = await startAsking({ row: { ...ROW, chains: [own] } });
    const { answers, spending } = await ask(stepOf(group));
    expect(answers).toEqual([{ kind: 'text', key: own.key, grade: 'equal' }]);
    expect(sent).toEqual([]);
    expect(spending).toMatchObject({ new: 0, reused: 0, cost: 0 });
  });
});

describe('a repetition', () => {
  const input = stepOf(teacher(generate(0), generate(1)));

  it('pays nothing and answers the same, from the journal', async () => {
    const { ask, sent } = await startAsking();
    const first = await ask(input);
    expect(await ask(input)).toEqual(first);
    expect(sent).toHaveLength(2);
  });

  it('finds what was paid before the journal was written, and still counts it as new', async () => {
    const store = createMemoryStore({
      beforePut: (key) => {
        if (key.includes('/journal/') && crashes) throw new Error('crash');
      },
    });
    let crashes = true;
    const { ask, sent } = await startAsking({ store });
    await expect(ask(input)).rejects.toThrow('crash');
    crashes = false;
    expect((await ask(input)).spending).toMatchObject({ new: 2, reused: 0 });
    expect(sent).toHaveLength(2);
  });

  it('by another execution reuses everything', async () => {
    const { ask, sent } = await startAsking();
    await ask(input);
    const again = await ask(stepOf(input.group, { execution: 'e2' }));
    expect(again.spending).toEqual({ new: 0, reused: 2, repeated: 0, inputTokens: 0, outputTokens: 0, cost: 0 });
    expect(sent).toHaveLength(2);
  });

  it('of another run reuses everything, too', async () => {
    const { ask, sent } = await startAsking();
    await ask(input);
    await ask({ ...input, plan: { run: 'other', planId: 'b'.repeat(16), execution: 'e2' } });
    expect(sent).toHaveLength(2);
  });

  it('after one ask of a group failed sends only what is missing', async () => {
    let down = true;
    const { ask, sent } = await startAsking({
      model: (request) => {
        if (request.sample === 1 && down) throw inference('unavailable');
        return undefined;
      },
    });
    await expect(ask(input)).rejects.toMatchObject({ kind: 'unavailable' });
    down = false;
    expect((await ask(input)).spending).toMatchObject({ new: 2 });
    expect(sent.map(({ sample }) => sample)).toEqual([0, 1, 1]);
  });
});

describe('journalKey', () => {
  const group = teacher(generate(0));

  it('lies below the plan, and differs by step, pool and asks', () => {
    const key = journalKey(stepOf(group));
    expect(key).toMatch(
      /^runs\/nightly\/a{16}\/journal\/00000\/0123456789abcdef0123456789abcdef-0-teacher-[0-9a-f]{12}\.json$/,
    );
    const others = [
      stepOf(group, { step: 1 }),
      stepOf({ ...group, pool: 'other' }),
      stepOf(teacher(generate(0), generate(1))),
      stepOf({ ...group, texts: { 0: 'x' } }),
      stepOf(group, { shard: 1 }),
    ];
    expect(new Set([key, ...others.map(journalKey)]).size).toBe(others.length + 1);
  });

  it('does not depend on the execution: a restart finds it', () => {
    expect(journalKey(stepOf(group, { execution: 'e2' }))).toBe(journalKey(stepOf(group)));
  });

  it('names rule checks', () => {
    expect(journalKey(stepOf({ pool: '', asks: [], texts: {} }))).toContain('-0-rules-');
  });
});

describe('worstError', () => {
  const unavailable = inference('unavailable');
  const overloaded = inference('overloaded');
  const misconfigured = inference('misconfigured');
  const denied = new StoreError('denied', 'no');
  const away = new StoreError('unavailable', 'away');
  const bug = new TypeError('a fault of the program');
  const abort = new DOMException('stopped', 'AbortError');

  it.each([
    ['what an operator must mend before all else', [bug, unavailable, misconfigured, abort], misconfigured],
    ['a store that refuses', [away, bug, denied], denied],
    ['a cancellation before a fault of the program', [bug, abort, unavailable], abort],
    ['a fault of the program before what passes', [unavailable, bug, away], bug],
    ['an outage before an overload', [overloaded, unavailable], unavailable],
    ['the only one', [overloaded], overloaded],
  ])('is %s', (_what, errors, expected) => {
    expect(worstError(errors)).toBe(expected);
    expect(worstError([...errors].reverse())).toBe(expected);
  });
});

describe('spendingOf', () => {
  const call = (origin: JournalCall['origin'], execution: string): JournalCall => ({
    key: 'k',
    ask: 0,
    role: 'judge',
    pool: 'p',
    model: 'm',
    corrective: false,
    origin,
    execution,
    usage: { inputTokens: 1, outputTokens: 2, reasoningTokens: 0 },
    cost: 5,
    latencyMs: 1,
    finishReason: 'stop',
  });
  const mine = { inputTokens: 1, outputTokens: 2, cost: 5 };
  const free = { inputTokens: 0, outputTokens: 0, cost: 0 };

  it.each([
    ['paid here', call('new', 'e1'), { new: 1, reused: 0, repeated: 0, ...mine }],
    ['paid by an earlier execution', call('new', 'e0'), { new: 0, reused: 1, repeated: 0, ...free }],
    ['found', call('reused', 'e1'), { new: 0, reused: 1, repeated: 0, ...free }],
    ['paid twice', call('repeated', 'e1'), { new: 0, reused: 0, repeated: 1, ...mine }],
    ['paid twice by an earlier execution', call('repeated', 'e0'), { new: 0, reused: 1, repeated: 0, ...free }],
  ])('counts a call that was %s', (_what, one, expected) => {
    expect(spendingOf([one], 'e1')).toEqual(expected);
    expect(spendingOf([one, one], 'e1').cost).toBe(2 * expected.cost);
  });
});
