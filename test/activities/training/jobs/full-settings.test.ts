import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullSettings, trainingDefaults } from '../../../../activities/training/jobs/full-settings.js';
import { TrainingSettings } from '../../../../config/student.js';

const SFT = { method: 'sft', form: 'messages', cpu: false } as const;

describe('settings of a training', () => {
  it.each([
    [SFT, { assistantOnlyLoss: true, precision: 'bfloat16', gradientCheckpointing: true, learningRate: 1e-5 }],
    [
      { ...SFT, cpu: true },
      { precision: 'float32', gradientCheckpointing: false },
    ],
    [{ ...SFT, form: 'prompt-completion' as const }, { assistantOnlyLoss: false }],
    [
      { ...SFT, method: 'dpo' as const, form: 'dpo' as const },
      { beta: 0.1, sftWeight: 0, assistantOnlyLoss: false },
    ],
  ])('have defaults for %o', (context, expected) => {
    expect(trainingDefaults(context)).toMatchObject(expected);
  });

  it('leave the betas of CogPO to the rows', () => {
    expect(trainingDefaults({ method: 'cogpo', form: 'cogpo', cpu: false })).not.toHaveProperty('beta');
  });

  it('are the recipe’s before the preset’s before the defaults', () => {
    const given = { settings: { epochs: 5 }, preset: { epochs: 3, learningRate: 2e-5 } };
    expect(fullSettings(given, SFT)).toEqual({ ...trainingDefaults(SFT), epochs: 5, learningRate: 2e-5 });
  });

  it('are settings again, whatever is given', () => {
    const some = fc.record(
      { epochs: fc.double({ min: 0.1, max: 9, noNaN: true }), seed: fc.nat(), packing: fc.boolean() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(some, some, (settings, preset) => {
        const full = fullSettings({ settings, preset }, SFT);
        expect(TrainingSettings.parse(full)).toEqual(full);
        expect(full).toMatchObject(settings);
      }),
    );
  });
});
