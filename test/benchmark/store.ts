import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callKey } from '../../activities/ledger/call-key.js';
import type { CallRecord, CallRequest } from '../../activities/ledger/record.js';
import { createStoreLedger } from '../../activities/ledger/store-ledger.js';
import { createFileStore } from '../../activities/store/file-store.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { openStore } from '../../activities/store/open-store.js';
import { startSeaweedfs } from '../support/seaweedfs.js';

// Prints what the store and the ledger cost. Argument "s3" adds SeaweedFS. Argument of a number: operations of each row (default 4,000).
const CONCURRENCY = 64;
const operations = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 4_000);
const WORDS = 'so the sum of both sides is then equal to what we had before we divide by two and check again'.split(
  ' ',
);

interface Row {
  readonly what: string;
  readonly 'per second': number;
  readonly 'CPU ms each': number;
}

/** Text that compresses about as answers do. */
function textOf(seed: number, characters: number): string {
  let state = seed + 1;
  const words: string[] = [];
  for (let length = 0; length < characters;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const word = state % 7 === 0 ? String(state % 10_000) : (WORDS[(state >> 8) % WORDS.length] ?? '');
    words.push(word);
    length += word.length + 1;
  }
  return words.join(' ').slice(0, characters);
}

function recordOf(index: number, characters: number): CallRecord {
  const request: CallRequest = {
    role: 'teacher',
    model: 'model',
    messages: [
      { role: 'system', content: textOf(1, 1_500) },
      { role: 'user', content: `${index} ${textOf(index, 400)}` },
    ],
    sampling: { seed: true, temperature: 0.6 },
    sample: 0,
    salt: String(characters),
  };
  const half = Math.floor(characters / 2);
  return {
    schema: 1,
    key: callKey(request),
    request,
    response: {
      thought: textOf(index, characters - half),
      solution: textOf(index + 7, half),
      thoughtFrom: 'reasoning',
      thoughtOpen: false,
      finishReason: 'stop',
      modelReported: 'model',
      usage: { inputTokens: 500, outputTokens: Math.ceil(characters / 4), reasoningTokens: 0 },
    },
    pool: 'teacher',
    endpoint: 'http://127.0.0.1:8000/v1',
    latencyMs: 1_000,
    finishedAt: new Date(0).toISOString(),
    cost: 0,
    run: 'benchmark',
    execution: 'benchmark',
    asker: 'question/0/pool',
  };
}

async function measure(what: string, count: number, operation: (index: number) => unknown): Promise<Row> {
  let next = 0;
  const lane = async () => {
    while (next < count) await operation(next++);
  };
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    what,
    'per second': Math.round(count / seconds),
    'CPU ms each': Number(((user + system) / 1_000 / count).toFixed(3)),
  };
}

async function measureStore(name: string, store: ObjectStore): Promise<Row[]> {
  const rows: Row[] = [];
  const add = async (what: string, operation: (index: number) => unknown) =>
    void rows.push(await measure(`${name}: ${what}`, operations, operation));
  for (const kilobytes of [1, 20]) {
    const body = Buffer.from(textOf(3, kilobytes * 1_024));
    await add(`put ${kilobytes} KB`, (index) => store.put(`put-${kilobytes}/${index % 256}/${index}`, body));
    await add(`get ${kilobytes} KB`, (index) => store.get(`put-${kilobytes}/${index % 256}/${index}`));
  }
  for (const kilobytes of [2, 20]) {
    const records = Array.from({ length: operations }, (_, index) => recordOf(index, kilobytes * 1_024));
    const ledger = createStoreLedger(store);
    const reader = createStoreLedger(store);
    await add(`find nothing, ${kilobytes} KB`, (index) => ledger.find(callKey(records[index]!.request)));
    await add(`record ${kilobytes} KB`, (index) => ledger.record(records[index]!));
    await add(`find again (memory) ${kilobytes} KB`, (index) =>
      ledger.find(records[operations - 1 - (index % 500)]!.key),
    );
    await add(`find (store) ${kilobytes} KB`, (index) => reader.find(records[index]!.key));
  }
  let listed = 0;
  const before = performance.now();
  for await (const { bytes } of store.list('')) listed += bytes > 0 ? 1 : 0;
  const perSecond = Math.round((listed / (performance.now() - before)) * 1_000);
  return [...rows, { what: `${name}: list ${listed} objects`, 'per second': perSecond, 'CPU ms each': NaN }];
}

async function measureSeaweedfs(directory: string): Promise<Row[]> {
  const server = await startSeaweedfs({ directory, bucket: 'benchmark', logFile: join(directory, 'log') });
  try {
    const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
    const config = {
      kind: 's3',
      bucket,
      prefix: '',
      endpoint,
      region,
      forcePathStyle: true,
      accessKeyIdEnv: 'ID',
      secretAccessKeyEnv: 'SECRET',
    } as const;
    return await measureStore(
      's3',
      await openStore(config, { environment: { ID: accessKeyId, SECRET: secretAccessKey }, baseDirectory: '.' }),
    );
  } finally {
    await server.stop();
  }
}

const directory = await mkdtemp(join(tmpdir(), 'cotmill-bench-store-'));
try {
  console.table(await measureStore('file', createFileStore(join(directory, 'store'))));
  if (process.argv.includes('s3')) console.table(await measureSeaweedfs(join(directory, 'seaweedfs')));
} finally {
  await rm(directory, { recursive: true });
}
