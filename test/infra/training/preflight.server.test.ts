import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RowsReport } from '../../../activities/training/preflight/preflight-report.js';
import { toolPath } from '../../../workers/stack/tools.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const STUDENT = resolve('infra/mini/model/weak-student');
const template = (name: string): string => resolve('test/fixtures/templates', `${name}.jinja`);

describe('looking at rows before a training', { timeout: 600_000 }, () => {
  const directory = temporaryDirectory('preflight');
  const at = (name: string): string => join(directory.path, name);
  afterAll(() => directory.remove());

  const run = (script: string, config: string): Promise<{ readonly code: number; readonly output: string }> =>
    new Promise((done) => {
      const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1', HF_DATASETS_CACHE: at('cache') };
      const command = [resolve('infra/training', script), config];
      execFile(toolPath('trainingPython'), command, { env }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
      );
    });

  function write(name: string, settings: { readonly rows: readonly object[]; readonly [field: string]: unknown }) {
    mkdirSync(at(name), { recursive: true });
    const { rows, samples = 8, ...others } = settings;
    const data = join(at(name), 'rows.jsonl');
    writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const config = join(at(name), 'config.json');
    const outputDirectory = join(at(name), 'output');
    writeFileSync(config, JSON.stringify({ ...COMMON, ...others, trainFiles: [data], outputDirectory }));
    const request = join(at(name), 'request.json');
    writeFileSync(request, JSON.stringify({ config, samples, report: join(at(name), 'report.json') }));
    return { config, request };
  }

  async function look(name: string, settings: Parameters<typeof write>[1]): Promise<RowsReport> {
    const { code, output } = await run('preflight.py', write(name, settings).request);
    expect(code, output.slice(-3000)).toBe(0);
    return RowsReport.parse(JSON.parse(readFileSync(join(at(name), 'report.json'), 'utf8')));
  }

  describe('what a chat template makes of thoughts', () => {
    const ALL = {
      looked: 8,
      withThought: 8,
      rendered: 8,
      trained: 8,
      trainedWhenCut: 8,
      doubledTags: 0,
      otherPrompt: 0,
    };
    it.each([
      ['qwen2_5-form', ALL],
      ['qwen3-form', ALL],
      ['r1-distill-form', { ...ALL, rendered: 0, trained: 0, trainedWhenCut: 0, otherPrompt: 8 }],
      ['solution-only-mask', { ...ALL, trained: 0, trainedWhenCut: 0 }],
      ['doubling', { ...ALL, doubledTags: 8 }],
    ])('%s', async (name, samples) => {
      const chatTemplatePath = template(name);
      const report = await look(name, { rows: messages(), method: 'sft', assistantOnlyLoss: true, chatTemplatePath });
      expect(report.samples).toEqual(samples);
      expect(report.template).toMatchObject({ origin: 'file', fault: null });
      const example = join(at(name), 'example.json');
      const isLost = samples.trained < samples.withThought || samples.doubledTags > 0;
      expect(existsSync(example)).toBe(isLost);
      if (isLost) expect(readFileSync(example, 'utf8')).toContain('Kira begins with');
      expect(readFileSync(join(at(name), 'report.json'), 'utf8')).not.toContain('acorns');
    });

    it('is a fault when answers alone are learnt and none are marked, with the lengths all the same', async () => {
      const settings = { rows: messages(), method: 'sft', chatTemplatePath: template('unmarked') };
      const report = await look('unmarked', { ...settings, assistantOnlyLoss: true });
      expect(report.template.fault).toContain('generation');
      expect(report.samples).toMatchObject({ withThought: 8, rendered: 8, trained: 0 });
      expect(report.withoutLoss).toBe(ROWS);
      expect(report.lengths.max).toBeGreaterThan(50);
    });
  });

  it('finds the same rows, steps and tokens as the training', async () => {
    const rows = [...messages(), ...messages().slice(0, 4).map(longer)];
    const cases = {
      rows: { epochs: 1.5 },
      packed: { packing: true, maxLength: 160, epochs: 2 },
    };
    for (const [name, settings] of Object.entries(cases)) {
      const common = {
        rows,
        method: 'sft',
        assistantOnlyLoss: true,
        maxLength: 96,
        gradientAccumulation: 2,
        ...settings,
      };
      const report = await look(name, common);
      const { code, output } = await run('train.py', join(at(name), 'config.json'));
      expect(code, output.slice(-3000)).toBe(0);
      const result = JSON.parse(readFileSync(join(at(name), 'output', 'result.json'), 'utf8')) as {
        readonly steps: number;
        readonly tokens: number;
        readonly rows: number;
      };
      expect({ name, steps: report.steps }).toEqual({ name, steps: result.steps });
      // Steps of the last epoch may leave rows out: tokens are exact over whole epochs.
      expect(Math.abs(report.tokens.total - result.tokens) / result.tokens).toBeLessThan(0.1);
      expect(report.cut.rows).toBe(4);
    }
  });

  it('counts what is cut, and answers that are cut whole', async () => {
    const rows = [...messages(), ...messages().slice(0, 4).map(longer), question('x '.repeat(300), 'y')];
    const marked = await look('cut', { rows, method: 'sft', maxLength: 96, assistantOnlyLoss: true });
    expect(marked.cut).toEqual({ maxLength: 96, rows: 5, withoutAnswer: 1 });
    expect(marked.withoutLoss).toBe(1);
    const whole = await look('cut-unmarked', { rows, method: 'sft', maxLength: 96 });
    expect(whole.cut).toEqual(marked.cut);
    expect(whole.withoutLoss).toBe(0);
    expect(whole.tokens.loss).toBeGreaterThan(marked.tokens.loss);
  });

  it('counts pairs whose answers are the same, also when the template makes them the same', async () => {
    const rows = COUNTS.map((count) => pair(count, count < 15 ? count - 2 : count - 3));
    const settings = { rows, method: 'dpo', beta: 0.1 };
    const report = await look('pairs', settings);
    expect(report).toMatchObject({ method: 'dpo', equalPairs: 5, withoutLoss: 5, rows: { total: ROWS, read: ROWS } });
    expect(report.samples).toMatchObject({ withThought: 8, trained: 8 });
    const thoughts = COUNTS.map((count) => ({
      ...pair(count, count - 2),
      rejected: answer(`<think>\nHm.\n</think>\n\nThe answer is \\boxed{${count - 2}}.`),
    }));
    const deleted = await look('deleted', {
      ...settings,
      rows: thoughts,
      chatTemplatePath: template('r1-distill-form'),
    });
    expect(deleted.equalPairs).toBe(ROWS);
  });

  it('takes rows as plain texts, and a seeded sample of many', async () => {
    const rows = COUNTS.map((count) => ({ prompt: `${count}-2=`, completion: `<think>Less.</think>${count - 2}` }));
    const report = await look('plain', { rows, method: 'sft', precision: 'float32', maxLength: 512 });
    expect(report.template).toEqual({ sha256: null, origin: 'none', fault: null });
    expect(report.samples).toMatchObject({ withThought: 8, trained: 8 });
    const { request } = write('sampled', { rows: messages(), method: 'sft' });
    writeFileSync(
      request,
      JSON.stringify({ ...JSON.parse(readFileSync(request, 'utf8')), maxRows: 5, tokensPerSecond: 100 }),
    );
    const { code } = await run('preflight.py', request);
    expect(code).toBe(0);
    const sampled = RowsReport.parse(JSON.parse(readFileSync(join(at('sampled'), 'report.json'), 'utf8')));
    expect(sampled.rows).toEqual({ total: ROWS, read: 5 });
    expect(sampled.steps).toBe(2 * Math.ceil(ROWS / 4));
    expect(sampled.seconds).toBeCloseTo(sampled.tokens.total / 100, 0);
  });

  it('says why nothing can be looked at', async () => {
    const { request } = write('wrong', { rows: [{ text: 'x' }], method: 'sft' });
    const { code } = await run('preflight.py', request);
    expect(code).toBe(2);
    const report = JSON.parse(readFileSync(join(at('wrong'), 'report.json'), 'utf8')) as object;
    expect(report).toMatchObject({ schema: 1, refused: expect.stringContaining('expected the columns') as string });
  });
});

