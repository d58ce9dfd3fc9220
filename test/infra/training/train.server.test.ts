import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolPath } from '../../../workers/stack/tools.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** The demonstration student, 1.2M parameters; its vocabulary is that of small word problems. */
const STUDENT = resolve('infra/mini/model/weak-student');
const SCRIPT = resolve('infra/training/train.py');

interface LossEntry {
  readonly step: number;
  readonly loss: number;
}
interface Result {
  readonly status: string;
  readonly reason?: string;
  readonly steps: number;
  readonly resumedFrom: number | null;
  readonly lossCurve: readonly LossEntry[];
  readonly model: string;
}

function isJson(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

describe('training a student with TRL', { timeout: 600_000 }, () => {
  const directory = temporaryDirectory('train');
  const at = (name: string) => join(directory.path, name);
  const outputOf = (name: string) => at(`${name}-output`);

  beforeAll(() => {
    writeLines(
      at('sft.jsonl'),
      COUNTS.map((count) => ({ prompt: question(count), completion: answer(count, count - 2) })),
    );
    writeLines(
      at('pairs.jsonl'),
      COUNTS.map((count) => ({
        prompt: question(count),
        chosen: answer(count, count - 2),
        rejected: answer(count, count - 3),
        beta: 0.1,
        kind: 'medium',
      })),
    );
  });
  afterAll(() => directory.remove());

  function start(name: string, settings: object) {
    const config = at(`${name}.json`);
    writeFileSync(config, JSON.stringify({ ...COMMON, outputDirectory: outputOf(name), ...settings }));
    const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' };
    return spawn(toolPath('trainingPython'), [SCRIPT, config], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function run(
    name: string,
    settings: object,
  ): Promise<{ readonly code: number | null; readonly output: string }> {
    const child = start(name, settings);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  const resultOf = (name: string) => JSON.parse(readFileSync(join(outputOf(name), 'result.json'), 'utf8')) as Result;

  async function train(name: string, settings: object): Promise<Result> {
    const { code, output } = await run(name, settings);
    expect(code, output.slice(-3000)).toBe(0);
    return resultOf(name);
  }

  const SFT = { method: 'sft', trainFiles: [at('sft.jsonl')], learningRate: 5e-4 };
  const DPO = { method: 'dpo', trainFiles: [at('pairs.jsonl')], learningRate: 1e-4, beta: 0.1 };

  it('goes on from the last whole checkpoint after a kill, to the same losses', async () => {
    const undisturbed = await train('undisturbed', SFT);
    expect(undisturbed).toMatchObject({ status: 'trained', steps: 4, resumedFrom: null });
    expect(undisturbed.lossCurve.at(-1)?.loss).toBeLessThan(undisturbed.lossCurve[0]?.loss ?? 0);
    expect(existsSync(join(undisturbed.model, 'model.safetensors'))).toBe(true);

    const killed = start('killed', SFT);
    const checkpoints = join(outputOf('killed'), 'checkpoints');
    const isWhole = (): boolean => isJson(join(checkpoints, 'checkpoint-2', 'trainer_state.json'));
    await expect.poll(isWhole, { timeout: 120_000, interval: 20 }).toBe(true);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect(existsSync(join(outputOf('killed'), 'result.json'))).toBe(false);
    // As a kill in the middle of its last file leaves one.
    mkdirSync(join(checkpoints, 'checkpoint-9'));
    writeFileSync(join(checkpoints, 'checkpoint-9', 'trainer_state.json'), '{"epoch": 1.0, "global_st');

    const resumed = await train('killed', SFT);
    expect([2, 3]).toContain(resumed.resumedFrom);
    expect(resumed.lossCurve.map(({ step, loss }) => ({ step, loss }))).toEqual(
      undisturbed.lossCurve.map(({ step, loss }) => ({ step, loss })),
    );
    const again = await run('killed', SFT);
    expect(again.output).toContain('trained before');
  });

  it('trains CogPO with equal betas to the losses of DPO, and with others to other losses', async () => {
    const { beta: _, ...cogpo } = { ...DPO, method: 'cogpo' };
    const dpo = await train('dpo', DPO);
    const equal = await train('equal', cogpo);
    expect(equal.lossCurve).toHaveLength(dpo.lossCurve.length);
    equal.lossCurve.forEach(({ loss }, index) => expect(loss).toBeCloseTo(dpo.lossCurve[index]?.loss ?? NaN, 6));

    const rows = readFileSync(at('pairs.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    writeLines(
      at('unequal.jsonl'),
      rows.map((row, index) => ({ ...row, beta: index % 2 === 0 ? 0.02 : 2 })),
    );
    const unequal = await train('unequal', { ...cogpo, trainFiles: [at('unequal.jsonl')] });
    expect(unequal.lossCurve.at(-1)?.loss).not.toBeCloseTo(dpo.lossCurve.at(-1)?.loss ?? NaN, 3);
  });

  it('trains low-rank adapters and saves the merged student', async () => {
    const result = await train('lora', { ...SFT, epochs: 1, lora: { rank: 4, alpha: 8 } });
    expect(existsSync(join(result.model, 'model.safetensors'))).toBe(true);
    expect(existsSync(join(outputOf('lora'), 'adapter', 'adapter_model.safetensors'))).toBe(true);
  });

  it.each([
    ['an unknown field', { ...SFT, learningrate: 1 }, "unknown field 'learningrate'"],
    ['another method', { ...SFT, method: 'ppo' }, 'method: expected one of sft, dpo, cogpo'],
    ['DPO without a beta', { ...DPO, beta: undefined }, 'beta: DPO needs one'],
    ['CogPO with one beta for all', { ...DPO, method: 'cogpo' }, 'reads its betas from the rows'],
    [
      'rows of another form',
      { ...SFT, trainFiles: [at('pairs.jsonl')] },
      'expected the columns messages or prompt + completion',
    ],
  ])('refuses %s', async (_name, settings, message) => {
    mkdirSync(outputOf('refused'), { recursive: true });
    const { code, output } = await run('refused', settings);
    expect(output).toContain(message);
    expect(code).toBe(2);
  });
});

const COUNTS = Array.from({ length: 16 }, (_, index) => index + 10);
const COMMON = {
  model: STUDENT,
  epochs: 2,
  batchSize: 8,
  precision: 'float32',
  cpu: true,
  saveSteps: 1,
  logSteps: 1,
  maxLength: 256,
};

const question = (count: number) => [
  {
    role: 'user',
    content: `Kira owns ${count} acorns. Kira uses up 2 acorns. How many acorns does Kira have in the end?`,
  },
];
const answer = (count: number, left: number) => [
  {
    role: 'assistant',
    content: `<think>\nKira begins with ${count} acorns. ${count}-2=${left}.\n</think>\n\nThe answer is \\boxed{${left}}.`,
  },
];

function writeLines(path: string, rows: readonly object[]): void {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
