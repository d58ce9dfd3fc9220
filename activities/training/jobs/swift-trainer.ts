import { join } from 'node:path';
import { z } from 'zod';
import { finishedState, hasWeights, lastLine, newestCheckpoint, secondsOf } from './hf-trainer-files.js';
import { hfArguments } from './llamafactory-trainer.js';
import type { TrainerKind, TrainerTask } from './trainer-kind.js';

const Line = z.object({
  'global_step/max_steps': z.string().regex(/^\d+\/\d+$/),
  epoch: z.number().nullish(),
  loss: z.number(),
  remaining_time: z.string(),
});

/** ms-swift: `swift sft {config}`. It has to be told the checkpoint to go on from, so every start gets a configuration of its own. */
export const swiftTrainer: TrainerKind = {
  resumesByItself: false,
  configPath: ({ path }) => join(path, 'ms-swift.json'),
  async configText(task) {
    const checkpoint = await newestCheckpoint(task.folder.output);
    return JSON.stringify(swiftArguments(task, checkpoint), null, 1);
  },
  /** The last checkpoint is the model. */
  async readResult({ folder, data }) {
    const model = await newestCheckpoint(folder.output);
    if (model === undefined || !(await hasWeights(model))) return undefined;
    return finishedState(join(model, 'trainer_state.json'), { model, data });
  },
  readProgress: ({ output }) =>
    lastLine(join(output, 'logging.jsonl'), (line) => {
      const { data } = Line.safeParse(line);
      if (!data) return undefined;
      const [step = 0, steps = 0] = data['global_step/max_steps'].split('/').map(Number);
      const { epoch = null, loss } = data;
      return { step, steps, epoch, loss, tokensPerSecond: null, secondsLeft: secondsOf(data.remaining_time) };
    }),
};

/** Arguments of a training, by ms-swift's names. `model_type` and `template` it finds by the model, or the trainer's command gives them. Pure. */
export function swiftArguments(task: TrainerTask, checkpoint?: string): object {
  const { plan, base, data, folder, cpu } = task;
  const { settings } = plan;
  const inData = (name: string): string => join(folder.data, name);
  return {
    ...('directory' in base ? { model: base.directory } : { model: base.hub, model_revision: base.revision }),
    use_hf: true,
    tuner_type: 'full',
    // As the scripts of cotmill do: trained weights stay in float32.
    torch_dtype: 'float32',
    dataset: data.train.map(inData),
    ...(data.validation.length > 0 && {
      val_dataset: data.validation.map(inData),
      eval_strategy: 'steps',
      eval_steps: settings.saveSteps,
      per_device_eval_batch_size: settings.batchSize,
    }),
    split_dataset_ratio: 0,
    load_from_cache_file: false,
    max_length: settings.maxLength,
    truncation_strategy: 'right',
    loss_scale: settings.assistantOnlyLoss === false ? 'all' : 'default',
    packing: settings.packing,
    gradient_checkpointing: settings.gradientCheckpointing,
    add_version: false,
    ...hfArguments(task),
    ...(cpu && { use_cpu: true }),
    ...(checkpoint !== undefined && { resume_from_checkpoint: checkpoint }),
  };
}
