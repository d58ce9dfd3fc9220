import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secondsOf, totalSteps, warmupSteps } from '../../../../activities/training/jobs/hf-trainer-files.js';
import { llamaFactoryArguments } from '../../../../activities/training/jobs/llamafactory-trainer.js';
import { swiftArguments } from '../../../../activities/training/jobs/swift-trainer.js';
import type { TrainerTask } from '../../../../activities/training/jobs/trainer-kind.js';
import { trainerFault, trainerKind } from '../../../../activities/training/jobs/trainer-kinds.js';
import { trainingFolder, type TrainingData } from '../../../../activities/training/jobs/training-plan.js';
import { trlSettings } from '../../../../activities/training/jobs/trl-trainer.js';
import { trainingDefaults } from '../../../../activities/training/jobs/full-settings.js';
import { TrainingView, type TrainingViewInput } from '../../../../config/training-view.js';
import { temporaryDirectory } from '../../../support/temporary-directory.js';

const DATA: TrainingData = {
  schema: 1,
  kind: 'view',
  train: ['train-00000-of-00001.parquet'],
  validation: [],
  rows: { train: 100, validation: 0 },
};
const settings = trainingDefaults({ method: 'sft', form: 'messages', cpu: false });
const TASK: TrainerTask = {
  plan: {
    method: 'sft',
    settings,
    devices: 2,
    training: { name: 'for-7b', version: 'v1', contentSha256: 'c', set: 'default', view: 'messages', control: 'none' },
  },
  base: { directory: '/models/base' },
  data: DATA,
  folder: trainingFolder('/shared', { job: 'train-a-1' }),
  cpu: false,
};
const HUB: TrainerTask = { ...TASK, base: { hub: 'Qwen/Qwen2.5-7B-Instruct', revision: 'abcdef1' } };
const DPO: TrainerTask = {
  ...TASK,
  plan: { ...TASK.plan, method: 'dpo', settings: trainingDefaults({ method: 'dpo', form: 'dpo', cpu: false }) },
};

describe('what a trainer is told', () => {
  it('TRL: the settings by their own names', () => {
    expect(trlSettings({ ...TASK, base: { directory: '/models/base', chatTemplate: '/t.jinja' } })).toEqual({
      ...settings,
      method: 'sft',
      model: '/models/base',
      chatTemplatePath: '/t.jinja',
      trainFiles: ['/shared/train-a-1/data/train-00000-of-00001.parquet'],
      validationFiles: [],
      outputDirectory: '/shared/train-a-1/output',
      cpu: false,
    });
    expect(trlSettings(HUB)).toMatchObject({ model: 'Qwen/Qwen2.5-7B-Instruct', modelRevision: 'abcdef1' });
  });

  it('LLaMA-Factory: the same by its names', () => {
    expect(llamaFactoryArguments(TASK)).toMatchObject({
      stage: 'sft',
      model_name_or_path: '/models/base',
      dataset_dir: '/shared/train-a-1/data',
      dataset: 'messages_train',
      cutoff_len: 16_384,
      train_on_prompt: false,
      learning_rate: 1e-5,
      bf16: true,
      output_dir: '/shared/train-a-1/output',
    });
    expect(llamaFactoryArguments(HUB)).toMatchObject({ model_revision: 'abcdef1' });
    expect(llamaFactoryArguments(DPO)).toMatchObject({
      stage: 'dpo',
      pref_beta: 0.1,
      pref_ftx: 0,
      pref_loss: 'sigmoid',
    });
    const withValidation = { ...TASK, data: { ...DATA, validation: ['validation-00000-of-00001.parquet'] } };
    expect(llamaFactoryArguments(withValidation)).toMatchObject({
      eval_dataset: 'messages_validation',
      eval_steps: 200,
    });
  });

  it('ms-swift: the same by its names, and the checkpoint to go on from', () => {
    expect(swiftArguments(TASK, '/shared/train-a-1/output/checkpoint-4')).toMatchObject({
      model: '/models/base',
      dataset: ['/shared/train-a-1/data/train-00000-of-00001.parquet'],
      max_length: 16_384,
      truncation_strategy: 'right',
      loss_scale: 'default',
      add_version: false,
      resume_from_checkpoint: '/shared/train-a-1/output/checkpoint-4',
    });
    expect(swiftArguments(TASK)).not.toHaveProperty('resume_from_checkpoint');
  });

  it.each([
    [{ batchSize: 1, gradientAccumulation: 8, epochs: 3, warmup: 0.1 }, 21, 3],
    [{ batchSize: 4, gradientAccumulation: 1, epochs: 2, warmup: 5 }, 26, 5],
    [{ maxSteps: 7, warmup: 0 }, 7, 0],
  ])('%o: %i steps of two devices, %i of them warm up', (changes, steps, warm) => {
    const task = { ...TASK, plan: { ...TASK.plan, settings: { ...settings, ...changes } } };
    expect(totalSteps(task)).toBe(steps);
    expect(warmupSteps(task)).toBe(warm);
  });

  it.each([
    ['0:01:05', 65],
    ['1 day, 2:00:00', 93_600],
    ['2h 3m 4s', 7_384],
    ['9s', 9],
    ['soon', null],
  ])('"%s" is %s seconds', (text, seconds) => expect(secondsOf(text)).toBe(seconds));
});

