import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeQuestion, startFakeModelServer, type FakeModelOptions, type FakeModelServer } from './model-server.js';

let server: FakeModelServer | undefined;
afterEach(() => server?.close());

const start = async (options: FakeModelOptions): Promise<FakeModelServer> =>
  (server = await startFakeModelServer(options));

const body = (content: string, more: object = {}): string =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more });

const post = (content: string, more: object = {}): Promise<Response> =>
  fetch(`${server?.url}/chat/completions`, { method: 'POST', body: body(content, more) });

const schemaOf = (...names: string[]): object => ({
  response_format: {
    type: 'json_schema',
    json_schema: { schema: { properties: Object.fromEntries(names.map((name) => [name, {}])) } },
  },
});

interface Completion {
  choices: [{ message: { content: string; reasoning_content: string }; finish_reason: string }];
}
const completion = async (response: Response): Promise<Completion> => (await response.json()) as Completion;
const contentOf = async (response: Response): Promise<string> =>
  (await completion(response)).choices[0].message.content;

describe('the built-in model', () => {
  it('solves its questions, with the share of errors asked for', async () => {
    await start({ skill: { right: 0.8, sound: 0.75 } });
    const right = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const { question, answer } = fakeQuestion(index);
        return (await contentOf(await post(question))).includes(`\\boxed{${answer}}`);
      }),
    );
    expect(right.filter(Boolean).length).toBeGreaterThan(140);
    expect(right.filter(Boolean).length).toBeLessThan(180);
  });

  it('answers by the request body alone: the same on another server', async () => {
    const question = fakeQuestion(7).question;
    await start({ seed: 'one' });
    const first = await (await post(question, { seed: 3 })).text();
    await server?.close();
    await start({ seed: 'two', latency: 1 });
    expect(await (await post(question, { seed: 3 })).text()).toBe(first);
    expect(await (await post(question, { seed: 4 })).text()).not.toBe(first);
  });

  it('judges a right chain by chance and a wrong one never as valid', async () => {
    await start({});
    const verdict = async (index: number, boxed: string) => {
      const prompt = `What is 2 + 3?\nStep 1 of 4: case ${index}\n\\boxed{${boxed}}`;
      return JSON.parse(await contentOf(await post(prompt, schemaOf('rationale', 'reasoning_valid')))) as object;
    };
    const right = await Promise.all(Array.from({ length: 60 }, (_, index) => verdict(index, '5')));
    expect(right.filter((one) => 'reasoning_valid' in one && one.reasoning_valid).length).toBeGreaterThan(30);
    expect(await verdict(0, '6')).toMatchObject({ reasoning_valid: false, solution_valid: false });
  });

  it.each([
    [2, 'easy'],
    [4, 'medium'],
    [7, 'hard'],
  ])('rates a chain of %i steps %s', async (steps, difficulty) => {
    await start({});
    const prompt = `What is 2 + 3?\nStep 1 of ${steps}: x`;
    expect(JSON.parse(await contentOf(await post(prompt, schemaOf('difficulty'))))).toMatchObject({ difficulty });
  });

  it('rewrites most chains to medium and keeps their result', async () => {
    await start({});
    const texts = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => contentOf(await post(`${index}\nStep 1 of 9: x\n\\boxed{5}`))),
    );
    expect(texts.filter((text) => text.includes('Step 4 of 4:')).length).toBeGreaterThan(35);
    expect(texts.filter((text) => text.includes('\\boxed{5}')).length).toBeGreaterThan(50);
  });

  it('is cut by max_tokens', async () => {
    await start({ bodyBytes: 4000 });
    const cut = await completion(await post('What is 2 + 3?', { max_tokens: 20 }));
    expect(cut.choices[0].finish_reason).toBe('length');
    expect(cut.choices[0].message.reasoning_content).toHaveLength(80);
  });
});

describe('faults', () => {
  it('refuses above its capacity and says how busy it was', async () => {
    await start({ capacity: 2, latency: 100, retryAfterMs: 2000 });
    const answers = await Promise.all([1, 2, 3].map((index) => post(`What is ${index} + 1?`)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 429]);
    expect(answers.find((answer) => answer.status === 429)?.headers.get('retry-after')).toBe('2');
    expect(server?.stats()).toMatchObject({ total: 3, maxInFlight: 2, byStatus: { 200: 2, 429: 1 } });
    expect(server?.stats().usedShare).toBeGreaterThan(0.7);
  });

  it('draws faults at the shares asked for, anew for each repetition', async () => {
    await start({ faults: { refuse: 0.3, fail: 0.1, drop: 0.1, garbageBody: 0.1 } });
    await Promise.all(Array.from({ length: 300 }, () => post('What is 1 + 1?').catch(() => undefined)));
    const { byStatus, repeatedOk, distinct } = server!.stats();
    expect(byStatus['429']).toBeGreaterThan(60);
    expect(byStatus['500']).toBeGreaterThan(8);
    expect(byStatus['dropped']).toBeGreaterThan(5);
    expect(distinct).toBe(1);
    expect(repeatedOk).toBe(byStatus['200']! - 1);
  });

  it('cuts and garbles by the request, whatever the repetition', async () => {
    await start({ faults: { truncate: 0.5, garbageAnswer: 0.5 } });
    for (let index = 0; index < 20; index++) {
      const twice = [await post(`${index} + 1`, schemaOf('score')), await post(`${index} + 1`, schemaOf('score'))];
      const [first, second] = await Promise.all(twice.map((response) => response.text()));
      expect(first).toBe(second);
    }
  });

  it('wants its key and the right model', async () => {
    await start({ apiKey: 'right', models: ['known'] });
    expect((await post('hello')).status).toBe(401);
    const headers = { authorization: 'Bearer right' };
    const unknown = await fetch(`${server?.url}/chat/completions`, { method: 'POST', headers, body: body('hello') });
    expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining('model_not_found')]);
  });

  it('goes down and comes back', async () => {
    await start({});
    await server?.goDown('refused');
    await expect(post('hello')).rejects.toThrow();
    await server?.comeUp();
    expect((await post('hello')).status).toBe(200);
    await server?.goDown('503');
    expect((await post('hello')).status).toBe(503);
  });

  it('logs each answer to a file and counts those the client left', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fake-model-'));
    try {
      await start({ latency: 200, requestLog: join(directory, 'log') });
      await fetch(`${server?.url}/chat/completions`, {
        method: 'POST',
        body: body('x'),
        signal: AbortSignal.timeout(50),
      }).catch(() => 0);
      await post('y');
      expect(await readFile(join(directory, 'log'), 'utf8')).toMatch(/^aborted [0-9a-f]{64}\n200 [0-9a-f]{64}\n$/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
