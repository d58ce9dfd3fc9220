import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { packageRoot } from '../../config/package-root.js';
import { startRun } from '../../workers/run-client.js';
import { readParquet } from '../support/read-parquet.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';

const RIGHT_KEY = 'sk-planted-right-4711-abcdefghijklmnop';
const WRONG_KEY = 'sk-planted-wrong-0815-qrstuvwxyzabcdef';
const KEYS = [RIGHT_KEY, WRONG_KEY];
const QUESTIONS = 12;

/** Every form in which a key could lie somewhere. */
const forms = KEYS.flatMap((key) => [
  key,
  ...[0, 1, 2].map((shift) =>
    // The part of a base64 text that does not depend on what stands around the key.
    Buffer.from('x'.repeat(shift) + key)
      .toString('base64')
      .slice(4, -8),
  ),
  Buffer.from(key).toString('hex'),
]);
const leaks = (text: string): string[] => forms.filter((form) => text.includes(form));

/** Texts of a store by key: gzip unpacked, Parquet as rows. */
async function storedTexts(directory: string): Promise<Map<string, string>> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const texts = new Map<string, string>();
  for (const file of files.filter((name) => statSync(join(directory, name)).isFile())) {
    const path = join(directory, file);
    const bytes = readFileSync(path);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const rows = file.endsWith('.parquet') ? JSON.stringify(await readParquet(path)) : '';
    texts.set(file, `${bytes.toString('latin1')}${isGzip ? gunzipSync(bytes).toString('utf8') : ''}${rows}`);
  }
  return texts;
}

/** All text of a message of the API: strings as they are, payloads decoded. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

describe('API keys', () => {
  let system: System;
  let deploymentFile: string;
  let log: string;
  const said: string[] = [];
  const children: ChildProcess[] = [];

  const cli = (args: readonly string[], key: string): ChildProcess => {
    const child = spawn(process.execPath, [join(packageRoot(), 'dist', 'workers', 'cli.js'), ...args], {
      env: { ...process.env, PLANTED_KEY: key, COTMILL_DEPLOYMENT: deploymentFile },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  };
  async function startWorker(key: string): Promise<() => Promise<void>> {
    const child = cli(['worker'], key);
    const file = createWriteStream(log, { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(file, { end: false });
    await once(child.stdout!, 'data');
    return async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    };
  }
  async function command(args: readonly string[], key: string): Promise<string> {
    const child = cli(args, key);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    said.push(output);
    return output;
  }

  beforeAll(async () => {
    system = await startSystem({
      questions: QUESTIONS,
      model: { apiKey: RIGHT_KEY, echoKey: true },
      endpoint: { apiKeyEnv: 'PLANTED_KEY' },
    });
    deploymentFile = join(system.directory, 'deployment.json');
    writeFileSync(deploymentFile, JSON.stringify(system.deployment));
    log = join(system.directory, 'worker.log');
  });
  afterAll(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    await system.stop();
  });

  it('work, and a wrong one stops the run, saying so, with no question burnt', async () => {
    const stopRight = await startWorker(RIGHT_KEY);
    const right = await startRun(system.client, { run: 'right', recipe: fakeRecipe() });
    expect(((await right.result()) as RunSummary).questions).toMatchObject({ total: QUESTIONS, failed: 0 });
    const [inspected = ''] = (await command(['inspect', 'right'], RIGHT_KEY)).split(/\s/);
    expect(await command(['inspect', 'right', inspected], RIGHT_KEY)).toContain('Exercise');
    await command(['inspect', 'right', inspected, '--json'], RIGHT_KEY);
    await command(['status', 'right'], RIGHT_KEY);
    await command(['status', 'right', '--json'], RIGHT_KEY);
    expect(await command(['doctor'], RIGHT_KEY)).not.toContain('FAIL');
    await stopRight();

    const stopWrong = await startWorker(WRONG_KEY);
    const recipe = fakeRecipe({ salt: 'wrong', version: 'v2' });
    const wrong = await startRun(system.client, { run: 'wrong', recipe });
    await expect(wrong.result()).rejects.toThrow();
    const status = await command(['status', 'wrong'], WRONG_KEY);
    expect(status).toMatch(/401|key/i);
    await command(['status', 'wrong', '--json'], WRONG_KEY);
    expect(await command(['doctor'], WRONG_KEY)).toContain('FAIL');
    await command(['doctor', '--json'], WRONG_KEY);
    await stopWrong();
    expect(await system.client.workflow.count('CotRun="wrong" AND CotOutcome="rejected"')).toMatchObject({ count: 0 });
    // A dozen processes start one after the other.
  }, 300_000);

  it('stand in no history', async () => {
    let all = '';
    let workflows = 0;
    // The list of workflows follows their histories with a delay.
    await sleep(1000);
    for await (const { workflowId, runId } of system.client.workflow.list()) {
      const history = await system.client.workflow.getHandle(workflowId, runId).fetchHistory();
      all += textsIn(history).join('\n');
      workflows += 1;
    }
    expect(workflows).toBeGreaterThan(QUESTIONS);
    expect(all).toContain('"name":"exercises"');
    expect(all).toContain('Pool.Misconfigured');
    expect(leaks(all)).toEqual([]);
  });

  it('stand in nothing that is stored: plans, ledger, journals, shards, data sets', async () => {
    const texts = await storedTexts(join(system.directory, 'store'));
    const readable = (start: string): boolean =>
      [...texts].some(([key, text]) => key.startsWith(start) && text.includes('Exercise 1'));
    // What is searched can be read.
    expect(readable('calls/')).toBe(true);
    expect([...texts.keys()].some((key) => key.startsWith('datasets/') && key.endsWith('.parquet'))).toBe(true);
    expect(readable('datasets/')).toBe(true);
    expect([...texts].filter(([, text]) => leaks(text).length > 0).map(([key]) => key)).toEqual([]);
  });

  it('stand in no log of a worker and in nothing that a command says', () => {
    expect(readFileSync(log, 'utf8')).toContain('serves workflows, io, pool:fake');
    expect(said.length).toBeGreaterThan(8);
    expect(leaks(readFileSync(log, 'utf8'))).toEqual([]);
    expect(leaks(said.join('\n'))).toEqual([]);
  });
});
