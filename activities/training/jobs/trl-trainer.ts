import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../local-files.js';
import { jsonDocument } from '../../store/json-objects.js';
import type { TrainerKind, TrainerTask } from './trainer-kind.js';

const Figure = z.number().nullish();
const Progress = z.object({
  step: z.number(),
  steps: z.number(),
  epoch: Figure,
  loss: Figure,
  tokensPerSecond: Figure,
  secondsLeft: Figure,
});
const LossPoint = z.object({ step: z.number() }).catchall(z.number().optional());
const Result = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('trained'),
    steps: z.int(),
    loss: z.number().nullable(),
    lossCurve: z.array(LossPoint),
    tokens: z.int(),
    rows: z.int(),
    seconds: z.number(),
    model: z.string().min(1),
    versions: z.record(z.string(), z.string()),
  }),
  z.object({ status: z.literal('refused'), reason: z.string() }),
]);

/** The scripts of cotmill over TRL: `infra/training/train.py`. */
export const trlTrainer: TrainerKind = {
  resumesByItself: true,
  configPath: ({ config }) => config,
  configText: trlConfig,
  readResult: ({ folder }) => readJsonFile(join(folder.output, 'result.json'), Result),
  async readProgress({ output }) {
    const said = await readJsonFile(join(output, 'progress.json'), Progress);
    if (!said) return undefined;
    const { step, steps, epoch = null, loss = null, tokensPerSecond = null, secondsLeft = null } = said;
    return { step, steps, epoch, loss, tokensPerSecond, secondsLeft };
  },
};

/** The text of a configuration of `train.py`. Pure. */
export function trlConfig(task: TrainerTask): string {
  return jsonDocument(trlSettings(task));
}

/** The configuration of `train.py`: its fields are those of the recipe, and where things lie. Pure. */
export function trlSettings({ plan, base, data, folder, cpu }: TrainerTask): object {
  const inData = (name: string): string => join(folder.data, name);
  return {
    ...plan.settings,
    method: plan.method,
    ...('directory' in base ? { model: base.directory } : { model: base.hub, modelRevision: base.revision }),
    ...(base.chatTemplate !== undefined && { chatTemplatePath: base.chatTemplate }),
    trainFiles: data.train.map(inData),
    validationFiles: data.validation.map(inData),
    outputDirectory: folder.output,
    cpu,
  };
}
