import type { Student, TrainingSettings } from '../../../config/student.js';
import type { TrainingView } from '../../../config/training-view.js';

/** What decides about the values that neither recipe nor preset gives. */
export interface SettingsContext {
  readonly method: Student['method'];
  readonly form: TrainingView['form'];
  /** Trained on a CPU. */
  readonly cpu: boolean;
}

/** Hyper-parameters that trainers can't do without. */
export type FullSettings = TrainingSettings &
  Required<
    Pick<
      TrainingSettings,
      | 'learningRate'
      | 'epochs'
      | 'batchSize'
      | 'gradientAccumulation'
      | 'maxLength'
      | 'packing'
      | 'assistantOnlyLoss'
      | 'weightDecay'
      | 'warmup'
      | 'scheduler'
      | 'seed'
      | 'precision'
      | 'gradientCheckpointing'
      | 'saveSteps'
      | 'logSteps'
    >
  >;

/**
 * Values for what neither recipe nor preset says [ours]. Of rows with roles the answers alone are learnt; of rows of prompt and completion trainers
 * do so by themselves.
 */
export function trainingDefaults({ method, form, cpu }: SettingsContext): FullSettings {
  const isSft = method === 'sft';
  return {
    learningRate: isSft ? 1e-5 : 5e-7,
    epochs: isSft ? 3 : 1,
    batchSize: 1,
    gradientAccumulation: 8,
    maxLength: 16_384,
    packing: false,
    assistantOnlyLoss: isSft && form === 'messages',
    weightDecay: 0,
    warmup: 0.1,
    scheduler: 'cosine',
    seed: 42,
    precision: cpu ? 'float32' : 'bfloat16',
    gradientCheckpointing: !cpu,
    saveSteps: 200,
    logSteps: 10,
    ...(method === 'dpo' && { beta: 0.1 }),
    ...(!isSft && { sftWeight: 0 }),
  };
}

/** The settings of the recipe, before those of its preset, before the defaults. Pure. */
export const fullSettings = (
  given: { readonly settings: TrainingSettings; readonly preset: TrainingSettings | undefined },
  context: SettingsContext,
): FullSettings => ({ ...trainingDefaults(context), ...defined(given.preset ?? {}), ...defined(given.settings) });

const defined = (settings: TrainingSettings): Partial<TrainingSettings> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
