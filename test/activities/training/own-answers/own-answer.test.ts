import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../../../activities/inference/inference.js';
import type { CallRecord, CallRequest, CallResponse } from '../../../../activities/ledger/record.js';
import {
  answerBytes,
  answeredRow,
  promptOf,
  type AskedView,
} from '../../../../activities/training/own-answers/asked-row.js';
import { MAX_SAMPLES, ownAnswer, readAnswer } from '../../../../activities/training/own-answers/own-answer.js';
import { TrainingView, type TrainingViewInput } from '../../../../config/training-view.js';

const viewOf = (view: TrainingViewInput): AskedView => TrainingView.parse(view) as AskedView;
const user = (content: string) => ({ role: 'user', content }) as const;
const assistant = (content: string) => ({ role: 'assistant', content }) as const;
const system = { role: 'system', content: 'Be brief.' } as const;

const MESSAGES = viewOf({ form: 'messages', system: system.content });
const PAIRS = viewOf({ form: 'prompt-completion' });
const PLAIN = viewOf({ form: 'prompt-completion', conversational: false, system: system.content });

describe('the row of a control', () => {
  const chain = { question_id: 'q', chain_id: 'c', teacher: 't', rv: 3, cd: 4, domain: 'math' };
  const known = { question_id: 'q', chain_id: 'key', teacher: 'm', rv: null, cd: null, domain: 'math' };
  const own = { text: 'mine', model: 'm', callKey: 'key' };

  it.each([
    [
      MESSAGES,
      { messages: [system, user('2+2'), assistant('4')] },
      [system, user('2+2')],
      { messages: [system, user('2+2'), assistant('mine')] },
    ],
    [
      PAIRS,
      { prompt: [user('2+2')], completion: [assistant('4')] },
      [user('2+2')],
      { prompt: [user('2+2')], completion: [assistant('mine')] },
    ],
    [
      PLAIN,
      { prompt: '2+2', completion: '4', system: 'Be brief.' },
      [system, user('2+2')],
      { prompt: '2+2', completion: 'mine', system: 'Be brief.' },
    ],
  ])('is that of the view with another answer: %#', (...[view, row, prompt, answered]) => {
    expect(promptOf(view, { ...row, ...chain })).toEqual(prompt);
    expect(answeredRow(view, { ...row, ...chain }, own)).toEqual({ ...answered, ...known });
    expect(answerBytes(view)).toContain('strlen');
  });
});

const response = (changes: Partial<CallResponse> = {}): CallResponse => ({
  ...{ thought: 'So 4.', solution: 'It is 4.', thoughtFrom: 'inline', thoughtOpen: false, finishReason: 'stop' },
  ...{ modelReported: 'm', usage: { inputTokens: 1, outputTokens: 1, reasoningTokens: 0 } },
  ...changes,
});

describe('an own answer', () => {
  it.each([
    ['as it was said', response(), 'think', { text: '<think>\nSo 4.\n</think>\n\nIt is 4.' }],
    ['without a thought, of a model that does not think', response({ thought: '' }), 'think', { text: 'It is 4.' }],
    ['the same in a form that needs one', response({ thought: '' }), 'still2', { text: 'It is 4.' }],
    ['the solution alone where rows have no more', response(), 'none', { text: 'It is 4.' }],
    ['cut', response({ finishReason: 'length' }), 'think', { missing: 'truncated' }],
    ['that ended inside its thought', response({ thoughtOpen: true, solution: '' }), 'think', { missing: 'truncated' }],
    ['that is empty', response({ thought: '', solution: ' ' }), 'think', { missing: 'unwritable' }],
    ['with a tag in its text', response({ solution: 'a </think> b' }), 'think', { missing: 'unwritable' }],
  ] as const)('%s', (...[_name, said, form, expected]) => {
    expect(readAnswer({ response: said }, form)).toEqual(expected);
  });

  const request: CallRequest = {
    role: 'student',
    model: 'm',
    messages: [user('2+2')],
    sampling: { seed: true },
    sample: 0,
    salt: '',
  };
  const asking = (answers: readonly (CallResponse | Error)[]) => {
    const samples: number[] = [];
    const ask = (asked: CallRequest): Promise<CallRecord> => {
      const answer = answers[samples.push(asked.sample) - 1] ?? response({ finishReason: 'length' });
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ key: `key ${asked.sample}`, request: asked, response: answer } as CallRecord);
    };
    return { samples, answer: ownAnswer(ask, { request, index: 2, form: 'think' }) };
  };

  it('is asked for again while it is cut, each time another sample, and no row asks the sample of another', async () => {
    const { samples, answer } = asking([response({ finishReason: 'length' }), response({ thoughtOpen: true })]);
    expect(await answer).toEqual({ missing: 'truncated' });
    expect(samples).toEqual([2, 10_002, 20_002, 30_002].slice(0, MAX_SAMPLES));
    const second = asking([response({ finishReason: 'length' }), response()]);
    expect(await second.answer).toMatchObject({ callKey: 'key 10002' });
  });

  it('is left out when the server refuses the question; other errors are thrown', async () => {
    const rejected = new InferenceError('too long', { kind: 'rejected', pool: 'p' });
    expect(await asking([rejected]).answer).toEqual({ missing: 'refused' });
    const away = new InferenceError('away', { kind: 'unavailable', pool: 'p' });
    await expect(asking([away]).answer).rejects.toBe(away);
  });
});
