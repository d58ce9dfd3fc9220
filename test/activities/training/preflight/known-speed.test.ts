import { describe, expect, it } from 'vitest';
import { modelManifestKey, type ModelManifest } from '../../../../activities/models/model-manifest.js';
import type { TrainingPlan } from '../../../../activities/training/jobs/training-plan.js';
import { knownSpeed } from '../../../../activities/training/preflight/known-speed.js';
import { createMemoryStore } from '../../../fakes/memory-store.js';

const SHA = 'a'.repeat(64);

const manifest = (name: string, about: Partial<ModelManifest>): ModelManifest => ({
  schema: 1,
  name,
  version: 'v1',
  method: 'sft',
  base: { kind: 'model', name: 'qwen7b', weightsSha256: SHA },
  training: { name: 't', version: 'v1', contentSha256: SHA, set: 'default', view: 'messages', control: 'none' },
  settings: {},
  trainingSha256: SHA,
  trainer: { name: 'cluster', kind: 'trl', launcher: 'slurm' },
  checkpoint: { directory: '/m', files: [{ path: 'model.safetensors', bytes: 1, sha256: SHA }] },
  weightsSha256: SHA,
  result: { steps: 10, rows: 100, tokens: 5000, loss: 1, seconds: 10, restarts: 0 },
  versions: {},
  run: 'r',
  finishedAt: '2026-01-01T00:00:00.000Z',
  files: [],
  ...about,
});

const plan = (about: object = {}): TrainingPlan =>
  ({ method: 'sft', base: { name: 'qwen7b' }, trainer: { name: 'cluster' }, settings: {}, ...about }) as TrainingPlan;

describe('the speed of trainings like this one', () => {
  const store = createMemoryStore();
  const put = (one: ModelManifest) => store.put(modelManifestKey(one), Buffer.from(JSON.stringify(one)));

  it('is that of the newest, and none where there was none', async () => {
    expect(await knownSpeed(store, plan())).toBeUndefined();
    await put(manifest('old', {}));
    expect(await knownSpeed(store, plan())).toBe(500);
    const faster = { steps: 1, rows: 1, tokens: 900, loss: null, seconds: 1, restarts: 0 };
    await put(manifest('a-newer', { result: faster, finishedAt: '2026-02-01T00:00:00.000Z' }));
    expect(await knownSpeed(store, plan())).toBe(900);
    const adapters = { rank: 16, alpha: 32, dropout: 0 };
    for (const other of [{ method: 'dpo' }, { settings: { lora: adapters } }, { trainer: { name: 'here' } }])
      expect(await knownSpeed(store, plan(other))).toBeUndefined();
  });
});
