/** What may happen to an evaluation: killed workers, endpoints that refuse or are away, benchmarks that nobody may publish. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import { PARTIAL_SUFFIX } from '../../activities/store/object-key.js';
import type { DeploymentInput } from '../../config/deployment.js';
import type { EvaluationInput } from '../../config/evaluation.js';
import type { RunningProcess } from '../../workers/stack/process.js';
import { failureMessage } from '../../workers/run-client.js';
import { WORKFLOW_QUEUE } from '../../workflows/task-queues.js';
import { startSystem, type System, type SystemOptions } from '../support/system.js';
import { startWorkerProcess } from '../support/worker-process.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function open(options: SystemOptions = {}): Promise<System> {
  const system = await startSystem(options);
  stops.push(() => system.stop());
  return system;
}

async function worker(system: System, deployment = system.deployment, name = 'worker') {
  const running = await startWorkerProcess(system.directory, deployment, name);
  stops.push(() => running.stop());
  return running;
}

function start(system: System, run: string, evaluation: EvaluationInput) {
  return system.client.workflow.start('evaluateModel', {
    workflowId: `${run}/evaluation/${evaluation.name}/fake`,
    taskQueue: WORKFLOW_QUEUE,
    args: [{ run, evaluation, model: { pool: 'fake' } }],
  });
}

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Paid calls on record. What a killed worker was writing is none of them. */
const records = ({ directory }: System): number =>
  files(join(directory, 'store', 'calls')).filter((file) => !file.endsWith(PARTIAL_SUFFIX)).length;

/** Every byte below a folder, unpacked where it is packed. */
const bytesOf = (folder: string): string =>
  files(folder)
    .map((file) => {
      const body = readFileSync(file);
      return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body).toString('utf8') : body.toString('latin1');
    })
    .join('\n');

const sums: EvaluationInput = {
  name: 'sums',
  benchmark: 'gsm8k-test',
  path: 'sums.jsonl',
  samples: 2,
  models: [{ pool: 'fake' }],
};

