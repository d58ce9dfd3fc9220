import { spawn, spawnSync } from 'node:child_process';

/**
 * Servers must not outlive the process that started them, even when it is killed with SIGKILL and can do nothing
 * about it. On Linux the kernel does it (`prctl(PR_SET_PDEATHSIG)` by util-linux's setpriv, which then becomes the
 * server: same process id). Elsewhere a shell waits on a pipe that only we hold open; it ends when we do.
 */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

let setprivWorks: boolean | undefined;

/** Whether the kernel can be asked to end a child with its parent. Asked once a process. */
export function kernelEndsChildren(): boolean {
  setprivWorks ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  return setprivWorks;
}

/** The command, wrapped so that the kernel kills it when the process that starts it is gone. Unchanged where that can't be asked. */
export function tiedCommand(plain: Command): Command {
  if (!kernelEndsChildren()) return plain;
  return { command: 'setpriv', args: ['--pdeathsig', 'KILL', '--', plain.command, ...plain.args] };
}

// Ctrl-C at a terminal reaches every process of the group: the watcher must survive it to do its work.
const WATCHER = 'trap "" INT TERM HUP; cat >/dev/null; kill -KILL "$1" 2>/dev/null';

/** Starts a shell that kills `pid` when this process is gone. Returns how to call it off, once `pid` has ended by itself. */
export function watchFor(pid: number): () => void {
  const watcher = spawn('sh', ['-c', WATCHER, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  watcher.on('error', () => undefined); // a system without sh: the server then outlives a SIGKILL of ours
  watcher.stdin.on('error', () => undefined);
  return () => {
    // First the shell, then its pipe: the other way round it would kill whoever has the id by then.
    watcher.kill('SIGKILL');
    watcher.stdin.destroy();
  };
}
