import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** Variable that marks every process of a job, also those that left its process group. */
export const MARK_VARIABLE = 'COTMILL_JOB_DIRECTORY';

/** A process id, and when that process started where the system tells: ids are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot, from /proc; null where there is none. */
  readonly startTime: string | null;
}

/** The process of that id as it is now. */
export function identify(pid: number): ProcessIdentity {
  // proc(5): field 3 is the state, 22 the start time.
  return { pid, startTime: statFields(pid)?.[19] ?? null };
}

/** Whether a process of that id runs; one that has ended and waits for its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return statFields(pid)?.[0] !== 'Z';
}

/** Whether that very process still runs. */
export const isRunning = ({ pid, startTime }: ProcessIdentity): boolean =>
  isAlive(pid) && identify(pid).startTime === startTime;

/** Kills all processes of a job. Returns how many; none where there is no /proc. */
export async function killMarked(jobDirectory: string): Promise<number> {
  const mark = `${MARK_VARIABLE}=${jobDirectory}`;
  let killed = 0;
  for (const pid of await processIds()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(mark)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      killed += 1;
    } catch {
      // Ended meanwhile.
    }
  }
  return killed;
}

const processIds = async (): Promise<number[]> =>
  (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);

function statFields(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name before these fields may hold spaces and brackets.
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
