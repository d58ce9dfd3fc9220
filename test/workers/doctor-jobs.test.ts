import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDeployment } from '../../config/load.js';
import { examineJobs } from '../../workers/doctor-jobs.js';
import { sampleDeployment } from '../config/sample-recipe.js';
import { startFakeKubernetes, statusAnswer, type FakeKubernetes } from '../fakes/kubernetes-api.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('doctor, for launchers and what runs on them', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    directory = temporaryDirectory('doctor');
  });
  afterEach(() => directory.remove());

  const place = (...parts: string[]): string => join(directory.path, ...parts);
  const local = () => ({ kind: 'process', directory: place('jobs') });
  const examine = async (part: object, tool = (_name: string): string => process.execPath) => {
    const deployment = parseDeployment({ ...sampleDeployment(), launchers: { local: local() }, ...part }, 'deployment');
    const findings = await examineJobs({ deployment, environment: { PATH: process.env['PATH'] }, tool });
    return new Map(findings.map((finding) => [finding.check, finding]));
  };

  it('finds a directory that can be written, and one that can not', async () => {
    writeFileSync(place('file'), '');
    const found = await examine({ launchers: { good: local(), bad: { ...local(), directory: place('file') } } });
    expect(found.get('launcher good')).toMatchObject({ ok: true });
    expect(found.get('launcher bad')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`${place('file')} can't be written`) as string,
      mend: expect.stringContaining('launchers.bad.directory') as string,
    });
  });

  it('says that the commands of Slurm are not here', async () => {
    const deployment = parseDeployment(
      { ...sampleDeployment(), launchers: { slurm: { kind: 'slurm', directory: place('jobs') } } },
      'deployment',
    );
    const { PATH } = process.env;
    process.env['PATH'] = place('no-programs');
    try {
      const [finding] = await examineJobs({ deployment, environment: {} });
      expect(finding).toMatchObject({
        check: 'launcher slurm',
        ok: false,
        detail: expect.stringContaining('sinfo was not found on PATH') as string,
      });
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  describe('of Kubernetes', () => {
    let fake: FakeKubernetes;
    const before = process.env['KUBECONFIG'];
    beforeEach(async () => {
      fake = await startFakeKubernetes();
      fake.writeKubeconfig(place('kubeconfig'));
      process.env['KUBECONFIG'] = place('kubeconfig');
    });
    afterEach(async () => {
      if (before === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = before;
      await fake.close();
    });
    const launchers = () => ({
      cluster: {
        kind: 'kubernetes',
        directory: place('jobs'),
        image: 'i',
        volumes: [{ claim: 'c', mountPath: directory.path }],
      },
    });

    it('says that jobs may be made', async () => {
      expect((await examine({ launchers: launchers() })).get('launcher cluster')).toMatchObject({
        ok: true,
        detail: expect.stringContaining('jobs may be made in the namespace default') as string,
      });
      expect(fake.requests.every((request) => request.includes('selfsubjectaccessreviews'))).toBe(true);
    });

    it('names the rights that are missing', async () => {
      fake.interfere = () => ({ code: 201, body: { status: { allowed: false } } });
      expect((await examine({ launchers: launchers() })).get('launcher cluster')).toMatchObject({
        ok: false,
        detail: expect.stringContaining('may not create jobs, get jobs, delete jobs, list pods') as string,
        mend: expect.stringContaining('role') as string,
      });
    });

    it('says that credentials are not accepted', async () => {
      fake.interfere = () => statusAnswer(401, 'Unauthorized', 'Unauthorized');
      expect((await examine({ launchers: launchers() })).get('launcher cluster')).toMatchObject({
        ok: false,
        detail: expect.stringContaining('renew the credentials') as string,
      });
    });
  });

  const python = (program: string): string => {
    writeFileSync(place('python'), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
    return place('python');
  };

  it('asks the Python of a trainer for the versions of its packages', async () => {
    const trainers = { default: { launcher: 'local', command: ['env', 'A=1', '{python}', '{script}', '{config}'] } };
    expect((await examine({ trainers }, () => python('printf "torch 2\\ntrl 1\\n"'))).get('trainer default')).toEqual({
      check: 'trainer default',
      ok: true,
      detail: 'torch 2, trl 1',
    });
    const lacking = () => python('echo "PackageNotFoundError: trl" >&2; exit 1');
    expect((await examine({ trainers }, lacking)).get('trainer default')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('PackageNotFoundError: trl') as string,
    });
    const absent = (): string => {
      throw new Error('The program "trainingPython" is not set up. Run: npm run setup');
    };
    expect((await examine({ trainers }, absent)).get('trainer default')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('npm run setup') as string,
    });
  });

  it('looks for the programs of servers where they run', async () => {
    const server = (...command: string[]) => ({ launcher: 'local', command });
    const found = await examine({
      servers: {
        here: server('sh', '-c', 'x'),
        missing: server('no-such-program-of-ours'),
        gone: server('/opt/no-such/vllm'),
      },
    });
    expect(found.get('server here')).toMatchObject({ ok: true, detail: expect.stringMatching(/\/sh$/) as string });
    expect(found.get('server missing')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('not on the PATH') as string,
    });
    expect(found.get('server gone')).toMatchObject({ ok: false, detail: '/opt/no-such/vllm is no program' });
  });

  it('looks for the files of models', async () => {
    mkdirSync(place('student'));
    writeFileSync(place('student', 'config.json'), '{"model_type":"qwen2"}');
    const found = await examine({
      models: {
        student: { directory: place('student') },
        empty: { directory: place('nowhere') },
        template: { directory: place('student'), chatTemplate: place('template.jinja') },
        remote: { hub: 'Qwen/Qwen2.5-7B', revision: '0123abcd' },
      },
    });
    expect(found.get('model student')).toMatchObject({ ok: true, detail: `${place('student')}, a qwen2` });
    expect(found.get('model empty')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('config.json') as string,
    });
    expect(found.get('model template')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('template.jinja') as string,
    });
    expect(found.get('model remote')).toMatchObject({ ok: true });
  });
});
