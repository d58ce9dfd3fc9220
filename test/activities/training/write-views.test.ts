import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PickRow } from '../../../activities/selection/training-set.js';
import { createViewWriter, type ViewWriterDependencies } from '../../../activities/training/write-views.js';
import type { ViewReport } from '../../../activities/training/view-documents.js';
import { mapRow } from '../../../activities/sources/map-row.js';
import { rowFormOf } from '../../../activities/sources/row-form.js';
import { loadSourcePresets } from '../../../activities/sources/source-presets.js';
import { Source } from '../../../config/source.js';
import type { ChainRow } from '../../../activities/dataset/rows.js';
import { TrainingViews, type TrainingViewInput } from '../../../config/training-view.js';
import { createMemoryStore, type MemoryStore } from '../../fakes/memory-store.js';
import {
  chainRow,
  DATASET,
  dropped,
  pickOf,
  putTrainingSet,
  questionId,
  rewritten,
  TRAINING_SET,
} from '../../fakes/training-set.js';
import { readParquet } from '../../support/read-parquet.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const ODD = '日本 "😀"\n\\boxed{1}\u2028';
const MESSAGES = { dataset: DATASET, trainingSet: TRAINING_SET, views: TrainingViews.parse([{ form: 'messages' }]) };
const BETAS = { betaSmall: 0.1, betaMedium: 0.2, betaLarge: 0.3 };
const ROOT = 'training/for-7b/v1/views';

/** Six questions: one with all kinds of chains, one for validation, one with difficult texts, one without a domain. */
const ROWS = {
  full: [
    chainRow('full', 0),
    rewritten('full', 1),
    dropped('full', 2, { reason: 'wrong-solution' }),
    dropped('full', 3, { reason: 'flawed-reasoning' }),
  ],
  held: [chainRow('held', 0), dropped('held', 1, { reason: 'wrong-solution' })],
  odd: [chainRow('odd', 0, { thought: ODD, solution: ODD, question: ODD })],
  bare: [chainRow('bare', 0, { domain: null, rv: 0, cd: 9 })],
  tagged: [chainRow('tagged', 0, { solution: 'see <think>' })],
  unpicked: [chainRow('unpicked', 0), dropped('unpicked', 1, { reason: 'wrong-solution' })],
} satisfies Record<string, ChainRow[]>;

const PICKS: readonly PickRow[] = [
  ...ROWS.full.slice(0, 2).map((row) => pickOf(row)),
  ...ROWS.held.slice(0, 1).map((row) => pickOf(row, { split: 'validation' })),
  ...[...ROWS.odd, ...ROWS.bare, ...ROWS.tagged].map((row) => pickOf(row)),
];

let work: ReturnType<typeof temporaryDirectory>;
let store: MemoryStore;
beforeEach(() => {
  work = temporaryDirectory('views');
  store = createMemoryStore();
});
afterEach(() => work.remove());

const ignored = { heartbeat: () => undefined, signal: new AbortController().signal };

interface Given {
  readonly parts?: readonly (readonly ChainRow[])[];
  readonly picks?: readonly PickRow[];
  readonly dependencies?: Partial<ViewWriterDependencies>;
}

async function write(views: readonly TrainingViewInput[], given: Given = {}) {
  const {
    parts = [
      [...ROWS.unpicked, ...ROWS.odd, ...ROWS.held],
      [...ROWS.tagged, ...ROWS.full, ...ROWS.bare],
    ],
  } = given;
  await putTrainingSet({ store, directory: join(work.path, 'made'), parts, picks: given.picks ?? PICKS });
  const temporary = join(work.path, 'temporary');
  mkdirSync(temporary, { recursive: true });
  const writer = createViewWriter({ store, temporaryDirectory: temporary, ...given.dependencies });
  const input = { dataset: DATASET, trainingSet: TRAINING_SET, views: TrainingViews.parse(views) };
  const files = await writer.writeViews(input, ignored);
  expect(await readdir(temporary)).toEqual([]);
  return files;
}

