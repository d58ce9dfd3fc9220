import { beforeAll, describe, expect, it } from 'vitest';
import { callKey } from '../../../activities/ledger/call-key.js';
import { promptFor, requestFor, type ModelAsk } from '../../../activities/question/ask-request.js';
import type { ResolvedRecipe } from '../../../config/resolve.js';
import { resolvedRecipe, ROW } from './asking.js';

const TEXT = { thought: 'Six sevens are 42.', solution: 'So it is \\boxed{42}.' };
const generate = (changes: object = {}): ModelAsk => ({
  kind: 'generate',
  chain: 0,
  teacher: 0,
  sample: 0,
  raised: 0,
  ...changes,
});
const SOLVED = { pool: 'solver', sampling: { maxTokens: 300 } };
const solution: ModelAsk = { kind: 'solution', chain: 0, teacher: 0, raised: 0 };
const asks: ModelAsk[] = [
  generate(),
  solution,
  { kind: 'validate', chain: 0 },
  { kind: 'rate', chain: 0 },
  { kind: 'verbosity', chain: 0 },
  { kind: 'cognitive', chain: 0 },
  { kind: 'extend', chain: 0, round: 1 },
  { kind: 'simplify', chain: 0, round: 1 },
  { kind: 'shorten', chain: 0, round: 0 },
];

describe('requestFor', () => {
  let resolved: ResolvedRecipe;
  beforeAll(async () => {
    resolved = await resolvedRecipe({
      teachers: [
        { name: 'slow', pool: 'teacher', chains: 2, sampling: { temperature: 0.7, maxTokens: 1000 }, solution: SOLVED },
        { name: 'fast', pool: 'teacher', chains: 1, prompt: 'question-only' },
      ],
      sourceChains: { solution: { pool: 'rewriter' } },
    });
  });
  const request = (ask: ModelAsk, question: Partial<Parameters<typeof requestFor>[1]> = {}) =>
    requestFor(resolved, { row: ROW, text: ask.kind === 'generate' ? undefined : TEXT, ...question }, ask);
  const lastMessage = (ask: ModelAsk, question = {}) => request(ask, question).messages.at(-1)?.content ?? '';

  it.each(asks.map((ask) => [ask.kind, ask] as const))('gives %s the same key every time', (_kind, ask) => {
    expect(callKey(request(ask))).toBe(callKey(structuredClone(request(structuredClone(ask)))));
  });

  it('gives each ask a key of its own', () => {
    expect(new Set(asks.map((ask) => callKey(request(ask)))).size).toBe(asks.length);
  });

  it('doubles the limit of a second call, shows it the thought alone, and knows its configuration', async () => {
    expect(request({ ...solution, raised: 2 }).sampling.maxTokens).toBe(1200);
    const [system, user] = request(solution).messages.map(({ content }) => content);
    expect(user).toContain(`### Reasoning\n${TEXT.thought}`);
    expect(`${system}${user}`).not.toContain(TEXT.solution);
    expect(() => request({ ...solution, teacher: 1 })).toThrow('nobody to ask for "solution"');
    const own = await resolvedRecipe({ teachers: [{ name: 'slow', pool: 'teacher', chains: 2, solution: {} }] });
    expect(requestFor(own, { row: ROW, text: TEXT }, solution).model).toBe('teacher-model');
  });

  it('does not let the place of a chain or another question with the same text change the key', () => {
    expect(callKey(request({ kind: 'rate', chain: 3 }))).toBe(callKey(request({ kind: 'rate', chain: 0 })));
    const twin = { ...ROW, id: 'f'.repeat(32), provenance: { ...ROW.provenance, row: 9 } };
    expect(callKey(request(generate(), { row: twin }))).toBe(callKey(request(generate())));
  });

  it.each<[string, ModelAsk, string, string, string | undefined]>([
    ['generate', generate(), 'teacher', 'teacher-model', undefined],
    ['solution', solution, 'solver', 'solver-model', undefined],
    ['solution of a source chain', { kind: 'solution', chain: 0, raised: 0 }, 'solver', 'rewriter-model', undefined],
    ['validate', { kind: 'validate', chain: 0 }, 'judge', 'judge-model', 'validation'],
    ['rate', { kind: 'rate', chain: 0 }, 'critic', 'critic-model', 'rating'],
    ['verbosity', { kind: 'verbosity', chain: 0 }, 'scorer', 'scorer-model', 'score'],
    ['cognitive', { kind: 'cognitive', chain: 0 }, 'scorer', 'scorer-model', 'score'],
    ['extend', { kind: 'extend', chain: 0, round: 1 }, 'rewriter', 'rewriter-model', undefined],
    ['shorten', { kind: 'shorten', chain: 0, round: 0 }, 'rewriter', 'rewriter-model', undefined],
  ])('asks for %s in its role, at its model, in its form', (_kind, ...[ask, role, model, schema]) => {
    expect(request(ask)).toMatchObject({ role, model });
    expect(request(ask).schema?.name).toBe(schema);
  });

  it('takes the sample of a chain from its ask, and that of a rewrite from its round', () => {
    expect(request(generate({ sample: 3 })).sample).toBe(3);
    expect(request({ kind: 'extend', chain: 0, round: 1 }).sample).toBe(1);
    expect(request({ kind: 'extend', chain: 0, round: 2 }).sample).toBe(2);
    expect(request({ kind: 'simplify', chain: 0, round: 2 }).sample).toBe(2);
    expect(request({ kind: 'shorten', chain: 0, round: 0 }).sample).toBe(0);
  });

  it.each([
    [0, 1000],
    [1, 2000],
    [2, 4000],
  ])('doubles the token limit of a chain raised %i times: %i', (raised, maxTokens) => {
    expect(request(generate({ raised })).sampling).toMatchObject({ maxTokens, temperature: 0.7 });
  });

  it('leaves the limit to the server where the recipe does', () => {
    expect(request(generate({ teacher: 1, raised: 1 })).sampling.maxTokens).toBeUndefined();
  });

  it('never shows the reference answer to a teacher or a rewriter, and shows it to the judge', () => {
    const row = { ...ROW, answer: 'forty-two-of-the-reference' };
    for (const ask of asks.filter(({ kind }) => kind !== 'validate'))
      expect(JSON.stringify(request(ask, { row }))).not.toContain('forty-two-of-the-reference');
    expect(lastMessage({ kind: 'validate', chain: 0 }, { row })).toContain('forty-two-of-the-reference');
  });

  it('tells the judge that a reference answer is missing', () => {
    expect(lastMessage({ kind: 'validate', chain: 0 }, { row: { ...ROW, answer: null } })).toContain('not available');
  });

  it('shows judges the steps of a chain without a thought', () => {
    const text = { thought: '', solution: 'Seven, six times: \\boxed{42}' };
    expect(lastMessage({ kind: 'rate', chain: 0 }, { text })).toContain('Seven, six times');
  });

  it('asks a fast teacher without a system prompt', () => {
    expect(request(generate({ teacher: 1 })).messages.map(({ role }) => role)).toEqual(['user']);
    expect(promptFor(resolved, generate({ teacher: 1 })).name).toBe('question-only');
  });

  it('refuses an ask that the recipe has nobody for', () => {
    expect(() => request(generate({ teacher: 7 }))).toThrow(/nobody to ask for "generate"/);
  });

  it('puts the salt into the key', async () => {
    const salted = await resolvedRecipe({ salt: 'again' });
    const question = { row: ROW, text: undefined };
    expect(callKey(requestFor(salted, question, generate()))).not.toBe(callKey(request(generate())));
  });
});
