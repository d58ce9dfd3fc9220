import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createPlanner } from '../../activities/dataset/plan.js';
import { createOpenInput } from '../../activities/sources/open-input.js';
import { createFileStore } from '../../activities/store/file-store.js';

/**
 * Plans a million generated rows of about 300 bytes and prints rows a second and peak memory. Run the compiled file with
 * `node dist/test/benchmark/sources.js [rows]`; its files lie in a temporary directory and are deleted.
 */
const DEFAULT_ROWS = 1_000_000;
const ROWS_PER_PIECE = 1000;

function row(index: number): string {
  const [apples, boxes, eaten] = [(index % 997) + 3, Math.floor(index / 997) + 2, index % 89];
  const question = `A farm packs ${apples} apples into each box. On one market day it sells ${boxes} boxes of them, and the family keeps ${eaten} apples from another tree for its own kitchen, where they become cake. How many apples leave the farm or its trees on that day, taken all together?`;
  return `${JSON.stringify({ id: index, question, answer: apples * boxes + eaten })}\n`;
}

function* pieces(rows: number): Generator<string> {
  for (let start = 0; start < rows; start += ROWS_PER_PIECE)
    yield Array.from({ length: Math.min(ROWS_PER_PIECE, rows - start) }, (_row, index) => row(start + index)).join('');
}

async function measure(rows: number, directory: string): Promise<void> {
  await pipeline(Readable.from(pieces(rows)), createWriteStream(join(directory, 'rows.jsonl')));
  const store = createFileStore(join(directory, 'store'));
  const inputs = { data: { kind: 'directory', directory } } as const;
  const planner = createPlanner({ store, openInput: createOpenInput({ inputs, baseDirectory: directory, store }) });
  const source = {
    name: 'rows',
    input: 'data',
    path: 'rows.jsonl',
    fields: { question: 'question', answer: 'answer', id: 'id', extract: 'none' as const },
    weight: 1,
  };
  const recipe = { sources: [source], limits: { maxBadRows: 0, questionsPerShard: 350 } };
  const before = { rss: process.memoryUsage.rss(), at: performance.now(), cpu: process.cpuUsage() };
  let readAt = before.at;
  const heartbeat = ({ shardsWritten }: { shardsWritten: number }) => {
    if (shardsWritten === 0) readAt = performance.now();
  };
  const manifest = await planner.planDataset(
    { run: 'benchmark', resolved: { recipe, fingerprint: 'benchmark', presets: {} } },
    { heartbeat, signal: new AbortController().signal },
  );
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = process.cpuUsage(before.cpu);
  report({
    rows: String(rows),
    bytes: String(manifest.sources[0]?.files[0]?.bytes),
    questions: String(manifest.questions),
    shards: String(manifest.shards.length),
    'seconds in all': seconds.toFixed(1),
    'of them reading': ((readAt - before.at) / 1000).toFixed(1),
    'rows a second': (rows / seconds).toFixed(0),
    'CPU seconds': ((cpu.user + cpu.system) / 1e6).toFixed(1),
    'RSS before, MB': (before.rss / 1e6).toFixed(0),
    'peak RSS, MB': (process.resourceUsage().maxRSS / 1000).toFixed(0),
  });
}

function report(figures: Record<string, string>): void {
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(16)} ${value.padStart(12)}`);
}

const directory = mkdtempSync(join(tmpdir(), 'cotmill-benchmark-'));
try {
  await measure(Number(process.argv[2] ?? DEFAULT_ROWS), directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
