import { join } from 'node:path';
import { z } from 'zod';
import { finishedState, hasWeights, lastLine, secondsOf, warmupSteps } from './hf-trainer-files.js';
import type { TrainerKind, TrainerTask } from './trainer-kind.js';
import { viewFolder } from './training-plan.js';

const Line = z.object({
  current_steps: z.number(),
  total_steps: z.number(),
  epoch: z.number().nullish(),
  loss: z.number(),
  remaining_time: z.string(),
  throughput: z.number().nullish(),
});

/** LLaMA-Factory: `llamafactory-cli train {config}`. It goes on from the newest checkpoint in its output directory by itself. */
export const llamaFactoryTrainer: TrainerKind = {
  resumesByItself: true,
  // JSON is YAML; of files that end in .json its reader makes an error (0.9.5).
  configPath: ({ path }) => join(path, 'llamafactory.yaml'),
  configText: (task) => JSON.stringify(llamaFactoryArguments(task), null, 1),
  async readResult({ folder, data }) {
    const { output } = folder;
    return (await hasWeights(output))
      ? finishedState(join(output, 'trainer_state.json'), { model: output, data })
      : undefined;
  },
  readProgress: ({ output }) =>
    lastLine(join(output, 'trainer_log.jsonl'), (line) => {
      const { data } = Line.safeParse(line);
      if (!data) return undefined;
      const { current_steps: step, total_steps: steps, epoch = null, loss, throughput = null } = data;
      return { step, steps, epoch, loss, tokensPerSecond: throughput, secondsLeft: secondsOf(data.remaining_time) };
    }),
};

/** Arguments of a training, by LLaMA-Factory's names. The rows are found by the `dataset_info.json` beside them. Pure. */
export function llamaFactoryArguments(task: TrainerTask): object {
  const { plan, base, data, folder, cpu } = task;
  const { settings } = plan;
  return {
    stage: plan.method,
    do_train: true,
    finetuning_type: 'full',
    ...('directory' in base
      ? { model_name_or_path: base.directory }
      : { model_name_or_path: base.hub, model_revision: base.revision }),
    // No template is named: it is made from the chat template of the model.
    dataset_dir: folder.data,
    dataset: `${viewFolder(plan.training)}_train`,
    ...(data.validation.length > 0 && {
      eval_dataset: `${viewFolder(plan.training)}_validation`,
      eval_strategy: 'steps',
      eval_steps: settings.saveSteps,
      per_device_eval_batch_size: settings.batchSize,
    }),
    cutoff_len: settings.maxLength,
    overwrite_cache: true,
    packing: settings.packing,
    ...(plan.method === 'sft' && { train_on_prompt: settings.assistantOnlyLoss === false }),
    ...(plan.method === 'dpo' && { pref_loss: 'sigmoid', pref_beta: settings.beta, pref_ftx: settings.sftWeight }),
    disable_gradient_checkpointing: settings.gradientCheckpointing === false,
    include_num_input_tokens_seen: true,
    ...hfArguments(task),
    ...(cpu && { use_cpu: true }),
  };
}

/** Arguments that trainers over `transformers` share. Pure. */
export function hfArguments(task: TrainerTask): object {
  const { settings } = task.plan;
  return {
    output_dir: task.folder.output,
    learning_rate: settings.learningRate,
    num_train_epochs: settings.epochs,
    ...(settings.maxSteps !== undefined && { max_steps: settings.maxSteps }),
    per_device_train_batch_size: settings.batchSize,
    gradient_accumulation_steps: settings.gradientAccumulation,
    weight_decay: settings.weightDecay,
    warmup_steps: warmupSteps(task),
    lr_scheduler_type: settings.scheduler,
    seed: settings.seed,
    data_seed: settings.seed,
    bf16: settings.precision === 'bfloat16',
    fp16: settings.precision === 'float16',
    save_strategy: 'steps',
    save_steps: settings.saveSteps,
    save_total_limit: 2,
    logging_steps: settings.logSteps,
    logging_first_step: true,
    report_to: 'none',
  };
}