const text = (path: string): string => {
  const body = store.objects.get(`${ROOT}/${path}`);
  if (!body) throw new Error(`${path} was not written; there are ${[...store.objects.keys()].join(', ')}`);
  return Buffer.from(body).toString('utf8');
};
interface Line {
  readonly question_id?: string;
  readonly chain_id?: string;
  readonly question?: string;
  readonly messages?: unknown;
  readonly completion?: unknown;
  readonly reasoning?: unknown;
  readonly kind?: string;
  readonly beta?: number;
}
const lines = (path: string): Line[] =>
  text(path)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
const report = (view: string): ViewReport => JSON.parse(text(`${view}/view.json`)) as ViewReport;

async function parquet(path: string, sql?: string) {
  const local = join(work.path, 'read', path);
  mkdirSync(dirname(local), { recursive: true });
  writeFileSync(local, store.objects.get(`${ROOT}/${path}`) ?? '');
  return readParquet(local, sql);
}

const sorted = (names: readonly string[]): string[] => names.map(questionId).sort();

describe('writeViews', () => {
  it('writes the picked chains by question, as Parquet and as JSON lines', async () => {
    await write([{ form: 'messages' }]);
    const rows = lines('messages/train-00000-of-00001.jsonl');
    const wanted = sorted(['full', 'full', 'odd', 'bare']);
    expect(rows.map((row) => row.question_id)).toEqual(wanted);
    expect((await parquet('messages/train-00000-of-00001.parquet')).map((row) => row['question_id'])).toEqual(wanted);
    expect(rows.find((row) => row.question_id === questionId('odd'))?.messages).toEqual([
      { role: 'user', content: ODD },
      { role: 'assistant', content: `<think>\n${ODD.trim()}\n</think>\n\n${ODD.trim()}` },
    ]);
    expect(lines('messages/validation-00000-of-00001.jsonl')).toHaveLength(1);
  });

  it('writes originals in place of rewritten chains where a view asks for them, without the scores of the others', async () => {
    await write([{ form: 'messages' }, { form: 'messages', name: 'originals', text: 'original' }]);
    const original = lines('originals/train-00000-of-00001.jsonl');
    const aligned = lines('messages/train-00000-of-00001.jsonl');
    expect(original.map((row) => row.chain_id)).toEqual(aligned.map((row) => row.chain_id));
    const answer = (rows: readonly Line[], index: number): unknown =>
      rows.find((row) => row.chain_id === ROWS.full[index]?.chain_id)?.messages;
    expect(answer(original, 1)).toEqual([
      { role: 'user', content: 'What is full?' },
      { role: 'assistant', content: '<think>\nTerse full.\n</think>\n\n\\boxed{1}' },
    ]);
    expect(answer(aligned, 1)).not.toEqual(answer(original, 1));
    expect(answer(original, 0)).toEqual(answer(aligned, 0));
    expect(Object.keys(original[0] ?? {})).not.toContain('rv');
    expect(Object.keys(aligned[0] ?? {})).toContain('rv');
  });

  it('says what it left out, and leaves columns with gaps out of JSON lines alone', async () => {
    await write([{ form: 'messages' }]);
    expect(report('messages')).toMatchObject({
      rows: { train: 4, validation: 1 },
      leftOut: { 'tags-in-text': 1 },
      jsonlWithout: ['domain'],
      files: { validation: ['validation-00000-of-00001.jsonl', 'validation-00000-of-00001.parquet'] },
    });
    const [first] = lines('messages/train-00000-of-00001.jsonl');
    expect(Object.keys(first ?? {})).toEqual(['messages', 'question_id', 'chain_id', 'teacher', 'rv', 'cd']);
    const [row] = await parquet('messages/train-00000-of-00001.parquet', 'SELECT count(domain) n FROM file');
    expect(row).toEqual({ n: '3' });
  });

  it('names every file with its bytes, rows and hash', async () => {
    const files = await write([{ form: 'alpaca', system: 'Think first.' }]);
    expect(files.map(({ path }) => path).sort()).toEqual(
      [
        'README.md',
        'dataset_info.json',
        'ms-swift.json',
        'train-00000-of-00001.jsonl',
        'train-00000-of-00001.parquet',
        'validation-00000-of-00001.jsonl',
        'validation-00000-of-00001.parquet',
        'view.json',
      ].map((name) => `views/alpaca/${name}`),
    );
    for (const { path, bytes, sha256, rows } of files) {
      const body = store.objects.get(`training/for-7b/v1/${path}`) ?? new Uint8Array();
      expect({ bytes, sha256 }).toEqual({
        bytes: body.length,
        sha256: createHash('sha256').update(body).digest('hex'),
      });
      expect(rows).toBe(path.includes('train-') ? 4 : path.includes('validation-') ? 1 : null);
    }
  });

  it('cuts a split into files of so many rows', async () => {
    await write([{ form: 'messages', files: ['jsonl'] }], { dependencies: { rowsPerFile: 3 } });
    expect([0, 1].map((index) => lines(`messages/train-0000${index}-of-00002.jsonl`).length)).toEqual([3, 1]);
    expect(report('messages').files.train).toEqual(['train-00000-of-00002.jsonl', 'train-00001-of-00002.jsonl']);
  });

  it('writes the same bytes again, whatever the files and their order', async () => {
    const views: TrainingViewInput[] = [{ form: 'messages' }, { form: 'dpo' }, { form: 'omnithought' }];
    const first = await write(views);
    const reversed = [Object.values(ROWS).flat().reverse()];
    expect(await write(views, { parts: reversed, picks: [...PICKS].reverse() })).toEqual(first);
  });

  it('writes the same bytes when the texts are too long to be sorted at once', async () => {
    const views: TrainingViewInput[] = [{ form: 'messages' }, { form: 'cogpo', ...BETAS }];
    const first = await write(views);
    const long = Object.values(ROWS).map((rows) => rows.map((row) => ({ ...row, text_tokens: 9_000_000 })));
    expect(await write(views, { parts: long })).toEqual(first);
  });

  it('writes each set of the verbosity experiment into a folder of its own', async () => {
    const [short, long] = ROWS.full.slice(0, 2).map((row, index) => pickOf(row, { set: index ? 'long' : 'short' }));
    await write([{ form: 'prompt-completion', name: 'pc', thought: 'none' }], { picks: [short, long] as PickRow[] });
    expect(lines('pc-short/train-00000-of-00001.jsonl').map((row) => row.completion)).toEqual([
      [{ role: 'assistant', content: 'It is \\boxed{0}.' }],
    ]);
    expect(lines('pc-long/train-00000-of-00001.jsonl').map((row) => row.chain_id)).toEqual([long?.chain_id]);
    expect(report('pc-long')).toMatchObject({ name: 'pc-long', set: 'long', rows: { train: 1, validation: 0 } });
  });

  it('writes OmniThought rows with exactly the published fields', async () => {
    await write([{ form: 'omnithought' }]);
    const row = lines('omnithought/train-00000-of-00001.jsonl').find(({ question }) => question === 'What is full?');
    expect(Object.keys(row ?? {})).toEqual(['question', 'reasoning']);
    expect(row?.reasoning).toEqual(
      ROWS.full.slice(0, 2).map(({ thought, solution, teacher }) => ({
        thought,
        solution,
        full_response: `<think>\n${thought}\n</think>\n\n${solution}`,
        teacher,
        thought_correctness_verify: true,
        Reasoning_Verbosity: { level: 4, judge: 'judge' },
        Cognitive_Difficulty: { level: 3, judge: 'judge' },
      })),
    );
  });

  it('writes OmniThought rows that our own preset reads', async () => {
    await write([{ form: 'omnithought' }]);
    const form = rowFormOf(
      Source.parse({ name: 's', path: 'rows.jsonl', preset: 'omnithought' }),
      await loadSourcePresets(),
    );
    const [row] = await parquet(
      'omnithought/train-00000-of-00001.parquet',
      "FROM file WHERE question = 'What is full?'",
    );
    expect(mapRow(row ?? {}, form)).toMatchObject({
      candidate: {
        question: 'What is full?',
        chains: ROWS.full.slice(0, 2).map(({ thought, solution, teacher }) => ({ thought, solution, teacher })),
      },
      chainFaults: [],
    });
  });

  it('writes pairs with the beta of their gap, from chains of the same split, and counts those it could not form', async () => {
    await write([{ form: 'cogpo', ...BETAS }]);
    const rows = lines('cogpo/train-00000-of-00001.jsonl');
    expect(rows.map(({ kind, beta, question_id }) => ({ kind, beta, question_id }))).toEqual([
      { kind: 'small', beta: 0.1, question_id: questionId('full') },
      { kind: 'medium', beta: 0.2, question_id: questionId('full') },
      { kind: 'large', beta: 0.3, question_id: questionId('full') },
    ]);
    expect(rows[0]).toMatchObject({
      prompt: [{ role: 'user', content: 'What is full?' }],
      rejected: [{ role: 'assistant', content: '<think>\nTerse full.\n</think>\n\n\\boxed{1}' }],
    });
    expect(report('cogpo')).toMatchObject({
      rows: { train: 3, validation: 1 },
      pairs: {
        byKind: { large: 2, medium: 1, small: 1 },
        notFormed: {
          large: { 'no-incorrect-chain': 3, 'over-limit': 1 },
          medium: { 'no-unaligned-correct-chain': 4 },
          small: { 'no-rewritten-chain': 4 },
        },
      },
    });
  });

  it('writes no table for a split without rows', async () => {
    const files = await write([{ form: 'dpo' }], { picks: [pickOf(ROWS.bare[0] ?? chainRow('bare', 0))] });
    expect(files.map(({ path }) => path)).toEqual(['views/dpo/view.json', 'views/dpo/README.md']);
    expect(text('dpo/README.md')).toContain('There is no table');
    expect(report('dpo')).toMatchObject({
      rows: { train: 0, validation: 0 },
      pairs: { byKind: {}, notFormed: { 'correct-incorrect': { 'no-incorrect-chain': 1 } } },
    });
  });

  it('writes plain texts where asked, the system prompt beside them', async () => {
    await write([{ form: 'dpo', conversational: false, system: 'Think first.', files: ['jsonl'] }]);
    expect(lines('dpo/validation-00000-of-00001.jsonl')).toMatchObject([
      { prompt: 'What is held?', system: 'Think first.', rejected: expect.stringContaining('boxed{999}') as string },
    ]);
    expect(JSON.parse(text('dpo/dataset_info.json'))).toMatchObject({ dpo_train: { ranking: true } });
  });

  it('refuses picks that the data set does not have', async () => {
    const stranger = pickOf(chainRow('stranger', 0));
    await expect(write([{ form: 'messages' }], { picks: [stranger] })).rejects.toThrow(
      /picks\.parquet names chain 0 of question [0-9a-f]{64}, which the data set does not have/,
    );
  });

  it('refuses a damaged file of the data set', async () => {
    const broken = createMemoryStore();
    const manifest = await putTrainingSet({
      store,
      directory: join(work.path, 'made'),
      parts: [ROWS.full],
      picks: PICKS.slice(0, 2),
    });
    for (const [key, body] of store.objects) await broken.put(key, body);
    const chains = manifest.files.find(({ kind }) => kind === 'chains')?.path ?? '';
    await broken.put(`datasets/sums/v1/${chains}`, Buffer.from('PAR1'));
    const { writeViews } = createViewWriter({ store: broken, temporaryDirectory: work.path });
    await expect(writeViews(MESSAGES, ignored)).rejects.toThrow(/part-0\.parquet in memory is damaged/);
  });

  it('stops when it is aborted', async () => {
    await putTrainingSet({ store, directory: join(work.path, 'made'), parts: [ROWS.full], picks: PICKS.slice(0, 2) });
    const controller = new AbortController();
    const { writeViews } = createViewWriter({ store, temporaryDirectory: work.path });
    const stop = () => controller.abort(new Error('enough'));
    await expect(writeViews(MESSAGES, { heartbeat: stop, signal: controller.signal })).rejects.toThrow('enough');
    expect([...store.objects.keys()].filter((key) => key.startsWith(ROOT))).toEqual([]);
  });
});
