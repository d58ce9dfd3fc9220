import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJobName, type JobEnd } from '../../../activities/jobs/job-launcher.js';
import { lossOf, startFailure } from '../../../activities/serving/judge-server.js';
import { servedName } from '../../../activities/serving/model-to-serve.js';
import type { ModelToServe } from '../../../activities/serving/served-model.js';
import { serverFolder, serverJobName } from '../../../activities/serving/server-folder.js';
import { convertJob, serverJob, serveSettings, type ServerSetting } from '../../../activities/serving/server-job.js';
import { Server } from '../../../config/launchers.js';

const toServe = (changes: Partial<ModelToServe> = {}): ModelToServe => ({
  server: 'default',
  owner: 'eval-student',
  model: 'student-0123456789ab',
  checkpoint: { directory: '/models/student' },
  ...changes,
});

const setting = (config: object, launcherKind: ServerSetting['launcherKind'] = 'process'): ServerSetting => ({
  name: 'default',
  config: Server.parse({ launcher: 'here', command: ['serve'], ...config }),
  launcherKind,
  programs: { python: () => '/set-up/python', trainingPython: () => '/training/python' },
});
const folder = serverFolder('/work', 'serve-x');

describe('the job of a server', () => {
  it('has a name that every launcher takes, the same for the same wish and another for any other', () => {
    const wish = fc.record({
      server: fc.string(),
      owner: fc.string({ maxLength: 80, unit: 'binary' }),
      model: fc.string(),
    });
    fc.assert(
      fc.property(wish, wish, (one, other) => {
        const [a, b] = [toServe(one), toServe(other)];
        expect(checkJobName(serverJobName(a))).toBe(serverJobName({ ...a }));
        const isSame = one.server === other.server && one.owner === other.owner && one.model === other.model;
        expect(serverJobName(a) === serverJobName(b)).toBe(isSame);
      }),
    );
    expect(serverJobName(toServe())).toMatch(/^serve-eval-student-[0-9a-f]{12}$/);
    expect(serverJobName(toServe({ owner: '***' }))).toMatch(/^serve-[0-9a-f]{12}$/);
  });

  it.each([
    ['a directory', { directory: '/models/student' }, '/models/student', 'main'],
    ['a model of the Hub', { hub: 'owner/name', revision: '0123abc' }, 'owner/name', '0123abc'],
  ])('fills in its command, for %s', (...[_name, checkpoint, model, revision]) => {
    const command = [
      '{python}',
      '{trainingPython}',
      '{script}',
      '{model}@{revision}',
      '{name}',
      '{host}:{port}',
      '{ "a": 1 }',
    ];
    const filled = serveSettings(setting({ command, host: '0.0.0.0' }), {
      toServe: toServe({ checkpoint }),
      folder,
      model,
    });
    expect(filled).toMatchObject({
      command: [
        ...['/set-up/python', '/training/python', folder.llamaServer, `${model}@${revision}`],
        ...['student-0123456789ab', '0.0.0.0:{port}', '{ "a": 1 }'],
      ],
      model: 'student-0123456789ab',
      leaseFile: folder.lease,
    });
  });

  it.each([
    ['process', '/set-up/python'],
    ['slurm', 'python3'],
    ['kubernetes', 'python3'],
  ] as const)('is run by the Python that a %s launcher has', (kind, python) => {
    const job = serverJob(setting({ resources: { gpus: 1 } }, kind), folder);
    expect(job).toMatchObject({
      command: [python, folder.serveModel, folder.config],
      directory: folder.path,
      resources: { gpus: 1 },
    });
  });

  it('converts without the GPUs of the server, and by the program of the deployment where it names one', () => {
    const gguf = { path: '/shared/gguf', convert: '/shared/gguf/convert_gguf.py' };
    const input = { toServe: toServe(), folder: gguf, gguf: '/shared/gguf/a.gguf' };
    const own = convertJob(setting({ resources: { gpus: 1, cpus: 4 } }), input);
    expect(own.resources).toEqual({ cpus: 4 });
    expect(own.command).toEqual([
      ...['/training/python', '/shared/gguf/convert_gguf.py', '--checkpoint', '/models/student'],
      ...['--out', '/shared/gguf/a.gguf', '--name', 'student-0123456789ab'],
    ]);
    const named = convertJob(setting({ convert: ['convert', '{model}', '{gguf}'] }), input);
    expect(named.command).toEqual(['convert', '/models/student', '/shared/gguf/a.gguf']);
    const onHub = { ...input, toServe: toServe({ checkpoint: { hub: 'owner/name', revision: '0123abc' } }) };
    expect(() => convertJob(setting({}), onHub)).toThrow(/converts checkpoints of a directory.*owner\/name of the Hub/);
  });

  it('names a model by its weights', () => {
    expect(servedName('student', 'a'.repeat(64))).toBe('student-aaaaaaaaaaaa');
  });
});

describe('the end of a server', () => {
  const ended = (reason: JobEnd['reason'], log = '') => ({
    ...{ model: 'm', server: 'default', job: 'serve-x', log },
    end: { reason, exitCode: reason === 'failed' ? 1 : null, signal: null, detail: null },
  });

  it.each([
    [
      'failed',
      'no such device',
      'ServingFailed',
      /did not start: failed, exit code 1, job serve-x\. What to do: correct.*\nno such device/s,
    ],
    ['failed', 'torch.OutOfMemoryError: CUDA out of memory', 'ServingFailed', /out-of-memory/],
    ['failed', 'ValueError: No available memory for the cache blocks.', 'ServingFailed', /out-of-memory/],
    [
      'failed',
      'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 9',
      'ServingFailed',
      /out-of-memory/,
    ],
    ['out-of-memory', '', 'ServingFailed', /out-of-memory.*more memory or more GPUs/],
    ['time-limit', '', 'ServingFailed', /timeLimitMs/],
    ['preempted', '', 'ServingLost', /preempted.*needed for something else/],
    ['node-lost', '', 'ServingLost', /machine was lost/],
    ['succeeded', '', 'ServingLost', /lease ran out/],
  ] as const)('before it answered: %s %s', (...[reason, log, name, message]) => {
    const failure = startFailure(ended(reason, log));
    expect(failure.name).toBe(name);
    expect(failure.message).toMatch(message);
  });

  it('after it answered is a loss, whatever it was', () => {
    expect(lossOf(ended('failed', 'Segmentation fault'))).toMatchObject({
      name: 'ServingLost',
      message: expect.stringMatching(/is gone: failed, exit code 1.*Segmentation fault/s) as string,
    });
  });
});
