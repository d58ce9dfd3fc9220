import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FakeModelOptions, FakeStats } from './model-server.js';

/** A fake model server in a process of its own, so that its CPU time is not the client's. */
export interface FakeModelProcess {
  readonly url: string;
  readonly pid: number;
  stats(capacity?: number): Promise<FakeStats>;
  set(options: Partial<FakeModelOptions>): Promise<void>;
  /** Ends the process: SIGTERM, or SIGKILL for a crash. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts the command line entry beside this file; only where both are compiled, as in dist/. Throws when it does not come up. */
export async function startFakeModelProcess(
  options: Omit<FakeModelOptions, 'answer'> & { answer?: 'static' },
): Promise<FakeModelProcess> {
  const entry = fileURLToPath(new URL('model-server-cli.js', import.meta.url));
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), ended.then(() => undefined)]);
  if (line === undefined)
    throw new Error(`the fake model server ended at once, with ${child.exitCode ?? child.signalCode}`);
  const { url, pid } = JSON.parse(String(line[0])) as { url: string; pid: number };
  const root = url.replace(/\/v1$/, '');
  return {
    url,
    pid,
    stats: async (capacity) =>
      (await (await fetch(`${root}/stats${capacity ? `?capacity=${capacity}` : ''}`)).json()) as FakeStats,
    set: async (changes) => void (await fetch(`${root}/control`, { method: 'POST', body: JSON.stringify(changes) })),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
    },
  };
}
