import { readFileSync } from 'node:fs';

/** Linux reports CPU times in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** CPU time that a process has used so far, its ended children included, in seconds. Linux only. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the program's name, may hold spaces and brackets: fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return ((user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0)) / TICKS_PER_SECOND;
}

/** Largest resident memory that a process ever had, in MB of a million bytes. Linux only. */
export function peakMegabytesOf(pid: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no VmHWM: has the process ended?`);
  return (Number(kibibytes) * 1_024) / 1e6;
}

/** Counts the CPU seconds of processes, by name, from now on. */
export function watchCpu<Name extends string>(pids: Readonly<Record<Name, number>>): () => Record<Name, number> {
  const names = Object.keys(pids) as Name[];
  const read = (): Record<Name, number> =>
    Object.fromEntries(names.map((name) => [name, cpuSecondsOf(pids[name])])) as Record<Name, number>;
  const before = read();
  return () => {
    const now = read();
    return Object.fromEntries(names.map((name) => [name, now[name] - before[name]])) as Record<Name, number>;
  };
}
