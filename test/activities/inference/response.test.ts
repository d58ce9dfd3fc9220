import { describe, expect, it } from 'vitest';
import { readCompletion, splitThought } from '../../../activities/inference/response.js';

/** Bodies in the forms of the servers named, cut to a few words. */
const vllm = {
  id: 'chatcmpl-7a',
  object: 'chat.completion',
  created: 1763800000,
  model: 'Qwen/QwQ-32B',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: '\n\nThe answer is 4.',
        refusal: null,
        annotations: null,
        audio: null,
        function_call: null,
        tool_calls: [],
        reasoning: 'Two and two.\n',
      },
      logprobs: null,
      finish_reason: 'stop',
      stop_reason: null,
      token_ids: null,
    },
  ],
  service_tier: null,
  system_fingerprint: null,
  usage: { prompt_tokens: 31, total_tokens: 83, completion_tokens: 52, prompt_tokens_details: null },
  prompt_logprobs: null,
};
const withMessage = (message: object, finish = 'stop') => ({
  ...vllm,
  choices: [{ index: 0, message, finish_reason: finish }],
});

const llamaServer = {
  choices: [
    {
      finish_reason: 'stop',
      index: 0,
      message: { role: 'assistant', reasoning_content: 'Two and two.', content: 'The answer is 4.' },
    },
  ],
  created: 1763800000,
  model: 'mini.gguf',
  system_fingerprint: 'b1-abc',
  object: 'chat.completion',
  usage: { completion_tokens: 52, prompt_tokens: 31, total_tokens: 83 },
  id: 'chatcmpl-x',
  timings: { prompt_n: 31, predicted_per_second: 1000.5 },
};

const hosted = {
  ...withMessage({ role: 'assistant', content: 'The answer is 4.', reasoning_content: 'Two and two.' }),
  usage: {
    prompt_tokens: 31,
    completion_tokens: 52,
    total_tokens: 83,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 40 },
  },
};

describe('where the thought stands', () => {
  it.each([
    ['vLLM', vllm, 'reasoning'],
    ['llama-server and SGLang', llamaServer, 'reasoning_content'],
    ['hosted, with token details', hosted, 'reasoning_content'],
    ['no parser', withMessage({ content: '<think>\nTwo and two.\n</think>\n\nThe answer is 4.' }), 'inline'],
    [
      'no parser, and the template opened',
      withMessage({ content: 'Two and two.\n</think>\n\nThe answer is 4.' }),
      'inline',
    ],
    [
      'STILL-2',
      withMessage({
        content:
          '<|begin_of_thought|>\n\nTwo and two.\n\n<|end_of_thought|>\n\n<|begin_of_solution|>The answer is 4.<|end_of_solution|>',
      }),
      'inline',
    ],
    ['Mistral', withMessage({ content: '[THINK]Two and two.[/THINK]The answer is 4.' }), 'inline'],
  ])('%s', (_, body, thoughtFrom) => {
    const reasoningTokens = body === hosted ? 40 : 0;
    expect(readCompletion(body)).toEqual({
      thought: 'Two and two.',
      solution: 'The answer is 4.',
      thoughtFrom,
      thoughtOpen: false,
      finishReason: 'stop',
      modelReported: body.model,
      usage: { inputTokens: 31, outputTokens: 52, reasoningTokens },
    });
  });

  it('joins the text parts of a content array', () => {
    const body = withMessage({
      content: [{ type: 'text', text: 'The ' }, { type: 'text', text: 'answer' }, { type: 'audio' }],
    });
    expect(readCompletion(body)).toMatchObject({ solution: 'The answer', thoughtFrom: 'none' });
  });
});

describe('answers that are not whole', () => {
  it.each<[string, unknown, object]>([
    [
      'an inline thought cut by length',
      withMessage({ content: '<think>\nTwo and' }, 'length'),
      { thought: 'Two and', solution: '', thoughtOpen: true, finishReason: 'length' },
    ],
    [
      'a parsed thought cut by length',
      withMessage({ content: null, reasoning: 'Two and' }, 'length'),
      { thought: 'Two and', solution: '', thoughtOpen: false, finishReason: 'length' },
    ],
    ['null content', withMessage({ content: null }), { thought: '', solution: '', thoughtFrom: 'none' }],
    [
      'an empty thought',
      withMessage({ content: '<think>\n\n</think>\n\nFour.' }),
      { thought: '', solution: 'Four.', thoughtFrom: 'none' },
    ],
    [
      'a STILL-2 solution without its end',
      withMessage({ content: '<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>b' }),
      { thought: 'a', solution: 'b' },
    ],
    ['a content filter', withMessage({ content: '' }, 'content_filter'), { finishReason: 'content-filter' }],
    ['a refusal', withMessage({ content: null, refusal: 'I cannot.' }), { finishReason: 'content-filter' }],
    ['an unknown end', withMessage({ content: 'x' }, 'abort'), { finishReason: 'other' }],
    [
      'no usage',
      { choices: [{ message: { content: 'x' } }] },
      { modelReported: '', usage: { inputTokens: 0, outputTokens: 0, reasoningTokens: 0 } },
    ],
  ])('%s', (_, body, expected) => {
    expect(readCompletion(body)).toMatchObject(expected);
  });

  it.each([
    ['text'],
    [{}],
    [{ choices: [] }],
    [{ choices: [{ text: 'old form' }] }],
    [{ error: { message: 'x' } }],
    [null],
    [[]],
  ])('is no completion: %j', (body) => {
    expect(readCompletion(body)).toBeUndefined();
  });
});

it('takes a tag in the middle of a text for text', () => {
  expect(splitThought('Write <think> first.')).toMatchObject({
    thought: '',
    solution: 'Write <think> first.',
    thoughtOpen: false,
  });
});
