import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { createPool } from '../../activities/inference/pool.js';
import { requestBody } from '../../activities/inference/request-body.js';
import { callKey } from '../../activities/ledger/call-key.js';
import type { CallRequest } from '../../activities/ledger/record.js';
import { PoolConfig } from '../../config/deployment.js';
import { startFakeModelProcess } from '../fakes/model-server-process.js';

/** One measurement. CPU time is that of this process; the server runs in another. */
export interface InferenceMeasurement {
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly callsPerCpuSecond: number;
  readonly callsPerSecond: number;
  readonly refusals: number;
  /** Of the capacity named in the case, while calls waited for a slot. */
  readonly usedShare?: number;
  readonly maxInFlight: number;
}

interface Case {
  readonly name: string;
  readonly calls: number;
  readonly warmUp?: number;
  readonly maxConcurrency: number;
  /** What `usedShare` is a share of. */
  readonly capacity?: number;
  readonly server: Parameters<typeof startFakeModelProcess>[0];
}

const KIB = 1000;
const LOG_NORMAL = { meanMs: 2750, sigma: 0.8 };

const CASES: readonly Case[] = [
  {
    name: 'no latency, 20 KB',
    calls: 8_000,
    warmUp: 2_000,
    maxConcurrency: 64,
    server: { answer: 'static', bodyBytes: 20 * KIB },
  },
  {
    name: '1 s, 2 KB, 256 in flight',
    calls: 5_000,
    maxConcurrency: 256,
    capacity: 256,
    server: { answer: 'static', bodyBytes: 2 * KIB, latency: 1000 },
  },
  {
    name: 'log-normal 2.75 s, 20 KB, 256 in flight',
    calls: 5_000,
    maxConcurrency: 256,
    capacity: 256,
    server: { answer: 'static', bodyBytes: 20 * KIB, latency: LOG_NORMAL },
  },
  {
    name: '1 s, refuses above 32 of 256',
    calls: 2_000,
    maxConcurrency: 256,
    capacity: 32,
    server: { bodyBytes: 2 * KIB, latency: 1000, capacity: 32 },
  },
];

/** Runs every case, one after the other; about three minutes. */
export async function benchmarkInference(
  report: (row: InferenceMeasurement) => void = () => undefined,
): Promise<InferenceMeasurement[]> {
  const rows: InferenceMeasurement[] = [];
  for (const measure of [bareUndici, ...CASES.map((one) => () => measureCase(one))]) {
    const row = await measure();
    report(row);
    rows.push(row);
  }
  return rows;
}

async function measureCase(one: Case): Promise<InferenceMeasurement> {
  const server = await startFakeModelProcess(one.server);
  const config = PoolConfig.parse({ model: 'm', endpoints: [{ url: server.url, maxConcurrency: one.maxConcurrency }] });
  const pool = createPool({ name: 'benchmark', config, environment: {} });
  const run = (calls: number) =>
    keepFed(calls, one.maxConcurrency * 2, (index, signal) => {
      const request = requestNumber(index);
      return pool.call(request, { key: callKey(request), signal });
    });
  try {
    await run(one.warmUp ?? 0).ended;
    const before = { cpu: process.cpuUsage(), at: performance.now() };
    const answers = run(one.calls);
    await answers.lastSent;
    while (pool.status().waiting > 0) await delay(5);
    const { usedShare } = await server.stats(one.capacity);
    const failed = await answers.ended;
    const stats = await server.stats();
    return {
      ...timed(one, before),
      failed,
      refusals: stats.byStatus['429'] ?? 0,
      maxInFlight: stats.maxInFlight,
      ...(one.capacity !== undefined && usedShare !== undefined && { usedShare }),
    };
  } finally {
    await pool.close();
    await server.stop();
  }
}

/** Keeps so many calls asked for at any time, as a worker's activities do; a signal is shared by eight of them. */
function keepFed(calls: number, lanes: number, call: (index: number, signal: AbortSignal) => Promise<unknown>) {
  let [next, failed] = [0, 0];
  let onLastSent: (() => void) | undefined;
  const lastSent = new Promise<void>((resolve) => (onLastSent = resolve));
  const lane = async (signal: AbortSignal): Promise<void> => {
    while (next < calls) {
      const answer = call(next++, signal);
      if (next >= calls) onLastSent?.();
      await answer.catch(() => (failed += 1));
    }
  };
  const signals = Array.from({ length: Math.ceil(lanes / 8) }, () => new AbortController().signal);
  const ended = Promise.all(Array.from({ length: lanes }, (_, index) => lane(signals[index >> 3]!))).then(() => failed);
  if (calls === 0) onLastSent?.();
  return { lastSent, ended };
}

function timed(one: Pick<Case, 'name' | 'calls'>, before: { cpu: NodeJS.CpuUsage; at: number }) {
  const { user, system } = process.cpuUsage(before.cpu);
  const [cpuMs, wallMs] = [(user + system) / 1000, performance.now() - before.at];
  const { name, calls } = one;
  return {
    name,
    calls,
    wallMs,
    cpuMs,
    callsPerCpuSecond: (calls / cpuMs) * 1000,
    callsPerSecond: (calls / wallMs) * 1000,
  };
}

/** What the machine's undici does with the same bodies and nothing around it: the yardstick for the first case. */
async function bareUndici(): Promise<InferenceMeasurement> {
  const one = { name: 'bare undici, no latency, 20 KB', calls: 8_000 };
  const server = await startFakeModelProcess({ answer: 'static', bodyBytes: 20 * KIB });
  const pool = new Pool(new URL(server.url).origin, { connections: 64 });
  const options = {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
  } as const;
  const post = async (index: number): Promise<unknown> => {
    const request = requestNumber(index);
    const body = JSON.stringify(requestBody(request, { key: callKey(request), structuredOutput: true }));
    return (await pool.request({ ...options, body })).body.json();
  };
  const run = async (count: number): Promise<void> => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) await post(next++);
    };
    await Promise.all(Array.from({ length: 64 }, lane));
  };
  try {
    await run(2_000);
    const before = { cpu: process.cpuUsage(), at: performance.now() };
    await run(one.calls);
    return { ...timed(one, before), failed: 0, refusals: 0, maxInFlight: 64 };
  } finally {
    await pool.close();
    await server.stop();
  }
}

const requestNumber = (index: number): CallRequest => ({
  role: 'teacher',
  model: 'm',
  messages: [
    { role: 'system', content: 'Think step by step, then give the answer in \\boxed{}.' },
    { role: 'user', content: `What is ${index} + 2?` },
  ],
  sampling: { temperature: 0.6, topP: 0.95, maxTokens: 8192, seed: true },
  sample: 0,
  salt: '',
});

export function tableOf(rows: readonly InferenceMeasurement[]): string {
  const cells = rows.map((row) => [
    row.name,
    String(row.calls),
    String(row.failed),
    (row.wallMs / 1000).toFixed(1),
    row.callsPerSecond.toFixed(0),
    row.callsPerCpuSecond.toFixed(0),
    row.usedShare === undefined ? '' : row.usedShare.toFixed(3),
    String(row.refusals),
  ]);
  const table = [['case', 'calls', 'failed', 'wall s', 'calls/s', 'calls/CPU s', 'used share', 'refusals'], ...cells];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n');
}

/** Alone: `node dist/test/benchmark/inference.js [--json]`. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const rows = await benchmarkInference((row) => process.stderr.write(`${row.name}: done\n`));
  process.stdout.write(`${process.argv.includes('--json') ? JSON.stringify(rows, null, 2) : tableOf(rows)}\n`);
}
