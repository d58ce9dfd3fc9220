import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removePidFile, runningOwner, writePidFile } from './pid-file.js';
import { StackError } from './stack-error.js';
import { kernelEndsChildren, tiedCommand, watchFor } from './tie-to-parent.js';

const POLL_INTERVAL_MS = 50;
const DEFAULT_READY_TIMEOUT_MS = 60_000;
const DEFAULT_GRACE_MS = 10_000;
const LOG_TAIL_CHARACTERS = 2000;

/** A server to start. */
export interface ProcessOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** stdout and stderr are appended to it; its folder is made. */
  readonly logFile: string;
  /** Asked until it says yes: does the server do its work? */
  readonly readyWhen: () => Promise<boolean>;
  readonly readyTimeoutMs?: number;
  /** Time between SIGTERM and SIGKILL in {@link RunningProcess.stop}. */
  readonly graceMs?: number;
  /** Names the running process, so that a second start over the same data is refused. A file left by a crash is noticed and replaced. */
  readonly pidFile?: string;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that runs, tied to this process: it is killed when this process ends in whatever way. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, asked for or not. */
  readonly exited: Promise<ProcessExit>;
  /** SIGTERM, after the grace time SIGKILL. Resolves when it has ended; may be called again. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash looks like. Resolves when it has ended. */
  kill(): Promise<void>;
}

/**
 * Starts a server in a process group of its own (so Ctrl-C reaches only us, and we stop servers in our order) and waits until it is ready.
 * @throws {StackError} when it ends early, is not ready in time, or another process runs over the same data; with the end of its log
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  refuseSecondOwner(options);
  const logStart = existsSync(options.logFile) ? statSync(options.logFile).size : 0;
  const child = launch(options);
  const exited = exitOf(child);
  const running = control(options, child, exited);
  const fault = await waitUntilReady(options, exited);
  if (fault === undefined) return running;
  await running.kill();
  throw new StackError(
    `${options.name} ${fault}. End of its log (${options.logFile}):\n${logTail(options.logFile, logStart)}`,
  );
}

function refuseSecondOwner({ name, pidFile }: ProcessOptions): void {
  const owner = pidFile === undefined ? undefined : runningOwner(pidFile);
  if (owner !== undefined)
    throw new StackError(
      `${name} already runs as process ${owner} (${pidFile}). Use it, or end it with: kill ${owner}`,
    );
}

function launch(options: ProcessOptions): ChildProcess {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  try {
    const { command, args } = tiedCommand(options);
    return spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** Resolves also when the program could not be started at all (code 127, as shells say it). */
function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function control(options: ProcessOptions, child: ChildProcess, exited: Promise<ProcessExit>): RunningProcess {
  const pid = child.pid ?? 0;
  const endWatch = pid === 0 || kernelEndsChildren() ? undefined : watchFor(pid);
  if (options.pidFile !== undefined && pid !== 0) writePidFile(options.pidFile, pid);
  void exited.then(() => {
    endWatch?.();
    if (options.pidFile !== undefined) removePidFile(options.pidFile);
  });
  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    const graceOver = new AbortController();
    const forced = delay(options.graceMs ?? DEFAULT_GRACE_MS, undefined, { signal: graceOver.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    await exited;
    graceOver.abort();
    await forced;
  }
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }
  return { name: options.name, pid, logFile: options.logFile, exited, stop, kill };
}

/** Why it is not ready, or undefined when it is. */
async function waitUntilReady(options: ProcessOptions, exited: Promise<ProcessExit>): Promise<string | undefined> {
  const timeoutMs = options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS;
  const deadline = Date.now() + timeoutMs;
  const early = exited.then(({ code, signal }) => `ended before it was ready (${signal ?? `exit code ${code}`})`);
  while (Date.now() < deadline) {
    const outcome = await Promise.race([
      early,
      options.readyWhen(),
      delay(deadline - Date.now(), false, { ref: false }),
    ]);
    if (typeof outcome === 'string') return outcome;
    if (outcome) return undefined;
    const ended = await Promise.race([early, delay(POLL_INTERVAL_MS)]);
    if (ended !== undefined) return ended;
  }
  return `was not ready within ${timeoutMs} ms`;
}

function logTail(path: string, start: number): string {
  const text = readFileSync(path).subarray(start).toString('utf8').trim();
  return text.slice(-LOG_TAIL_CHARACTERS) || '(empty)';
}
