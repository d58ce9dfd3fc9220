import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxCommand } from '../../../activities/grading/sandbox-command.js';
import { seccompFilter } from '../../../activities/grading/sandbox-filter.js';
import { findSandboxPlace } from '../../../activities/grading/sandbox-place.js';
import { DEFAULT_LIMITS } from '../../../activities/grading/sandbox.js';
import { attempts, expectSandbox, printed, processesWith, run, trying } from './in-sandbox.js';

const SECRET = 'a-key-that-nobody-may-see';

beforeAll(async () => {
  process.env['COTMILL_TEST_SECRET'] = SECRET;
  await expectSandbox();
});
afterAll(() => void delete process.env['COTMILL_TEST_SECRET']);

describe('attacks', () => {
  it('a fork bomb has no first fork', async () =>
    expect(
      await attempts([
        'os.fork()',
        '__import__("subprocess").run(["/usr/bin/true"])',
        '__import__("multiprocessing").Process(target=print).start()',
        'os.posix_spawn("/usr/bin/true", ["true"], {})',
      ]),
    ).toEqual(['PermissionError', 'PermissionError', 'PermissionError', 'PermissionError']));

  it('nothing outlives its program, nor the end that we set it', async () => {
    const mark = `cotmill-mark-${process.pid}`;
    // Its name is in its command line; a detached child would keep it.
    const source = `import time, os, threading\ntry: os.setsid()\nexcept OSError: pass\nthreading.Thread(target=time.sleep, args=(1000,)).start()\nos.execv("/usr/bin/python3", ["${mark}", "-c", "import time; time.sleep(1000)"])`;
    expect(await run(source, { limits: { wallMs: 2_000 } })).toMatchObject({ kind: 'time-limit' });
    expect(await processesWith(mark)).toEqual([]);
  });

  it('an abort ends the program and is thrown', async () => {
    const mark = `cotmill-abort-${process.pid}`;
    const aborted = new AbortController();
    const source = `import os\nos.execv("/usr/bin/python3", ["${mark}", "-c", "import time; time.sleep(1000)"])`;
    const running = run(source, { signal: aborted.signal });
    const refused = expect(running).rejects.toThrow('enough');
    await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toHaveLength(1);
    aborted.abort(new Error('enough'));
    await refused;
    expect(await processesWith(mark)).toEqual([]);
  });

  it('nothing outlives a worker that is killed', async () => {
    const mark = `cotmill-orphan-${process.pid}`;
    const place = await findSandboxPlace();
    if ('missing' in place) throw new Error(place.missing);
    const source = `import os\nos.execv("/usr/bin/python3", ["${mark}", "-c", "import time; time.sleep(1000)"])`;
    const job = {
      ...sandboxCommand(place, DEFAULT_LIMITS, ['main.py']),
      filter: seccompFilter(process.arch)?.toString('base64'),
      source,
    };
    const worker = spawn(process.execPath, ['-e', WORKER], { stdio: ['pipe', 'ignore', 'inherit'] });
    worker.stdin.write(`${JSON.stringify(job)}\n`);
    await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toHaveLength(1);
    worker.kill('SIGKILL');
    await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toEqual([]);
  });

  it('the environment of the worker is in no process that it sees', async () => {
    const source = [
      'import os, glob',
      'text = repr(dict(os.environ))',
      'for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):',
      '  try: text += open(path, "rb").read().decode("latin1")',
      '  except OSError: pass',
      'print(sorted(n for n in os.listdir("/proc") if n.isdigit()), text)',
    ].join('\n');
    const text = await printed(source);
    expect(text).toContain("['1', '2']");
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('VITEST');
  });

  it('no descriptor of the worker is open', async () =>
    expect(await printed('import os; print(sorted(map(int, os.listdir("/proc/self/fd"))))')).toBe('[0, 1, 2, 3]'));

  it('files of this machine are not there, and those that are can not be written', async () => {
    const here = process.cwd();
    const absent = ['/etc/passwd', '/root', '/home', '/var', '/sys', '/proc/1/root/etc', here].map(
      (path) => `os.stat(${JSON.stringify(path)})`,
    );
    expect(await attempts(absent)).not.toContain('done');
    const writes = ['/x', '/job/x', '/job/main.py', '/usr/x', '/usr/bin/python3', '/lib/x', '/dev/x', '/proc/x'].map(
      (path) => `open(${JSON.stringify(path)}, "w")`,
    );
    expect(await attempts(writes)).not.toContain('done');
    const settings = ['/proc/sys/kernel/core_pattern', '/proc/sys/vm/overcommit_memory', '/proc/sysrq-trigger'].map(
      (path) => `open(${JSON.stringify(path)}, "w")`,
    );
    expect(await attempts(settings)).not.toContain('done');
    expect(
      await attempts(['os.remove("/job/main.py")', 'os.rename("/usr", "/usr2")', 'os.chmod("/usr/bin", 0o777)']),
    ).not.toContain('done');
  });

  it('links lead to what the sandbox holds and no further', async () => {
    const links = [
      '/etc/passwd',
      `${homedir()}/.bashrc`,
      '/proc/1/root',
      '/proc/1/cwd/x',
      `${process.cwd()}/package.json`,
      '../../etc/passwd',
    ];
    const reads = links.map((to, i) => `os.symlink(${JSON.stringify(to)}, "/tmp/l${i}"); open("/tmp/l${i}").read()`);
    expect(await attempts(reads)).not.toContain('done');
    expect(
      await attempts(['os.symlink("/usr/x", "/tmp/l"); open("/tmp/l", "w")', 'os.link("/usr/bin/python3", "/tmp/h")']),
    ).not.toContain('done');
  });

  it('there is no network, not even to this machine', async () => {
    const connections: number[] = [];
    const server: Server = createServer((socket) => (connections.push(1), socket.end()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const answers = await attempts([
      `socket.create_connection(("127.0.0.1", ${port}), 1)`,
      'socket.create_connection(("1.1.1.1", 53), 1)',
      'socket.socket(socket.AF_UNIX)',
      'socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)',
      '__import__("urllib.request").request.urlopen("http://localhost")',
    ]);
    await new Promise((resolve) => server.close(resolve));
    expect(answers).not.toContain('done');
    expect(connections).toEqual([]);
  });

  it('signals reach neither the wrapper nor the worker', async () => {
    const statements = [
      'os.kill(1, 9)',
      `os.kill(${process.pid}, 9)`,
      'os.kill(-1, 9)',
      `os.killpg(${process.pid}, 9)`,
    ];
    const outcome = await run(trying(statements));
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(await printed('print("the next one runs")')).toBe('the next one runs');
  });

  it('the kernel keeps its doors shut: mounts, namespaces, devices, other processes, memory of nobody', async () => {
    const call = (name: string, ...args: (string | number)[]) =>
      `c = ctypes.CDLL(None, use_errno=True); assert c.${name}(${args.join(', ')}) != -1`;
    const answers = await attempts([
      call('mount', 'b"none"', 'b"/tmp"', 'b"tmpfs"', 0, 'None'),
      call('umount2', 'b"/proc"', 2),
      call('unshare', 0x10000000),
      call('unshare', 0x40000000),
      call('ptrace', 16, 1, 0, 0),
      call('shmget', 0, 4096, 0o1600),
      call('memfd_create', 'b"x"', 0),
      call('chroot', 'b"/tmp"'),
      call('setuid', 0),
      call('personality', 0x0040000),
      'os.mknod("/tmp/disk", 0o660 | 0o060000, os.makedev(8, 0))',
      'os.setuid(0)',
      'open("/dev/mem", "rb")',
    ]);
    expect(answers).not.toContain('done');
  });
});

/** Starts what a line of its input describes, as a worker does, and stays. */
const WORKER = `
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { command, args, filter, source } = JSON.parse(line);
  const child = require('child_process').spawn(command, args, { stdio: Array(6).fill('pipe'), env: {}, detached: true });
  child.stdio[4].end(Buffer.from(filter, 'base64'));
  child.stdio[5].end(source);
});`;
