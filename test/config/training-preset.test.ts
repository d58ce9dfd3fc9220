import { describe, expect, it } from 'vitest';
import { loadTrainingPresets, parseTrainingPreset, trainingPresetFaults } from '../../config/training-preset.js';

const HEAD = 'description: d\nhome: https://example.org\nmethod: sft\n';
const parse = (text: string) => parseTrainingPreset('p', { text, where: 'p.yaml' });

describe('training presets', () => {
  it('that ship are valid, and say of every value where it comes from', async () => {
    const presets = await loadTrainingPresets();
    expect(Object.keys(presets)).toEqual(['distilqwen-sft', 'ds3-cogpo', 'ds3-sft', 'still2-dpo', 'still2-sft']);
    for (const { settings, tags, notes } of Object.values(presets)) {
      expect(Object.keys(tags)).toEqual(expect.arrayContaining(Object.keys(settings)));
      expect(notes).toMatch(/GPU/);
    }
  });

  it('have the published values, and none for what nobody published', async () => {
    const { 'distilqwen-sft': omni, 'ds3-cogpo': cogpo, 'still2-sft': still } = await loadTrainingPresets();
    expect(omni?.settings).toMatchObject({ epochs: 3, learningRate: 2e-5, weightDecay: 0.05, warmup: 0.1, seed: 42 });
    expect(omni?.tags).toMatchObject({ learningRate: 'source', maxLength: 'ours' });
    expect(cogpo?.settings).not.toHaveProperty('beta');
    expect(new Set(Object.values(cogpo?.tags ?? {}))).toEqual(new Set(['ours']));
    expect(still?.settings).toMatchObject({ learningRate: 1e-5 });
    expect((still?.settings.batchSize ?? 0) * (still?.settings.gradientAccumulation ?? 0)).toBe(96);
    expect(still?.tags).toMatchObject({ learningRate: 'second-hand' });
  });

  it.each([
    ['a value without its tag', 'settings:\n  epochs: { value: 3 }\n', /p\.yaml:5:\d+ settings\.epochs\.tag: expected/],
    [
      'a setting that there is not',
      'settings:\n  epoch: { value: 3, tag: ours }\n',
      /p\.yaml:5:\d+ epoch: unknown field; did you mean "epochs"/,
    ],
    [
      'a value out of range',
      'settings:\n  seed: { value: 1, tag: ours }\n  learningRate: { value: 2, tag: ours }\n',
      /p\.yaml:6:\d+ learningRate: expected/,
    ],
  ])('are refused with %s', (_name, settings, message) => {
    expect(() => parse(`${HEAD}${settings}`)).toThrow(message);
  });

  it('have to be there, and be for the method of the student', async () => {
    const presets = await loadTrainingPresets();
    const faults = trainingPresetFaults(
      [
        { method: 'sft', preset: 'ds3-sft' },
        { method: 'cogpo' },
        { method: 'dpo', preset: 'ds3-cogpo' },
        { method: 'sft', preset: 'own' },
      ],
      presets,
    );
    expect(faults).toEqual([
      {
        path: 'students[2].preset',
        message: 'expected a preset for dpo (still2-dpo), found "ds3-cogpo", which is for cogpo',
      },
      {
        path: 'students[3].preset',
        message: 'expected a preset for sft (distilqwen-sft, ds3-sft, still2-sft), found "own"',
      },
    ]);
  });
});
