import { describe, expect, it } from 'vitest';
import { byBenchmark, findEvaluations, parseWantedModel } from '../../../activities/experiment/find-evaluations.js';
import { readExperimentRecord } from '../../../activities/experiment/read-experiment.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { evaluationSummary } from '../../fakes/evaluation-summary.js';

const store = createMemoryStore();
const put = async (run: string, model: string, benchmark: string): Promise<void> =>
  store.put(
    `evaluations/${run}/${model}/${benchmark}/summary.json`,
    Buffer.from(JSON.stringify(evaluationSummary({ model, benchmark }))),
  );
await put('one', 'weak', 'math');
await put('one', 'sft', 'math');
await put('two', 'sft', 'math');
await put('two', 'sft', 'code');

describe('evaluations of models', () => {
  it('are found in every run, or in the one that is named, in the order of the names', async () => {
    const found = await findEvaluations(store, [parseWantedModel('sft'), parseWantedModel('one/weak')]);
    expect(found.map(({ run, model, evaluation }) => [run, model, evaluation])).toEqual([
      ['one', 'sft', 'math'],
      ['two', 'sft', 'code'],
      ['two', 'sft', 'math'],
      ['one', 'weak', 'math'],
    ]);
    expect(byBenchmark(found).map(({ benchmark, evaluations }) => [benchmark, evaluations.length])).toEqual([
      ['math', 3],
      ['code', 1],
    ]);
  });

  it.each([
    [
      'nobody',
      'expected a run with an experiment, or a model that was evaluated (one/sft, one/weak, two/sft), found "nobody"',
    ],
    ['two/weak', 'found "two/weak"'],
    ['../etc', 'expected the name of a run, MODEL or RUN/MODEL'],
  ])('%s is refused with what there is', async (name, message) => {
    await expect(Promise.resolve().then(() => findEvaluations(store, [parseWantedModel(name)]))).rejects.toThrow(
      message,
    );
  });
});

describe('the record of an experiment', () => {
  it('is absent, whole or refused', async () => {
    const at = (run: string): string => `experiments/${run}/summary.json`;
    await store.put(at('new'), Buffer.from('{"schema":2}'));
    await store.put(at('bad'), Buffer.from('{'));
    await store.put(at('good'), Buffer.from('{"schema":1,"run":"good"}'));
    expect(await readExperimentRecord(store, 'none')).toBeUndefined();
    expect(await readExperimentRecord(store, 'good')).toMatchObject({ run: 'good' });
    await expect(readExperimentRecord(store, 'new')).rejects.toThrow('another version of cotmill');
    await expect(readExperimentRecord(store, 'bad')).rejects.toThrow('is not JSON');
  });
});