const ROWS = 20;
const COUNTS = Array.from({ length: ROWS }, (_, index) => index + 10);
const COMMON = {
  model: STUDENT,
  learningRate: 1e-3,
  epochs: 2,
  batchSize: 4,
  precision: 'float32',
  cpu: true,
  saveSteps: 100,
  logSteps: 1,
  maxLength: 256,
};

const answer = (content: string) => [{ role: 'assistant', content }];
const thoughtOf = (count: number, left: number): string =>
  `<think>\nKira begins with ${count} acorns. ${count}-2=${left}.\n</think>\n\nThe answer is \\boxed{${left}}.`;
const asked = (count: number): string =>
  `Kira owns ${count} acorns. Kira uses up 2 acorns. How many acorns does Kira have in the end?`;

const question = (user: string, said: string) => ({ messages: [{ role: 'user', content: user }, ...answer(said)] });
const messages = () => COUNTS.map((count) => question(asked(count), thoughtOf(count, count - 2)));
const pair = (count: number, wrong: number) => ({
  prompt: [{ role: 'user', content: asked(count) }],
  chosen: answer(thoughtOf(count, count - 2)),
  rejected: answer(thoughtOf(count, wrong)),
});
const longer = ({ messages: [user, said] }: ReturnType<typeof messages>[number]) =>
  question(
    user?.content ?? '',
    (said?.content ?? '').replace('</think>', `${'Kira counts again. '.repeat(20)}\n</think>`),
  );
