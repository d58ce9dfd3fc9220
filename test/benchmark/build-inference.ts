import { createPool } from '../../activities/inference/pool.js';
import type { CallRequest } from '../../activities/ledger/record.js';
import { createStoreLedger } from '../../activities/ledger/store-ledger.js';
import { createPaidCalls, type PaidCall } from '../../activities/question/paid-call.js';
import { createFileStore } from '../../activities/store/file-store.js';
import { startFileThreads } from '../../activities/store/file-threads.js';
import { PoolConfig } from '../../config/deployment.js';
import { startFakeModelProcess } from '../fakes/model-server-process.js';
import { newBenchDirectory } from './build-system.js';
import type { Figure, Section, Target } from './build-table.js';
import { benchmarkInference, type InferenceMeasurement } from './inference.js';

/** Calls of the whole path: looked up in the ledger, asked, recorded on disk. */
export interface PaidMeasurement {
  readonly calls: number;
  readonly callsPerCpuSecond: number;
  readonly callsPerSecond: number;
}

const ANSWER_BYTES = 20_000;
const LANES = 128;
const WARM_UP_CALLS = 500;
const MEASURED_CALLS = 4_000;

/** Pays for calls of 20 KB on a file store. CPU time is that of this whole process, its file threads included. */
export async function measurePaidCalls(): Promise<PaidMeasurement> {
  const directory = newBenchDirectory('ledger-');
  const server = await startFakeModelProcess({ answer: 'static', bodyBytes: ANSWER_BYTES });
  const config = PoolConfig.parse({ model: 'm', endpoints: [{ url: server.url, maxConcurrency: 64 }] });
  const pool = createPool({ name: 'bench', config, environment: {} });
  const threads = startFileThreads();
  const paid = createPaidCalls({
    ledger: createStoreLedger(createFileStore(directory, threads)),
    poolNamed: () => pool,
    priceOf: () => ({ inputPerMillion: 0, outputPerMillion: 0 }),
  });
  const pay = (number: number): Promise<PaidCall> =>
    paid.ask(requestNumber(number), {
      pool: 'bench',
      payer: { run: 'bench', execution: 'bench', asker: `question/${number}/bench` },
      signal: new AbortController().signal,
      underway: new Map(),
    });
  try {
    await inLanes(0, WARM_UP_CALLS, pay);
    const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
    await inLanes(WARM_UP_CALLS, WARM_UP_CALLS + MEASURED_CALLS, pay);
    const { user, system } = process.cpuUsage(cpu);
    return {
      calls: MEASURED_CALLS,
      callsPerCpuSecond: MEASURED_CALLS / ((user + system) / 1e6),
      callsPerSecond: MEASURED_CALLS / ((performance.now() - startedAt) / 1_000),
    };
  } finally {
    await Promise.all([pool.close(), threads.close()]);
    await server.stop();
  }
}

async function inLanes(first: number, end: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = first;
  const lane = async (): Promise<void> => {
    while (next < end) await work(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

const requestNumber = (number: number): CallRequest => ({
  role: 'teacher',
  model: 'm',
  messages: [
    { role: 'system', content: 'Think step by step, then give the answer in \\boxed{}.' },
    { role: 'user', content: `What is ${number} + 2?` },
  ],
  sampling: { temperature: 0.6, topP: 0.95, maxTokens: 8192, seed: true },
  sample: 0,
  salt: '',
});

/** Which figure of which case of the inference benchmark has to reach what. */
const SHOWN: readonly {
  readonly case: RegExp;
  readonly figure: string;
  readonly value: (row: InferenceMeasurement) => number | undefined;
  readonly target?: Target;
}[] = [
  { case: /^bare/, figure: 'calls / CPU s', value: (row) => row.callsPerCpuSecond },
  { case: /^no latency/, figure: 'calls / CPU s', value: (row) => row.callsPerCpuSecond, target: { atLeast: 1_500 } },
  { case: /^1 s, 2 KB/, figure: 'share of capacity', value: (row) => row.usedShare, target: { atLeast: 0.95 } },
  { case: /^log-normal/, figure: 'share of capacity', value: (row) => row.usedShare, target: { atLeast: 0.9 } },
  { case: /refuses/, figure: 'share of capacity', value: (row) => row.usedShare, target: { atLeast: 0.9 } },
  { case: /refuses/, figure: 'refusals', value: (row) => row.refusals, target: { atMost: 99 } },
];

/** Runs the inference benchmark and the paid calls; `note` is told what has ended. */
export async function measureInference(note: (text: string) => void): Promise<Section> {
  const paid = await measurePaidCalls();
  note('20 KB with the ledger: done');
  const rows = await benchmarkInference((row) => note(`${row.name}: done`));
  const figures = SHOWN.flatMap(({ case: pattern, figure, value, target }) =>
    rows
      .filter(({ name }) => pattern.test(name))
      .map((row): Figure => ({ name: `${row.name}: ${figure}`, values: [value(row)], ...(target && { target }) })),
  );
  return {
    title: 'inference path',
    columns: ['measured'],
    figures: [
      ...figures,
      { name: 'the same with the ledger: calls / CPU s', values: [paid.callsPerCpuSecond], target: { atLeast: 500 } },
      { name: 'the same with the ledger: calls/s', values: [paid.callsPerSecond] },
      { name: 'failed calls', values: [rows.reduce((sum, { failed }) => sum + failed, 0)], target: { atMost: 0 } },
    ],
  };
}
