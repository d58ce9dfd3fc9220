import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from '../../activities/jobs/process-identity.js';

/** Notes that `pid` runs now. */
export function writePidFile(path: string, pid: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(identify(pid)));
}

/** The process that the file names, if that very process still runs; a stale, broken or absent file gives undefined. */
export function runningOwner(path: string): number | undefined {
  const noted = readPidFile(path);
  return noted && isRunning(noted) ? noted.pid : undefined;
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true });
}

function readPidFile(path: string): ProcessIdentity | undefined {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity> | null;
    return typeof content?.pid === 'number' ? { pid: content.pid, startTime: content.startTime ?? null } : undefined;
  } catch {
    return undefined;
  }
}
