import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { summarise } from '../../../activities/evaluation/summarise.js';
import {
  lineageGraph,
  lineageTree,
  type LineageNode,
  type LineageTree,
} from '../../../activities/lineage/lineage-graph.js';
import { lineageOf, type LineageRequest } from '../../../activities/lineage/lineage.js';
import type { ModelManifest } from '../../../activities/models/model-manifest.js';
import { registerModel } from '../../../activities/models/model-registry.js';
import { versionFiles } from '../../../activities/report/version-files.js';
import { createSelector } from '../../../activities/selection/select-chains.js';
import { createTrainingSteps, makeTrainingSet } from '../../../activities/selection/training-steps.js';
import { servedName } from '../../../activities/serving/model-to-serve.js';
import { createViewWriter } from '../../../activities/training/write-views.js';
import { ConfigError } from '../../../config/config-error.js';
import { Sampling } from '../../../config/sampling.js';
import { lineageText } from '../../../workers/lineage-text.js';
import { build, published, SHARDS } from '../../fakes/dataset-build.js';
import { createMemoryStore, type MemoryStore } from '../../fakes/memory-store.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { problem } from '../evaluation/results.js';

const sha = (digit: string): string => digit.repeat(64);
const ignored = { heartbeat: () => undefined, signal: new AbortController().signal };

const model = (about: Pick<ModelManifest, 'name' | 'version' | 'weightsSha256'> & Partial<ModelManifest>) => ({
  ...{ schema: 1 as const, method: 'sft' as const, run: 'nightly', finishedAt: '2026-01-01T00:00:00.000Z' },
  base: { kind: 'model' as const, name: 'weak', weightsSha256: sha('a') },
  training: {
    name: 'student',
    version: 'v1',
    contentSha256: sha('b'),
    set: 'default',
    view: 'messages',
    control: 'none' as const,
  },
  settings: { learningRate: 1e-5 },
  trainingSha256: about.weightsSha256,
  trainer: { name: 'default', kind: 'trl', launcher: 'here' },
  checkpoint: { directory: 'model', files: [{ path: 'model.safetensors', bytes: 3, sha256: sha('d') }] },
  result: { steps: 16, rows: 32, tokens: 100, loss: 0.1, seconds: 3, restarts: 0 },
  versions: {},
  ...about,
});

/** The tree as ids in brackets: what stands under what. */
const shape = ({ id, branches }: LineageTree): string =>
  branches.length === 0 ? id : `${id} [${branches.map(shape).join(', ')}]`;

