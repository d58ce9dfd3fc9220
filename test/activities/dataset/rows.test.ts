import { describe, expect, it } from 'vitest';
import { chainRows, textKeys } from '../../../activities/dataset/rows-chain.js';
import { questionRow } from '../../../activities/dataset/rows-question.js';
import type { Ask } from '../../../workflows/question/state.js';
import {
  FULL_POLICY as policy,
  goodReply as good,
  playQuestion,
  questionRowOf,
  type Play,
  type Reply,
} from '../../fakes/histories.js';

const context = { fingerprint: 'f'.repeat(64), teachers: ['slow', 'fast'], prompts: ['rate@2', 'solve@1'] };
const material = (play: Partial<Play> & { reply: Play['reply'] }, failure?: { reason: string; message: string }) => ({
  ...playQuestion({ row: questionRowOf('six times seven'), policy, ...play }),
  failure,
});

describe('rows of chains', () => {
  it('has a row for every chain of an accepted question, with texts, checks, scores and what they cost', () => {
    const rows = chainRows(material({ reply: good }), context);
    expect(rows.map(({ outcome, reason, teacher, thought }) => ({ outcome, reason, teacher, thought }))).toEqual([
      { outcome: 'accepted', reason: null, teacher: 'slow', thought: 'thought 0' },
      { outcome: 'accepted', reason: null, teacher: 'slow', thought: 'thought 1' },
      { outcome: 'accepted', reason: null, teacher: 'fast', thought: 'thought 2' },
    ]);
    expect(rows[0]).toMatchObject({
      question: 'What is six times seven?',
      model: 'teacher-model',
      origin: 'teacher',
      revision_by: 'teacher',
      original_thought: null,
      text_tokens: 100,
      text_tokens_estimated: false,
      thought_tokens: 60,
      solution_grade: 'equal',
      graded_by: 'fast-path',
      extracted_answer: '42',
      reasoning_valid: true,
      solution_valid: true,
      ratings: ['medium'],
      scoring: 'scored',
      scorer: 'scorer-model',
      rv_judge: 3,
      cd: 4,
      rv: null,
      rv_length: null,
      calls: 5,
      input_tokens: 50,
      output_tokens: 120,
      prompts: ['rate@2', 'solve@1'],
      source_row_id: 'six times seven',
    });
    expect(rows[0]?.chain_id).toBe(rows[0]?.text_key);
    expect(rows[0]?.cost).toBeCloseTo(0.12);
  });

  it('keeps original and rewrite of an extended chain, with ratings and scores before and after', () => {
    const seen = new Map<string, number>();
    const reply = (ask: Ask): Reply => {
      const times = seen.get(`${ask.kind} ${ask.chain}`) ?? 0;
      seen.set(`${ask.kind} ${ask.chain}`, times + 1);
      if (ask.kind === 'rate' && ask.chain === 1 && times === 0) return { kind: 'rating', difficulty: 'easy' };
      if (ask.kind === 'verbosity' && times === 1) return { kind: 'score', value: 7 };
      return good(ask);
    };
    const row = chainRows(material({ reply }), context)[1];
    expect(row).toMatchObject({
      outcome: 'accepted',
      thought: 'extend 1',
      solution: 'rewritten',
      original_thought: 'thought 1',
      original_solution: 'solution 1',
      revision_by: 'extend',
      text_model: 'rewriter-model',
      model: 'teacher-model',
      rounds: 1,
      ratings: ['easy', 'medium'],
      difficulty_before: 'easy',
      difficulty_after: 'medium',
      rv_judge: 7,
      rv_judge_before: 3,
      cd_before: 4,
      text_tokens: 60,
      thought_tokens: 60,
      calls: 10,
    });
    expect(row?.chain_id).not.toBe(row?.text_key);
  });

  it.each<[string, Reply, object]>([
    [
      'wrong',
      { kind: 'text', thought: 'a', solution: 'b', grade: 'different', decidedBy: 'math-verify' },
      { outcome: 'rejected', reason: 'wrong-solution', graded_by: 'math-verify', thought: 'a' },
    ],
    [
      'truncated',
      { kind: 'truncated', thought: 'cut o', solution: '' },
      { outcome: 'rejected', reason: 'truncated', thought: 'cut o', solution: '', graded_by: 'none' },
    ],
    [
      'unparsed',
      { kind: 'unparsed', thought: '', solution: 'no end' },
      { outcome: 'rejected', reason: 'unparsed', solution: 'no end' },
    ],
    [
      'refused',
      { kind: 'refused', reason: 'content-filter' },
      { outcome: 'rejected', reason: 'refused', detail: 'content-filter', thought: null, text_key: null, model: null },
    ],
  ])('says why a chain that is %s was dropped, with as much text as there is', (_, first, expected) => {
    const reply = (ask: Ask): Reply => (ask.kind === 'generate' && ask.chain === 0 ? first : good(ask));
    const [row] = chainRows(material({ reply }), context);
    expect(row).toMatchObject({ question_reason: null, ...expected });
    expect(row?.chain_id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('rejects a good chain with its question, naming the reason of the question apart', () => {
    const reply = (ask: Ask): Reply =>
      ask.kind === 'validate' && ask.chain > 0 ? { kind: 'verdict', reasoning: false, solution: true } : good(ask);
    const played = material({ reply });
    expect(
      chainRows(played, context).map(({ outcome, reason, question_reason }) => [outcome, reason, question_reason]),
    ).toEqual([
      ['rejected', 'question-rejected', 'too-few-verified'],
      ['rejected', 'flawed-reasoning', 'too-few-verified'],
      ['rejected', 'flawed-reasoning', 'too-few-verified'],
    ]);
    expect(questionRow(played, context)).toMatchObject({
      outcome: 'rejected',
      reason: 'too-few-verified',
      chains: 3,
      chains_verified: 1,
      chains_accepted: 0,
    });
  });

  it('fails the open chains of a failed question, and counts what they cost', () => {
    const reply = (ask: Ask): Reply =>
      ask.kind === 'generate' && ask.chain === 2 ? { kind: 'truncated', thought: 'c', solution: '' } : good(ask);
    const played = material({ reply, steps: 1 }, { reason: 'pool-unavailable', message: 'teacher t is out' });
    expect(chainRows(played, context).map(({ outcome, reason, thought }) => [outcome, reason, thought])).toEqual([
      ['failed', 'pool-unavailable', 'thought 0'],
      ['failed', 'pool-unavailable', 'thought 1'],
      ['rejected', 'truncated', 'c'],
    ]);
    const row = questionRow(played, context);
    expect(row).toMatchObject({ outcome: 'failed', reason: 'pool-unavailable', calls: 3 });
    expect(row.cost).toBeCloseTo(0.3);
  });

  it('believes a journal that ended more than a reported failure', () => {
    const row = questionRow(material({ reply: good }, { reason: 'timeout', message: '' }), context);
    expect(row).toMatchObject({ outcome: 'accepted', reason: null });
  });

  it('fails a question that neither ended nor was reported', () => {
    const row = questionRow(material({ reply: good, steps: 1 }), context);
    expect(row).toMatchObject({ outcome: 'failed', reason: 'incomplete' });
  });

  it('takes text and teacher of a source chain from the row, and estimates its length', () => {
    const chain = { key: 'a'.repeat(64), teacher: 'r1', thought: 'sixteen letters.', solution: 'four' };
    const played = material({ row: questionRowOf('q', { chains: [chain] }), reply: good });
    expect(chainRows(played, context)[0]).toMatchObject({
      origin: 'source',
      teacher: 'r1',
      model: null,
      chain_id: chain.key,
      thought: chain.thought,
      revision_by: 'source',
      graded_by: 'math-verify',
      text_tokens: 5,
      text_tokens_estimated: true,
    });
    expect(textKeys(played.history)).not.toContain(chain.key);
    expect(questionRow(played, context).chains_from_source).toBe(1);
  });

  it('tells unscored from scored from not asked', () => {
    const reply = (ask: Ask): Reply =>
      ask.kind === 'cognitive' && ask.chain === 0 ? { kind: 'score', value: null } : good(ask);
    expect(chainRows(material({ reply }), context).map(({ scoring, cd, rv_judge }) => [scoring, cd, rv_judge])).toEqual(
      [
        ['unscored', null, 3],
        ['scored', 4, 3],
        ['scored', 4, 3],
      ],
    );
    const { scorer: _scorer, ...unscoredPolicy } = policy;
    expect(chainRows(material({ reply: good, policy: unscoredPolicy }), context)[0]).toMatchObject({
      scoring: 'none',
      scorer: null,
    });
  });

  it.each([
    {
      name: 'counted apart by the server',
      usage: { outputTokens: 90, reasoningTokens: 30 },
      tokens: 60,
      estimated: false,
    },
    {
      name: 'by its share of the bytes, 55 of 70',
      usage: { outputTokens: 90, reasoningTokens: 0 },
      tokens: 71,
      estimated: true,
    },
    {
      name: 'by the bytes of the text alone',
      usage: { outputTokens: 0, reasoningTokens: 0 },
      tokens: 5,
      estimated: true,
    },
  ])("takes a rewriter's own thinking out of the length, $name", ({ usage, tokens, estimated }) => {
    const reply = (ask: Ask): Reply => {
      if (ask.kind === 'rate' && ask.chain === 0) return { kind: 'rating', difficulty: 'easy' };
      if (ask.kind === 'extend')
        return { kind: 'text', thought: 'a long thought', solution: 'end.', thinking: 'x'.repeat(15), usage };
      return good(ask);
    };
    const row = chainRows(
      material({ reply, policy: { ...policy, align: { critic: 'c', rewriter: 'r', maxRounds: 1, minKept: 1 } } }),
      context,
    )[0];
    expect(row).toMatchObject({
      revision_by: 'extend',
      thought: 'a long thought',
      text_tokens: tokens,
      text_tokens_estimated: estimated,
    });
  });

  it('sums over chains to the cost of the question', () => {
    const played = material({ reply: good });
    const chains = chainRows(played, context);
    const question = questionRow(played, context);
    expect(chains.reduce((sum, { calls }) => sum + calls, 0)).toBe(question.calls);
    expect(chains.reduce((sum, { output_tokens }) => sum + output_tokens, 0)).toBe(question.output_tokens);
    expect(question.by_role.map(({ role, calls }) => [role, calls])).toEqual([
      ['critic', 3],
      ['judge', 3],
      ['scorer', 6],
      ['teacher', 3],
    ]);
  });
});
