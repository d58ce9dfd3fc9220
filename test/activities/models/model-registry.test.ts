import { beforeEach, describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../../activities/models/model-manifest.js';
import {
  isRegistered,
  modelVersions,
  readModelManifest,
  registerModel,
  trainedStudent,
} from '../../../activities/models/model-registry.js';
import { readLatest } from '../../../activities/publication/latest.js';
import { createMemoryStore, type MemoryStore } from '../../fakes/memory-store.js';

const sha = (digit: string): string => digit.repeat(64);
const BUILT: Omit<ModelManifest, 'files'> = {
  schema: 1,
  ...{ name: 'small', version: 'v1', method: 'sft', run: 'first', finishedAt: '2026-01-01T00:00:00.000Z' },
  base: { kind: 'model', name: 'weak', weightsSha256: sha('a') },
  training: {
    name: 'for-7b',
    version: 'v1',
    contentSha256: sha('b'),
    set: 'default',
    view: 'messages',
    control: 'none',
  },
  settings: { learningRate: 1e-5, seed: 42 },
  trainingSha256: sha('c'),
  trainer: { name: 'default', kind: 'trl', launcher: 'here' },
  checkpoint: { directory: '/shared/model', files: [{ path: 'model.safetensors', bytes: 3, sha256: sha('d') }] },
  weightsSha256: sha('e'),
  result: { steps: 16, rows: 32, tokens: 100, loss: 0.1, seconds: 3, restarts: 0 },
  versions: { trl: '1.14.2' },
};
const DOCUMENTS = [{ path: 'config.json', text: '{}' }];

describe('registered models', () => {
  let store: MemoryStore;
  beforeEach(() => (store = createMemoryStore()));

  it('have their documents before their manifest, and a pointer to the newest', async () => {
    const { manifest, published } = await registerModel(store, BUILT, DOCUMENTS);
    expect(published).toBe('new');
    expect(manifest.files).toEqual([
      { path: 'config.json', bytes: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    expect([...store.objects.keys()]).toEqual([
      'models/small/v1/config.json',
      'models/small/v1/manifest.json',
      'models/small/latest.json',
    ]);
    expect(await readModelManifest(store, BUILT)).toEqual(manifest);
    await registerModel(store, { ...BUILT, version: 'v10', trainingSha256: sha('f') }, DOCUMENTS);
    await registerModel(store, { ...BUILT, version: 'v2', trainingSha256: sha('1') }, DOCUMENTS);
    expect(await modelVersions(store, 'small')).toEqual(['v1', 'v2', 'v10']);
    expect(await readLatest(store, 'models/small')).toMatchObject({ version: 'v2' });
    expect(trainedStudent(manifest, 'new')).toMatchObject({
      manifestKey: 'models/small/v1/manifest.json',
      base: 'weak',
    });
  });

  it('are not written again by the same training, though it says other things of itself', async () => {
    const { manifest } = await registerModel(store, BUILT, DOCUMENTS);
    const again = await registerModel(store, { ...BUILT, run: 'second' }, [{ path: 'config.json', text: 'other' }]);
    expect(again).toEqual({ manifest, published: 'unchanged' });
    expect(Buffer.from(store.objects.get('models/small/v1/config.json') ?? '').toString()).toBe('{}');
  });

  it('are written once by two at the same moment', async () => {
    const both = await Promise.all(['one', 'other'].map((run) => registerModel(store, { ...BUILT, run }, DOCUMENTS)));
    expect(both.map(({ published }) => published).sort()).toEqual(['new', 'unchanged']);
    expect(both[0]?.manifest).toEqual(both[1]?.manifest);
  });

  it.each([
    [
      'settings',
      { settings: { learningRate: 2e-5, seed: 42, beta: 0.1 } },
      'settings.beta none, now 0.1; settings.learningRate 0.00001, now 0.00002',
    ],
    [
      'base',
      { base: { kind: 'model' as const, name: 'weak', weightsSha256: sha('9') } },
      'base weak (weights aaaaaaaaaaaa), now weak (weights 999999999999)',
    ],
    [
      'data',
      { training: { ...BUILT.training, control: 'own-answers' as const } },
      'messages (content bbbbbbbbbbbb), now for-7b v1 default messages with own-answers',
    ],
    ['trainer', {}, 'another kind of trainer'],
  ])('are never another training under the same version: other %s', async (_name, change, message) => {
    const { manifest } = await registerModel(store, BUILT, DOCUMENTS);
    const other = { ...BUILT, ...change, trainingSha256: sha('0') };
    expect(() => isRegistered(manifest, other)).toThrow(message);
    await expect(registerModel(store, other, DOCUMENTS)).rejects.toThrow('Choose another "version" of the student');
    expect(await readModelManifest(store, BUILT)).toEqual(manifest);
  });

  it('say when their manifest is none', async () => {
    await store.put('models/small/v1/manifest.json', Buffer.from('{"schema": 2}'));
    await expect(readModelManifest(store, BUILT)).rejects.toThrow(
      /models\/small\/v1\/manifest\.json in .* is no manifest of a model/,
    );
  });
});
