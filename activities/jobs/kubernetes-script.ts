import type { JobEnd, JobSpec } from './job-launcher.js';
import { shellWord } from './shell-word.js';

/** Variable with the uid of the pod's Job. */
export const JOB_UID_VARIABLE = 'COTMILL_JOB_UID';
/** Text of `exit` when the kernel ended the program for its memory. */
const OUT_OF_MEMORY_MARK = 'out-of-memory';
/** Shells call a program that was ended by signal 9 so. */
const KILLED_CODE = 137;
/** Counters of the pod's own control group, version 2 and version 1. */
const MEMORY_COUNTERS = '/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control';

/**
 * The script that a pod runs. It keeps the output in `output.log` and the program's exit code in `exit`, for pods and their logs go with the
 * Job. Only the first Job that gets here runs the program; pods of that Job may come again after a suspension. A program that was told
 * to end leaves no code, and the pod fails whatever the program says to it: why it was told is known to Kubernetes alone.
 * @param jobDirectory where the script, the output and the notes lie
 */
export function kubernetesScript({ command, directory }: JobSpec, jobDirectory: string): string {
  const own = (name: string) => shellWord(`${jobDirectory}/${name}`);
  return [
    '#!/bin/sh',
    // Before anything else: the first process of a container does not end by a signal that it has no trap for.
    `trap 'terminated=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM`,
    `ln -s "$${JOB_UID_VARIABLE}" ${own('runner')} 2>/dev/null || [ "$(readlink ${own('runner')})" = "$${JOB_UID_VARIABLE}" ] || { echo 'another Job of this name has run' >&2; exit 125; }`,
    `printf 'The output is in %s\\n' ${own('output.log')}`,
    `exec >> ${own('output.log')} 2>&1`,
    `cd ${shellWord(directory)} || exit 125`,
    '[ -z "$terminated" ] || exit 143',
    `${command.map(shellWord).join(' ')} < /dev/null &`,
    'child=$!',
    '[ -z "$terminated" ] || kill -TERM "$child" 2>/dev/null',
    // A trapped signal ends the wait, not the program.
    'while :; do wait "$child"; code=$?; kill -0 "$child" 2>/dev/null || break; done',
    '[ -z "$terminated" ] || exit 143',
    'note=$code',
    `[ $code -ne ${KILLED_CODE} ] || ! grep -qs '^oom_kill [1-9]' ${MEMORY_COUNTERS} || note="$code ${OUT_OF_MEMORY_MARK}"`,
    `printf '%s\\n' "$note" > ${own('exit.partial')} && mv ${own('exit.partial')} ${own('exit')}`,
    'exit $code',
    '',
  ].join('\n');
}

/** The end of a program, from the note that the script made: "7" or "137 out-of-memory". */
export function endOfExitNote(note: string, memoryMiB?: number): JobEnd {
  const [code = '', mark] = note.trim().split(' ');
  const exitCode = Number(code);
  if (mark === OUT_OF_MEMORY_MARK)
    return { reason: 'out-of-memory', exitCode, signal: null, detail: outOfMemoryDetail(memoryMiB) };
  return { reason: exitCode === 0 ? 'succeeded' : 'failed', exitCode, signal: null, detail: null };
}

/** For people. */
export const outOfMemoryDetail = (memoryMiB: number | undefined): string =>
  `the kernel ended the job for its memory${memoryMiB === undefined ? '' : `: it asked for ${memoryMiB} MiB`}`;
