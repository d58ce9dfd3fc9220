import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { perplexityOf, type Thought, type ThoughtFigure } from '../../../activities/improve/perplexity.js';
import { createPromptLogprobs, type PromptLogprobs } from '../../../activities/improve/prompt-logprobs.js';
import { toolPath } from '../../../workers/stack/tools.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** The demonstration student; its vocabulary is that of small word problems. */
const STUDENT = resolve('infra/mini/model/weak-student');
const SCRIPT = resolve('infra/training/perplexity.py');
/** Not vLLM: transformers behind the endpoints of vLLM, in its forms. */
const FAKE = resolve('test/fakes/vllm_prompt_logprobs.py');
/** Relative. Both compute in float32; batches and padding move the last digits. */
const TOLERANCE = 1e-4;

const thoughtOf = (count: number, wrong = 0): Thought => ({
  messages: [
    {
      role: 'user',
      content: `Kira owns ${count} acorns. Kira uses up 2 acorns. How many acorns does Kira have in the end?`,
    },
  ],
  thought: `Kira begins with ${count} acorns. ${count}-2=${count - 2 + wrong}.\n\nSo Kira has ${count - 2 + wrong} acorns.`,
});
const THOUGHTS = Array.from({ length: 12 }, (_, index) => thoughtOf(index + 10, index % 3));
const LONG: Thought = { ...thoughtOf(9), thought: 'Kira begins with 9 acorns. '.repeat(400) };

describe('perplexity of thoughts under the demonstration student', { timeout: 300_000 }, () => {
  const directory = temporaryDirectory('perplexity');
  const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' };
  let fake: ChildProcess;
  let endpoint: PromptLogprobs;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    fake = spawn(toolPath('trainingPython'), [FAKE, STUDENT, 'student'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    if (!fake.stdout) throw new Error('no output');
    const [port] = (await once(createInterface(fake.stdout), 'line')) as [string];
    endpoint = endpointAt(`http://127.0.0.1:${port}/v1`);
  });
  afterAll(async () => {
    await endpoint.close();
    fake.kill('SIGKILL');
    directory.remove();
  });

  const endpointAt = (url: string): PromptLogprobs =>
    createPromptLogprobs({ name: 'student', url, model: 'student', opening: '<think>\n', connections: 4 });

  async function runJob(
    name: string,
    settings: object,
  ): Promise<{ readonly code: number | null; readonly output: string }> {
    const config = join(directory.path, `${name}.json`);
    writeFileSync(
      config,
      JSON.stringify({
        model: STUDENT,
        rowsFile: rowsFile(),
        outputDirectory: join(directory.path, name),
        precision: 'float32',
        cpu: true,
        batchTokens: 300,
        ...settings,
      }),
    );
    const child = spawn(toolPath('trainingPython'), [SCRIPT, config], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  function rowsFile(): string {
    const path = join(directory.path, 'rows.jsonl');
    const rows = [...THOUGHTS, { ...thoughtOf(9), thought: '' }, LONG].map((row, index) => ({
      id: `t${index}`,
      ...row,
    }));
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return path;
  }

  const resultOf = (name: string) =>
    JSON.parse(readFileSync(join(directory.path, name, 'result.json'), 'utf8')) as Record<string, unknown>;
  const figuresOf = (name: string): Map<string, ThoughtFigure> =>
    new Map(
      readFileSync(join(directory.path, name, 'perplexities.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as ThoughtFigure & { readonly id: string })
        .map(({ id, tokens, nll }) => [id, { tokens, nll }]),
    );

  it('is the same by a job and by an endpoint', async () => {
    const { code, output } = await runJob('job', {});
    expect(code, output).toBe(0);
    expect(resultOf('job')).toMatchObject({
      status: 'measured',
      rows: 14,
      measured: 12,
      left: [
        { id: 't12', reason: 'no-thought' },
        { id: 't13', reason: 'too-long' },
      ],
    });
    const figures = figuresOf('job');
    for (const [index, thought] of THOUGHTS.entries()) {
      const byJob = figures.get(`t${index}`) ?? { tokens: 0, nll: 0 };
      const byEndpoint = await endpoint.measure(thought, signal);
      expect(byEndpoint.tokens).toBe(byJob.tokens);
      const [one, other] = [perplexityOf(byJob) ?? 0, perplexityOf(byEndpoint) ?? 0];
      expect(one).toBeGreaterThan(1);
      expect(Math.abs(one - other) / one).toBeLessThan(TOLERANCE);
    }
  });

  it('finds a wrong sum less likely than the right one', async () => {
    const [right, wrong] = [
      await endpoint.measure(thoughtOf(23), signal),
      await endpoint.measure(thoughtOf(23, 4), signal),
    ];
    expect(wrong.nll).toBeGreaterThan(right.nll);
  });

  it('goes on behind the last whole line after a kill', async () => {
    await runJob('cut', {});
    const path = join(directory.path, 'cut', 'perplexities.jsonl');
    const before = readFileSync(path, 'utf8');
    const lines = before.split('\n');
    writeFileSync(path, `${lines.slice(0, 5).join('\n')}\n`);
    appendFileSync(path, (lines[5] ?? '').slice(0, 9));
    writeFileSync(join(directory.path, 'cut', 'result.json'), '{}');
    const { code, output } = await runJob('cut', {});
    expect(code, output).toBe(0);
    const [first, again] = [new Map(parsed(before)), figuresOf('cut')];
    expect([...again.keys()].sort()).toEqual([...first.keys()].sort());
    for (const [id, { nll }] of again) expect(nll).toBeCloseTo(first.get(id)?.nll ?? 0, 3);
    expect((await runJob('cut', {})).output).toContain('measured before');
  });

  const parsed = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ThoughtFigure & { readonly id: string })
      .map((row) => [row.id, row] as const);

  it.each([
    ['an unknown field', { batch: 3 }, "unknown field 'batch'"],
    ['another precision', { precision: 'int8' }, 'precision: expected one of'],
    ['rows that are not there', { rowsFile: '/nowhere/rows.jsonl' }, "rows.jsonl can't be read"],
  ])('refuses %s', async (_name, settings, message) => {
    const { code, output } = await runJob('refused', settings);
    expect(output).toContain(message);
    expect(code).toBe(2);
  });

  it('says of a thought that is too long for the endpoint that it is rejected', async () => {
    await expect(endpoint.measure(LONG, signal)).rejects.toMatchObject({ kind: 'rejected', name: 'InferenceError' });
  });

  it('has no figure for a thought without a token', async () => {
    const figure = await endpoint.measure({ ...thoughtOf(9), thought: '' }, signal);
    expect(figure).toEqual({ tokens: 0, nll: 0 });
    expect(perplexityOf(figure)).toBeNull();
  });

  it('probes what an endpoint can do', async () => {
    expect(await endpoint.probe(signal)).toBeUndefined();
    const other = await startOther();
    const without = endpointAt(`http://127.0.0.1:${(other.address() as AddressInfo).port}/v1`);
    expect(await without.probe(signal)).toMatch(/needs a vLLM server with \/tokenize and prompt_logprobs/);
    await without.close();
    other.close();
  });
});

/** A server of another kind: it answers every request with 404. */
async function startOther(): Promise<Server> {
  const server = createServer((_request, response) => response.writeHead(404).end('{"detail":"Not Found"}'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
