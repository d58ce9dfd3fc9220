import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJobName } from '../../../../activities/jobs/job-launcher.js';
import {
  trainingHash,
  trainingJobName,
  type TrainingContent,
} from '../../../../activities/training/jobs/training-identity.js';
import { Name } from '../../../../config/names.js';

const CONTENT: TrainingContent = {
  method: 'sft',
  settings: { learningRate: 1e-5, epochs: 3, saveSteps: 200, logSteps: 10 },
  devices: 1,
  baseWeightsSha256: 'b'.repeat(64),
  dataSha256: 'd'.repeat(64),
  control: 'none',
  trainerKind: 'trl',
  chatTemplateSha256: null,
};

describe('the identity of a training', () => {
  it.each([
    ['method', { method: 'dpo' as const }],
    ['settings', { settings: { ...CONTENT.settings, epochs: 2 } }],
    ['devices', { devices: 8 }],
    ['base', { baseWeightsSha256: 'c'.repeat(64) }],
    ['data', { dataSha256: 'e'.repeat(64) }],
    ['control', { control: 'own-answers' as const }],
    ['trainer', { trainerKind: 'llamafactory' }],
    ['chat template', { chatTemplateSha256: 'f'.repeat(64) }],
  ])('is another one with another %s', (_name, change) => {
    expect(trainingHash({ ...CONTENT, ...change })).not.toBe(trainingHash(CONTENT));
  });

  it('is the same however often it is saved and logged, and in whatever order settings stand', () => {
    const { learningRate, epochs } = CONTENT.settings;
    const other = { ...CONTENT, settings: { logSteps: 1, saveSteps: 5, epochs, learningRate } };
    expect(trainingHash(other)).toBe(trainingHash(CONTENT));
  });

  it('names jobs that every launcher takes, with room for later attempts and restarts', () => {
    const names = fc
      .stringMatching(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/)
      .filter((name) => Name.safeParse(name).success);
    fc.assert(
      fc.property(names, (student) => {
        const job = trainingJobName(student, trainingHash(CONTENT));
        expect(checkJobName(`${job}-99-r5`)).toBe(`${job}-99-r5`);
        expect(job).toMatch(/^train-[a-z0-9][a-z0-9-]*-[0-9a-f]{12}$/);
      }),
    );
  });
});
