import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { toolPath } from '../../workers/stack/tools.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { setUpFolder, setUpModule } from './set-up-modules.js';

const { homeDirectory, toolPaths } = await setUpModule('home');
const { withLock } = await setUpModule('lock');
const { hashOfState, listFiles } = await setUpModule('source-state');
const run = promisify(execFile);
const SET_UP = join(setUpFolder(), 'setup.mjs');

/** A set-up with nothing to do takes about 0.15 s on an idle machine; this leaves room for a busy one. */
const QUICK_MS = 1500;

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory('set-up')));
afterEach(() => directory.remove());

/** Everything comes from variables: no network. */
const environment = () => ({
  ...process.env,
  COTMILL_HOME: directory.path,
  COTMILL_PYTHON: toolPath('python'),
  COTMILL_TEMPORAL: toolPath('temporal'),
  COTMILL_TEMPORAL_TEST_SERVER: toolPath('temporalTestServer'),
  COTMILL_WEED: toolPath('weed'),
  COTMILL_TRAINING_PYTHON: toolPath('trainingPython'),
});
const setUp = (profile: string, more: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, [SET_UP, '--for', profile], { env: { ...environment(), ...more } });

describe('the set-up', () => {
  it('takes tools from variables, writes tools.json, and does nothing the second time', async () => {
    const first = await setUp('test');
    expect(first.stdout).toBe('');
    expect(first.stderr).toContain('ready for test');
    const {
      COTMILL_PYTHON: python,
      COTMILL_TEMPORAL: temporal,
      COTMILL_TEMPORAL_TEST_SERVER: temporalTestServer,
      COTMILL_WEED: weed,
      COTMILL_TRAINING_PYTHON: trainingPython,
    } = environment();
    expect(toolPaths(directory.path)).toEqual({ python, temporal, temporalTestServer, weed, trainingPython });

    const startedAt = performance.now();
    const second = await setUp('test');
    expect(performance.now() - startedAt).toBeLessThan(QUICK_MS);
    expect(second).toMatchObject({ stdout: '', stderr: '' });
  });

  it('does more for a larger profile, keeps it after a smaller one, and notices that a tool is gone', async () => {
    expect((await setUp('quickstart')).stderr).toContain('ready for quickstart');
    expect(Object.keys(toolPaths(directory.path)).sort()).toEqual(['python', 'temporal']);
    expect((await setUp('test')).stderr).toContain('ready for test');
    expect((await setUp('quickstart')).stderr).toBe('');
    expect(Object.keys(toolPaths(directory.path))).toContain('weed');

    const toolsFile = join(directory.path, 'tools.json');
    writeFileSync(toolsFile, readFileSync(toolsFile, 'utf8').replace(/"temporal": "[^"]*"/, '"temporal": "/gone"'));
    expect((await setUp('quickstart')).stderr).toContain('ready for test');
    expect(existsSync(toolPaths(directory.path)['temporal'] as string)).toBe(true);
  });

  it.each([
    [
      'a program that is not there',
      { COTMILL_TEMPORAL: '/no/such/temporal' },
      'COTMILL_TEMPORAL=/no/such/temporal: expected the program "temporal"',
    ],
    [
      'a Python that is not there',
      { COTMILL_PYTHON: '/no/such/python' },
      'COTMILL_PYTHON=/no/such/python: expected a Python 3.10',
    ],
    [
      'a Python without the packages of training',
      { COTMILL_TRAINING_PYTHON: toolPath('python') },
      'expected a Python with torch, transformers, trl and datasets',
    ],
  ])('stops with one message for %s', async (_case, variables, message) => {
    const failure = (await setUp('test', variables).catch((error: unknown) => error)) as {
      code: number;
      stderr: string;
    };
    expect(failure.code).toBe(1);
    expect(failure.stderr).toContain('set-up stopped: ');
    expect(failure.stderr).toContain(message);
    expect(failure.stderr).not.toContain('    at ');
    expect(existsSync(join(directory.path, 'tools', 'set-up.lock'))).toBe(false);
  });

  it('refuses an unknown profile', async () => {
    await expect(setUp('everything')).rejects.toThrow('expected "--for quickstart|training|test|ci|evaluation"');
  });
});

describe('homeDirectory', () => {
  it('is COTMILL_HOME, else .cotmill of the checkout', () => {
    expect(homeDirectory({ COTMILL_HOME: directory.path })).toBe(directory.path);
    expect(homeDirectory({})).toBe(join(setUpFolder(), '..', '..', '.cotmill'));
  });
});

describe('withLock', () => {
  it('lets one in at a time', async () => {
    const path = join(directory.path, 'a', 'lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (inside += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([withLock(path, work), withLock(path, work), withLock(path, work)]);
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('takes over the lock of a process that is gone', async () => {
    const path = join(directory.path, 'lock');
    const child = run(process.execPath, ['-e', '']);
    await child;
    writeFileSync(path, String(child.child.pid));
    expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
  });
});

describe('hashOfState', () => {
  it('changes when a file is edited or added, and only then', () => {
    const root = directory.path;
    writeFileSync(join(root, 'a.ts'), 'one');
    const list = () => listFiles(root, ['.'], '.ts');
    const before = hashOfState(root, list());
    expect(hashOfState(root, list())).toBe(before);
    writeFileSync(join(root, 'a.ts'), 'three');
    const edited = hashOfState(root, list());
    expect(edited).not.toBe(before);
    writeFileSync(join(root, 'b.ts'), '');
    expect(hashOfState(root, list())).not.toBe(edited);
  });
});
