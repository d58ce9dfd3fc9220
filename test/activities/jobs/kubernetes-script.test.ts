import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JOB_UID_VARIABLE, kubernetesScript } from '../../../activities/jobs/kubernetes-script.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('script of a pod', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    directory = temporaryDirectory("pod's");
  });
  afterEach(() => directory.remove());

  const place = (name: string): string => join(directory.path, name);
  const read = (name: string): string => readFileSync(place(name), 'utf8');
  /** Its counters of memory are those of a file, since no pod is here. */
  function write(text: string, counters = 'oom_kill 0\n'): string[] {
    writeFileSync(place('memory'), counters);
    const job = { name: 'a', command: ['sh', '-c', text], directory: directory.path };
    const script = kubernetesScript(job, directory.path).replace(
      '/sys/fs/cgroup/memory.events',
      `'${place('memory').replace("'", `'\\''`)}'`,
    );
    writeFileSync(place('job.sh'), script);
    return [place('job.sh')];
  }
  const env = (uid: string) => ({ PATH: process.env['PATH'], [JOB_UID_VARIABLE]: uid });
  const run = (args: string[], uid = 'one') => spawnSync('/bin/sh', args, { env: env(uid), encoding: 'utf8' });

  it('notes the exit code, and says to whoever reads the log of the pod where the output is', () => {
    const { status, stdout } = run(write('echo out; echo err >&2; exit 7'));
    expect(status).toBe(7);
    expect(stdout).toBe(`The output is in ${place('output.log')}\n`);
    expect(read('output.log')).toBe('out\nerr\n');
    expect(read('exit')).toBe('7\n');
  });

  it.each([
    ['oom_kill 1\n', '137 out-of-memory\n'],
    ['low 0\noom 2\noom_kill 12\n', '137 out-of-memory\n'],
    ['oom 1\noom_kill 0\noom_group_kill 1\n', '137\n'],
  ])('tells a program that the kernel killed for its memory from one that was killed: %j', (counters, note) => {
    expect(run(write('kill -9 $$', counters)).status).toBe(137);
    expect(read('exit')).toBe(note);
  });

  it('runs again for the same Job, and not for another one', () => {
    const args = write('echo ran >> ran.txt');
    expect(run(args).status).toBe(0);
    expect(run(args).status).toBe(0);
    const other = run(args, 'two');
    expect(other.status).toBe(125);
    expect(other.stderr).toContain('another Job of this name has run');
    expect(read('ran.txt')).toBe('ran\nran\n');
  });

  it.each([
    ['ends well when it is told to', `trap 'echo saved > saved.txt; exit 0' TERM`],
    ['ends by the signal', ':'],
  ])('fails and notes nothing when it is told to end, though the program %s', async (_how, trap) => {
    const child = spawn('/bin/sh', write(`${trap}; echo up > up.txt; while true; do sleep 0.05; done`), {
      env: env('one'),
    });
    const exit = once(child, 'exit');
    await expect.poll(() => existsSync(place('up.txt')), { timeout: 10_000 }).toBe(true);
    child.kill('SIGTERM');
    expect((await exit)[0]).toBe(143);
    expect(existsSync(place('exit'))).toBe(false);
    expect(existsSync(place('saved.txt'))).toBe(trap !== ':');
  });
});