describe('what a trainer can not do', () => {
  const view = (input: TrainingViewInput) => TrainingView.parse(input);
  const wish = (about: object) => ({
    student: { method: 'sft' as const, control: 'none' as const, trainer: 'cluster' },
    settings: {},
    view: view({ form: 'messages' }),
    hasChatTemplate: false,
    ...about,
  });
  const dpo = (conversational: boolean) =>
    wish({
      student: { method: 'dpo', control: 'none', trainer: 'cluster' },
      view: view({ form: 'dpo', conversational }),
    });

  it.each([
    ['trl', wish({ settings: { lora: { rank: 8 } } }), undefined],
    ['llamafactory', wish({}), undefined],
    ['llamafactory', dpo(false), undefined],
    ['llamafactory', dpo(true), 'dpo on a view of this form (dpo, conversational: true)'],
    ['ms-swift', dpo(false), 'dpo on a view of this form (dpo, conversational: false)'],
    ['ms-swift', wish({}), undefined],
    ['ms-swift', wish({ settings: { lora: { rank: 8 } } }), 'lora'],
    ['llamafactory', wish({ hasChatTemplate: true }), 'a chatTemplate of its own'],
    ['llamafactory', wish({ student: { method: 'sft', control: 'own-answers', trainer: 'cluster' } }), 'own answers'],
  ] as const)('%s: %#', (kind, asked, reason) => {
    const fault = trainerFault(kind, asked);
    if (reason === undefined) expect(fault).toBeUndefined();
    else
      expect(fault?.message).toContain(
        `expected a trainer of the kind "trl" for ${reason === 'own answers' ? 'the own answers' : reason}`,
      );
  });
});

describe('what a trainer leaves', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  const folder = () => trainingFolder(directory.path, { job: 'train-a-1' });
  const put = (path: string, content: unknown): void => {
    const file = join(folder().output, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  };
  const state = (step: number) => ({
    ...{ global_step: step, max_steps: 8, num_input_tokens_seen: 1792 },
    log_history: [
      { step: 1, loss: 0.5, epoch: 0.25, grad_norm: 1 },
      { step: step, loss: 0.05 },
      { step: step, train_loss: 0.07, train_runtime: 2.5 },
    ],
  });

  beforeEach(() => (directory = temporaryDirectory('trainers')));
  afterEach(() => directory.remove());
  const task = () => ({ folder: folder(), data: DATA });
  const trained = {
    ...{ status: 'trained', steps: 8, loss: 0.05, tokens: 1792, rows: 100, seconds: 2.5, versions: {} },
    lossCurve: [
      { step: 1, loss: 0.5, epoch: 0.25, grad_norm: 1 },
      { step: 8, loss: 0.05 },
    ],
  };

  it('LLaMA-Factory: weights and a state at its last step, or nothing', async () => {
    const kind = trainerKind('llamafactory');
    expect(await kind.readResult(task())).toBeUndefined();
    put('trainer_state.json', state(8));
    put('training_args.bin', '');
    expect(await kind.readResult(task())).toBeUndefined();
    put('model.safetensors', 'weights');
    expect(await kind.readResult(task())).toEqual({ ...trained, model: folder().output });
    put('trainer_state.json', state(6));
    expect(await kind.readResult(task())).toBeUndefined();
  });

  it('ms-swift: its newest whole checkpoint, when that is the last', async () => {
    const kind = trainerKind('ms-swift');
    put('checkpoint-6/trainer_state.json', state(6));
    put('checkpoint-6/model.safetensors', 'weights');
    expect(await kind.readResult(task())).toBeUndefined();
    put('checkpoint-10/model.safetensors', 'without a state');
    put('checkpoint-8/trainer_state.json', state(8));
    put('checkpoint-8/model.safetensors', 'weights');
    expect(await kind.readResult(task())).toEqual({ ...trained, model: join(folder().output, 'checkpoint-8') });
    expect(await kind.configText({ ...TASK, folder: folder() })).toContain('checkpoint-8');
  });

  it.each([
    {
      name: 'trl',
      file: 'progress.json',
      text: JSON.stringify({ step: 0, steps: 8 }),
      progress: { step: 0, steps: 8, loss: null, secondsLeft: null },
    },
    {
      name: 'llamafactory',
      file: 'trainer_log.jsonl',
      text: '{"current_steps": 4, "total_steps": 8, "loss": 0.5, "epoch": 1.0, "remaining_time": "0:00:09", "throughput": 90.5}\n{"current_steps": 5, "tot',
      progress: { step: 4, steps: 8, epoch: 1, loss: 0.5, tokensPerSecond: 90.5, secondsLeft: 9 },
    },
    {
      name: 'ms-swift',
      file: 'logging.jsonl',
      text: '{"loss": 0.2, "epoch": 1.5, "global_step/max_steps": "6/8", "remaining_time": "1m 3s"}\n{"train_runtime": 3.5, "global_step/max_steps": "8/8"}\n',
      progress: { step: 6, steps: 8, epoch: 1.5, loss: 0.2, tokensPerSecond: null, secondsLeft: 63 },
    },
  ] as const)('$name: how far it is', async ({ name, file, text, progress }) => {
    const kind = trainerKind(name);
    expect(await kind.readProgress(folder())).toBeUndefined();
    put(file, text);
    expect(await kind.readProgress(folder())).toMatchObject(progress);
  });
});
