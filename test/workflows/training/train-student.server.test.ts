import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelManifest, type TrainedStudent } from '../../../activities/models/model-manifest.js';
import { failureMessage } from '../../../workers/run-client.js';
import { lossCurve, quickStudent, startTrainingSystem, type TrainingSystem } from '../../support/training-system.js';

const PATIENCE = { timeout: 240_000 };
const failure = (ended: Promise<unknown>): Promise<string> =>
  ended.then(
    () => 'it ended well',
    (error: unknown) => (error instanceof WorkflowFailedError ? failureMessage(error) : String(error)),
  );

describe('a student of a run', PATIENCE, () => {
  let system: TrainingSystem;
  const manifestOf = (student: TrainedStudent): ModelManifest =>
    ModelManifest.parse(JSON.parse(readFileSync(system.modelFile(student, 'manifest.json'), 'utf8')));
  const trained = async (...[run, student]: Parameters<TrainingSystem['train']>): Promise<TrainedStudent> =>
    (await system.train(run, student)).result();

  beforeAll(async () => {
    system = await startTrainingSystem();
    await system.serve();
  });
  afterAll(() => system.stop());

  it('is trained and registered with everything that it was made of, once', async () => {
    const student = await trained('first', quickStudent('student-sft'));
    expect(student).toMatchObject({
      published: 'new',
      method: 'sft',
      base: 'weak',
      result: { steps: 16, rows: 32, restarts: 0 },
    });
    const manifest = manifestOf(student);
    expect(manifest).toMatchObject({
      run: 'first',
      base: { kind: 'model', name: 'weak' },
      training: { name: 'for-7b', view: 'messages', control: 'none' },
      settings: { learningRate: 5e-4, precision: 'float32', assistantOnlyLoss: true },
      trainer: { name: 'default', kind: 'trl', launcher: 'here' },
    });
    const files = ['config.json', 'loss-curve.json', 'output.log', 'preflight.json'];
    expect(manifest.files.map(({ path }) => path)).toEqual(files);
    expect(manifest.checkpoint.files.map(({ path }) => path)).toContain('model.safetensors');
    expect(existsSync(join(manifest.checkpoint.directory, 'model.safetensors'))).toBe(true);
    const curve = lossCurve(system.modelFile(student, 'loss-curve.json'));
    expect(curve.at(-1)?.loss).toBeLessThan(curve[0]?.loss ?? 0);
    expect(readFileSync(system.modelFile(student, 'output.log'), 'utf8')).toContain('trained 16 steps');

    const again = await trained('second', quickStudent('student-sft'));
    expect(again).toEqual({ ...student, published: 'unchanged' });
    const renamed = await trained('second', quickStudent('student-sft', { version: 'v2' }));
    expect(renamed).toMatchObject({ version: 'v2', published: 'new', weightsSha256: student.weightsSha256 });
    expect(system.jobs()).toHaveLength(1);
  });

  it('is not overwritten by another training under its version', async () => {
    const message = await failure(trained('third', quickStudent('student-sft', { settings: { seed: 7 } })));
    expect(message).toContain(
      'Model student-sft v1 was registered by run first and is another training: settings.seed 42, now 7',
    );
    expect(message).toContain('Choose another "version"');
  });

  it('says what is wrong with it', async () => {
    expect(await failure(trained('wrong', quickStudent('a', { base: { model: 'strong' } })))).toContain(
      'base.model: expected the name of a model of the deployment (forgetful, weak), found "strong"',
    );
    expect(await failure(trained('wrong', quickStudent('b', { preset: 'ds3-cogpo' })))).toContain(
      'preset: expected a preset for sft (distilqwen-sft, ds3-sft, still2-sft), found "ds3-cogpo", which is for cogpo',
    );
    expect(await failure(trained('wrong', quickStudent('c', { view: 'sharegpt' })))).toContain(
      'view: expected a view of training set for-7b v1 (cogpo, dpo, messages), found "sharegpt"',
    );
    expect(await failure(trained('wrong', quickStudent('d', { settings: { learningRate: 2 } })))).toContain(
      'settings.learningRate',
    );
  });

  it('is trained from another student, by DPO and with the same losses by CogPO of equal betas', async () => {
    const base = { name: 'student-sft', version: 'v1' };
    const settings = { epochs: 1, learningRate: 1e-4 };
    const run = async (method: 'dpo' | 'cogpo', name: string): Promise<TrainedStudent> => {
      const student = quickStudent(name, { base: { student: base.name }, method, settings });
      const handle = await system.client.workflow.start('trainStudent', {
        workflowId: `pairs/student/${name}`,
        taskQueue: 'cotmill',
        args: [{ run: 'pairs', student, training: { name: 'for-7b', version: 'v1' }, base }],
      });
      return (await handle.result()) as TrainedStudent;
    };
    const dpo = await run('dpo', 'student-dpo');
    expect(manifestOf(dpo).base).toEqual({
      kind: 'student',
      ...base,
      weightsSha256: manifestOf({ ...dpo, ...base }).weightsSha256,
    });
    const cogpo = await run('cogpo', 'student-cogpo');
    const [one, other] = [dpo, cogpo].map((student) => lossCurve(system.modelFile(student, 'loss-curve.json')));
    expect(one).toHaveLength(8);
    one?.forEach(({ loss }, index) => expect(other?.[index]?.loss).toBeCloseTo(loss ?? NaN, 6));
  });

  it('is trained by LLaMA-Factory too, which reads the same settings and rows', async () => {
    const student = await trained('factory', quickStudent('by-factory', { trainer: 'factory' }));
    expect(student.result).toMatchObject({ steps: 16, rows: 32, restarts: 0 });
    const { trainer, checkpoint, files } = manifestOf(student);
    expect(trainer.kind).toBe('llamafactory');
    expect(checkpoint.files.map(({ path }) => path)).not.toContain('trainer_state.json');
    expect(files.map(({ path }) => path)).toContain('config.json');
    const curve = lossCurve(system.modelFile(student, 'loss-curve.json'));
    expect(curve).toHaveLength(16);
    expect(curve.at(-1)?.loss).toBeLessThan(curve[0]?.loss ?? 0);
  });

  it.each([
    [
      'with the end of its log',
      'broken',
      /student b ended without a model: failed, exit code 3, job train-b-[0-9a-f]{12}\. What to do: .*\nThe end of its log:\nno such driver$/,
    ],
    [
      'with what to do about its memory',
      'small',
      /student b ended without a model: out-of-memory.*50 MiB.*lower batchSize or maxLength/,
    ],
  ])('fails for good, %s', async (_name, trainer, message) => {
    expect(await failure(trained(trainer, quickStudent('b', { trainer })))).toMatch(message);
  });
});