describe('a lineage', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let store: MemoryStore;

  const score = async (run: string, name: string, requestModel: string): Promise<void> => {
    const summary = summarise([problem('a', ['correct']), problem('b', ['wrong'])], {
      model: name,
      benchmark: { name: 'own', title: 'Own', dataset: null, revision: null, size: 2, redistributable: true },
      decoding: {
        ...{ sampling: Sampling.parse({}), samples: 1, optionSeed: null },
        prompt: { name: 'evaluate-math', version: 1, hash: sha('0') },
      },
      harness: 'cotmill',
    });
    const body = Buffer.from(JSON.stringify({ ...summary, requestModel }));
    await store.put(`evaluations/${run}/${name}/held-out/summary.json`, body);
  };
  const lineage = (request: Partial<LineageRequest> & Pick<LineageRequest, 'kind' | 'name'>): Promise<LineageTree[]> =>
    lineageOf(
      { direction: 'up', ...request },
      { store, filesOf: (manifest) => versionFiles({ store, manifest, cacheDirectory: directory.path }) },
    );
  const shapes = async (request: Parameters<typeof lineage>[0]): Promise<string[]> =>
    (await lineage(request)).map(shape);

  beforeEach(async () => {
    directory = temporaryDirectory('lineage');
    store = createMemoryStore();
    const place = { store, temporaryDirectory: directory.path };
    await build({ ...place, shards: SHARDS });
    const steps = createTrainingSteps({ store, selector: createSelector(place), viewWriter: createViewWriter(place) });
    const spec = { name: 'student', kernel: { name: 'omnithought' as const, theta: 5 }, rows: 3 };
    await makeTrainingSet(steps, { dataset: { name: 'sums' }, spec }, ignored);
    await registerModel(store, model({ name: 'first', version: 'v1', weightsSha256: sha('1') }), []);
    const base = { kind: 'student' as const, name: 'first', version: 'v1', weightsSha256: sha('1') };
    await registerModel(
      store,
      model({ name: 'second', version: 'v1', weightsSha256: sha('2'), method: 'dpo', base }),
      [],
    );
    await registerModel(store, model({ name: 'first', version: 'v2', weightsSha256: sha('3') }), []);
    await score('nightly', 'first', servedName('first', sha('1')));
    await score('nightly', 'second', servedName('second', sha('2')));
    await score('nightly', 'weak', servedName('weak', sha('a')));
    await score('other', 'first', servedName('first', sha('9')));
  });
  afterEach(() => directory.remove());

  const recipe = `recipe ${'f'.repeat(12)}`;
  const dataset = `dataset sums@v1 [${recipe}, source 0123456789abcdef/s]`;
  const first = `model first@v1 [training student@v1 [${dataset}], base weak-${'a'.repeat(12)}]`;

  it('goes from a score to the weights that answered, and on to the sources', async () => {
    expect(await shapes({ kind: 'score', name: 'nightly/held-out/first' })).toEqual([
      `score nightly/held-out/first [${first}, benchmark own]`,
    ]);
    const [tree] = await lineage({ kind: 'score', name: 'nightly/held-out/first' });
    expect(tree?.facts).toMatchObject({ problems: 2, summary: 'evaluations/nightly/first/held-out/summary.json' });
    const training = tree?.branches[0]?.branches[0];
    expect(training?.facts).toMatchObject({ selection: expect.stringContaining('"theta":5') as unknown, chains: 3 });
    expect(training?.branches[0]?.facts).toMatchObject({ run: 'nightly', plan: '0123456789abcdef' });
  });

  it('shows what stands twice once', async () => {
    expect(await shapes({ kind: 'model', name: 'second' })).toEqual([
      `model second@v1 [training student@v1 [${dataset}], model first@v1 [training student@v1, base weak-${'a'.repeat(12)}]]`,
    ]);
    expect(lineageText(await lineage({ kind: 'model', name: 'second' }))).toMatch(/training student@v1 {2}\(above\)/);
  });

  it('says of weights that no version has, and of models from elsewhere, what they are', async () => {
    expect(await shapes({ kind: 'score', name: 'other/held-out/first' })).toEqual([
      `score other/held-out/first [base first-${'9'.repeat(12)}, benchmark own]`,
    ]);
    const [tree] = await lineage({ kind: 'score', name: 'nightly/held-out/weak' });
    expect(tree?.branches[0]).toMatchObject({ kind: 'base', id: `base weak-${'a'.repeat(12)}` });
  });

  it('goes down from a data set to its scores', async () => {
    expect(await shapes({ kind: 'dataset', name: 'sums', direction: 'down' })).toEqual([
      'dataset sums@v1 [training student@v1 [model first@v1 [score nightly/held-out/first, model second@v1 [score nightly/held-out/second]], model first@v2, model second@v1]]',
    ]);
  });

  it('takes the newest version where none is named', async () => {
    expect(await shapes({ kind: 'model', name: 'first', direction: 'down' })).toEqual(['model first@v2']);
    expect(await shapes({ kind: 'training', name: 'student' })).toEqual([`training student@v1 [${dataset}]`]);
  });

  it('goes from a chain to its question and data set, and down to whom it taught', async () => {
    const picks = (await lineage({ kind: 'dataset', name: 'sums', direction: 'down' })).length;
    expect(picks).toBe(1);
    const chains = await lineage({ kind: 'question', name: '' });
    expect(chains.length).toBeGreaterThan(3);
    const down = await lineage({ kind: 'question', name: '', direction: 'down' });
    const taught = down.filter(({ branches }) => branches.length > 0);
    expect(taught).toHaveLength(3);
    expect(taught.map(({ branches }) => branches[0]?.id)).toEqual(Array(3).fill('training student@v1'));
    const id = taught[0]?.id.slice('chain '.length) ?? '';
    const [up] = await lineage({ kind: 'chain', name: id.slice(0, 20).toUpperCase() });
    expect(up).toMatchObject({ id: `chain ${id}`, facts: { outcome: 'accepted', origin: 'teacher' } });
    expect(up?.branches.map(({ kind }) => kind)).toEqual(['question', 'dataset']);
  });

  it('names a data set that is gone, or that was made anew, and goes on', async () => {
    const manifest = await published(store);
    await store.put(
      'datasets/sums/v1/manifest.json',
      Buffer.from(JSON.stringify({ ...manifest, contentSha256: sha('7') })),
    );
    const [tree] = await lineage({ kind: 'training', name: 'student' });
    expect(tree?.facts['drawn from']).toMatch(/which the data set no longer has$/);
    await store.delete('datasets/sums/v1/manifest.json');
    const [gone] = await lineage({ kind: 'training', name: 'student' });
    expect(gone?.branches).toMatchObject([
      { id: 'dataset sums@v1', kind: 'dataset', facts: { missing: expect.anything() as unknown } },
    ]);
  });

  it.each<[kind: LineageRequest['kind'], name: string, message: RegExp]>([
    ['score', 'nightly/first', /expected a score as RUN\/EVALUATION\/MODEL \(nightly\/held-out\/first, /],
    [
      'model',
      'first@v9',
      /expected a model as NAME or NAME@VERSION \(first@v1, first@v2, second@v1\), found "first@v9"/,
    ],
    ['training', 'x', /\(student@v1\), found "x"/],
    ['dataset', 'x', /\(sums@v1\), found "x"/],
    ['chain', 'zz', /expected the id of a chain of the newest versions of sums/],
  ])('of a %s that is not there says what is: %s', async (kind, name, message) => {
    const asked = lineage({ kind, name });
    await expect(asked).rejects.toThrow(ConfigError);
    await expect(asked).rejects.toThrow(message);
  });
});

describe('a graph', () => {
  const nodes = fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12 }).map((parts) =>
    parts.map((madeOf, at): LineageNode => ({
      ...{ id: `model ${at}`, kind: 'model', facts: {} },
      madeOf: madeOf.map((other) => `model ${other}`),
    })),
  );
  const idsOf = (tree: LineageTree): string[] => [tree.id, ...tree.branches.flatMap(idsOf)];

  it('gives trees that end, circles or not, and up is the other way of down', () => {
    fc.assert(
      fc.property(nodes, (all) => {
        const graph = lineageGraph(all);
        const below = (id: string, direction: 'up' | 'down'): Set<string> => {
          const tree = lineageTree(graph, id, direction);
          return new Set(tree ? idsOf(tree) : []);
        };
        for (const id of graph.keys())
          for (const other of below(id, 'up')) expect(below(other, 'down').has(id)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('has no tree of what it does not have', () => {
    expect(lineageTree(lineageGraph([]), 'model x', 'up')).toBeUndefined();
  });
});
