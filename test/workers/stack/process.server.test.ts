import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../config/package-root.js';
import { isAlive } from '../../../activities/jobs/process-identity.js';
import { runningOwner, writePidFile } from '../../../workers/stack/pid-file.js';
import { startProcess, type ProcessOptions } from '../../../workers/stack/process.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const NODE = process.execPath;
let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory('process')));
afterEach(() => directory.remove());

const sleeper = (more: Partial<ProcessOptions> = {}): ProcessOptions => ({
  name: 'a sleeper',
  command: 'sleep',
  args: ['300'],
  logFile: join(directory.path, 'logs', 'sleeper.log'),
  readyWhen: () => Promise.resolve(true),
  ...more,
});

function pathWithoutSetpriv(): string {
  const bin = join(directory.path, 'bin');
  mkdirSync(bin);
  for (const program of ['sh', 'cat', 'sleep']) symlinkSync(join('/bin', program), join(bin, program));
  return bin;
}

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await delay(50);
  return !isAlive(pid);
}

describe('startProcess', () => {
  it('stops by SIGTERM, and a second stop is harmless', async () => {
    const running = await startProcess(sleeper());
    expect(isAlive(running.pid)).toBe(true);
    await running.stop();
    await running.stop();
    expect(await running.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(isAlive(running.pid)).toBe(false);
  });

  it('kills what ignores SIGTERM after the grace time', async () => {
    const stubborn = `process.on('SIGTERM', () => 0); setInterval(() => 0, 1000); console.log('deaf')`;
    const logFile = join(directory.path, 'stubborn.log');
    const readyWhen = () => Promise.resolve(readFileSync(logFile, 'utf8').includes('deaf'));
    const running = await startProcess(
      sleeper({ command: NODE, args: ['-e', stubborn], logFile, readyWhen, graceMs: 200 }),
    );
    await running.stop();
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it.each([
    [
      'ends early',
      { command: NODE, args: ['-e', 'console.error("no disk"); process.exit(3)'] },
      /exit code 3\)[\s\S]*no disk/,
    ],
    ['does not exist', { command: '/no/such/program', args: [] }, /exit code 127\)/],
    ['is never ready', { readyTimeoutMs: 200 }, /was not ready within 200 ms/],
  ])('reports a program that %s, and leaves none behind', async (_case, more, message) => {
    const pidFile = join(directory.path, 'pid');
    await expect(startProcess(sleeper({ readyWhen: () => Promise.resolve(false), pidFile, ...more }))).rejects.toThrow(
      message,
    );
    expect(runningOwner(pidFile)).toBeUndefined();
  });

  it('refuses a second owner of a pid file, and replaces a stale one', async () => {
    const pidFile = join(directory.path, 'pid');
    const first = await startProcess(sleeper({ pidFile }));
    await expect(startProcess(sleeper({ pidFile }))).rejects.toThrow(`kill ${first.pid}`);
    await first.stop();

    writePidFile(pidFile, first.pid); // what a crash leaves
    const second = await startProcess(sleeper({ pidFile }));
    expect(runningOwner(pidFile)).toBe(second.pid);
    await second.stop();
  });

  it('takes a process id that now belongs to another process for stale', () => {
    const pidFile = join(directory.path, 'pid');
    writeFileSync(pidFile, JSON.stringify({ pid: process.pid, startTime: '1' }));
    expect(runningOwner(pidFile)).toBeUndefined();
    writePidFile(pidFile, process.pid);
    expect(runningOwner(pidFile)).toBe(process.pid);
  });

  it.each([
    ['by the kernel', () => process.env['PATH']],
    ['by a watcher, where setpriv is missing', pathWithoutSetpriv],
  ])('leaves no orphan when the parent is killed: %s', async (_case, searchPath) => {
    const viteNode = join(packageRoot(), 'node_modules', 'vite-node', 'vite-node.mjs');
    const script = join(packageRoot(), 'test', 'workers', 'stack', 'fixture-parent.ts');
    const parent = spawn(NODE, [viteNode, script, directory.path], {
      env: { ...process.env, PATH: searchPath() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      parent.once('exit', () => reject(new Error('the parent ended early')));
      parent.stdout.on('data', (chunk: Buffer) => {
        const found = /pid=(\d+)/.exec(chunk.toString());
        if (found) resolve(Number(found[1]));
      });
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    expect(await gone(pid)).toBe(true);
  });
});