function writeSums(system: System): void {
  const rows = Array.from({ length: 60 }, (_, index) => ({
    question: `Imagined sum ${index}: what is ${index} + ${index + 1}?`,
    answer: `#### ${2 * index + 1}`,
  }));
  writeFileSync(join(system.directory, 'sums.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
}

describe('an evaluation', () => {
  it('goes on when its worker is killed, pays nothing twice, and ends with the same bytes', async () => {
    const slow = { model: { latency: 150 }, endpoint: { maxConcurrency: 8 } };
    const [killed, calm] = [await open(slow), await open()];
    const results: EvaluationResult[] = [];
    for (const system of [killed, calm]) {
      writeSums(system);
      const first: RunningProcess = await worker(system);
      const handle = await start(system, 'same', sums);
      if (system === killed) {
        await vi.waitFor(() => expect(killed.model.stats().total).toBeGreaterThan(40), {
          timeout: 60_000,
          interval: 50,
        });
        await first.kill();
        // What was on its way is answered to nobody.
        await delay(1_000);
        const [recorded, asked] = [records(killed), killed.model.stats().total];
        await worker(system, system.deployment, 'second');
        results.push((await handle.result()) as EvaluationResult);
        expect(killed.model.stats().total - asked).toBe(120 - recorded);
      } else results.push((await handle.result()) as EvaluationResult);
    }
    expect(killed.model.keys().size).toBe(120);
    expect(results[0]?.calls).toMatchObject({ reused: 0, repeated: 0, new: 120 });
    const ends = [killed, calm].map(({ directory }, at) => {
      const folder = join(directory, 'store', results[at]?.summaryKey ?? '', '..');
      return ['summary.json', 'answers.parquet'].map((name) => readFileSync(join(folder, name)).toString('base64'));
    });
    expect(ends[0]).toEqual(ends[1]);
  });

  it('waits for a pool that is down', async () => {
    const system = await open({ model: { down: { fromMs: 0, toMs: 9_000 } } });
    writeSums(system);
    await worker(system);
    const result = (await (await start(system, 'down', sums)).result()) as EvaluationResult;
    expect(result).toMatchObject({ scored: 120, calls: { new: 120 } });
  });

  it('stops for a pool that answers nobody, and says what to do', async () => {
    const system = await open({ model: { apiKey: 'sk-other' } });
    writeSums(system);
    await worker(system);
    const failed = (await start(system, 'key', sums)).result().catch((error: unknown) => failureMessage(error));
    expect(await failed).toContain('answered 401');
  });
});

/** Words that stand in the planted benchmark alone. */
const PLANTED = ['glumon', 'drifton', 'wobblon', 'snarkon', 'zephyrite'];

/** Answers with what it was asked, as models do; refuses and breaks with it too, as some servers do. */
async function startEcho(): Promise<{ readonly url: string; readonly asked: () => number }> {
  let asked = 0;
  const broken = new Set<string>();
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (request.method === 'GET') return void response.end(JSON.stringify({ data: [{ id: 'echo' }] }));
      asked += 1;
      const body = JSON.parse(text) as { messages: { content: string }[]; response_format?: unknown };
      const said = body.messages.map(({ content }) => content).join('\n');
      const fail = (status: number): void => {
        response.statusCode = status;
        response.end(JSON.stringify({ error: { message: `can not take: ${said}` } }));
      };
      if (said.includes('refused zephyrite')) return fail(400);
      if (said.includes('broken zephyrite') && !broken.has(text)) {
        broken.add(text);
        return fail(500);
      }
      const content = body.response_format ? '{"score": 4}' : `<think>It asks: ${said}</think>\n${said}\n\nAnswer: A`;
      const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
      const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
      response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: 'echo', choices, usage }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  stops.push(() => new Promise((done) => server.close(done)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked: () => asked };
}

describe('a benchmark that nobody may publish', () => {
  it('leaves no word of it in store, histories or logs: neither problems nor options, answers or errors', async () => {
    const [system, echo] = [await open(), await startEcho()];
    const question = (kind: string, nth: number): object => ({
      Question: `${kind} zephyrite ${nth}: which imagined particle is heaviest?`,
      'Correct Answer': 'the glumon',
      'Incorrect Answer 1': 'the drifton',
      'Incorrect Answer 2': 'the wobblon',
      'Incorrect Answer 3': 'the snarkon',
      'Record ID': `r${kind}${nth}`,
      'High-level domain': 'Physics',
    });
    const rows = [
      ...Array.from({ length: 6 }, (_, nth) => question('plain', nth)),
      ...[question('refused', 1), question('broken', 1)],
      { ...question('without options', 1), 'Incorrect Answer 2': null },
    ];
    const lines = [...rows.map((row) => JSON.stringify(row)), '{"Question": "torn zephyrite'];
    writeFileSync(join(system.directory, 'gpqa.jsonl'), lines.join('\n'));
    const deployment: DeploymentInput = {
      ...system.deployment,
      pools: { fake: { model: 'echo', endpoints: [{ url: echo.url, maxConcurrency: 4 }] } },
    };
    const { logFile } = await worker(system, deployment);
    const evaluation: EvaluationInput = {
      ...{ name: 'gated', benchmark: 'gpqa-diamond', path: 'gpqa.jsonl', samples: 2 },
      ...{ models: [{ pool: 'fake' }], difficulty: { pool: 'fake' } },
    };
    const handle = await start(system, 'gated', evaluation);
    const result = (await handle.result()) as EvaluationResult;
    expect(result).toMatchObject({ problems: 8, samples: 16, scored: 14, outcomes: { failed: 2 }, meanDifficulty: 4 });

    const asked = echo.asked();
    const again = (await (await start(system, 'gated', evaluation)).result()) as EvaluationResult;
    expect(again.calls).toMatchObject({ new: 0 });
    // What was refused is asked again, and nothing else.
    expect(echo.asked() - asked).toBe(2);

    const history = JSON.stringify(await handle.fetchHistory());
    const described = JSON.stringify((await handle.describe()).raw);
    // Payloads stand in a history as base64.
    const payloads = [...history.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString(),
    );
    const places = {
      store: bytesOf(join(system.directory, 'store')),
      history: [history, ...payloads].join('\n'),
      described,
      log: readFileSync(logFile, 'utf8'),
    };
    expect(places.store.length).toBeGreaterThan(5_000);
    for (const [place, text] of Object.entries(places))
      for (const word of PLANTED) expect(text.includes(word), `${word} in ${place}`).toBe(false);
  });

  it('can not be given to the tasks of lm_eval that read a file', async () => {
    const system = await open();
    writeFileSync(join(system.directory, 'gpqa.jsonl'), '{}');
    await worker(system, { ...system.deployment, launchers: { here: { kind: 'process', directory: 'jobs' } } });
    const failed = (
      await start(system, 'harness', {
        ...{ name: 'gated', benchmark: 'gpqa-diamond', path: 'gpqa.jsonl', models: [{ pool: 'fake' }] },
        secondOpinion: { launcher: 'here', task: 'cotmill' },
      })
    )
      .result()
      .catch((error: unknown) => failureMessage(error));
    expect(await failed).toContain('may not be written');
  });
});
