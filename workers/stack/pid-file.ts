import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Who runs: a process id, and when that process started where the system tells (ids are used again). */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot, from /proc; absent where there is no /proc. */
  readonly startTime?: string;
}

/** Notes that `pid` runs now. */
export function writePidFile(path: string, pid: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(identify(pid)));
}

/** The process that the file names, if that very process still runs; a stale, broken or absent file gives undefined. */
export function runningOwner(path: string): number | undefined {
  const noted = readPidFile(path);
  if (!noted || !isAlive(noted.pid)) return undefined;
  const startTime = identify(noted.pid).startTime;
  return startTime === noted.startTime ? noted.pid : undefined;
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true });
}

/** Whether a process of that id runs; one that has ended and waits for its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return procFields(pid)?.[0] !== 'Z';
}

function identify(pid: number): ProcessIdentity {
  // proc(5): field 3 is the state, 22 the start time; the command's name before them may hold spaces and brackets.
  const startTime = procFields(pid)?.[19];
  return startTime === undefined ? { pid } : { pid, startTime };
}

function procFields(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function readPidFile(path: string): ProcessIdentity | undefined {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity> | null;
    return typeof content?.pid === 'number' ? (content as ProcessIdentity) : undefined;
  } catch {
    return undefined;
  }
}
