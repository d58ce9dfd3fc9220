/**
 * Runs one job of the `process` launcher and writes down how it ended. Started as `node run-job.mjs <job directory>`, as the leader of a process
 * group of its own, so that it outlives the worker that started it. Node built-ins only.
 *
 * Reads job.json {command, directory, timeLimitMs, memoryMiB, graceMs}. Writes runner.json {pid, startTime} (whoever creates it runs the job, all
 * others leave), output.log, and end.json {reason, exitCode, signal, detail} as its last deed. A file `cancel` says that a SIGTERM is a cancellation.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setInterval } from 'node:timers';

const MEMORY_CHECK_MS = 1000;
/** Longest wait for killed processes, which a kernel may hold up. */
const GROUP_END_MS = 5000;
const GROUP_POLL_MS = 5;
/** Longest time that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const directory = process.argv[2];
// From the first moment on: who sees runner.json may send it.
let terminated = false;
let onTerminated = () => undefined;
process.on('SIGTERM', () => {
  terminated = true;
  onTerminated();
});

const inJob = (name) => join(directory, name);

function statFields(pid) {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the command's name before these fields may hold spaces and brackets.
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function writeDurably(path, value) {
  const partial = `${path}.${process.pid}.partial`;
  const file = openSync(partial, 'w');
  writeSync(file, `${JSON.stringify(value)}\n`);
  fsyncSync(file);
  closeSync(file);
  return partial;
}

/** Exactly one process of all that try becomes the runner of this job, ever. */
function becomeRunner() {
  const partial = writeDurably(inJob('runner.json'), {
    pid: process.pid,
    startTime: statFields(process.pid)?.[19] ?? null,
  });
  try {
    linkSync(partial, inJob('runner.json'));
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(partial, { force: true });
  }
}

const oomKills = () => {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

/** Processes of the group that are not dead, the runner apart: their ids, and the fields of their stat files. Empty where there is no /proc. */
function groupMembers() {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), fields: statFields(name) }))
    .filter(({ fields }) => fields !== undefined && Number(fields[2]) === process.pid && !/[ZX]/.test(fields[0]));
}

/** Resident memory of the process group, the runner apart. */
const groupMiB = () => (groupMembers().reduce((pages, { fields }) => pages + Number(fields[21]), 0) * 4096) / 2 ** 20;

/** Kills what the job left behind in its group, and waits until it is gone. */
function endGroup() {
  const deadline = Date.now() + GROUP_END_MS;
  for (let left = groupMembers(); left.length > 0 && Date.now() < deadline; left = groupMembers()) {
    for (const { pid } of left) killQuietly(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GROUP_POLL_MS);
  }
}

function killQuietly(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function run({ command, directory: workingDirectory, timeLimitMs, memoryMiB, graceMs }) {
  const log = openSync(inJob('output.log'), 'a');
  const killsBefore = oomKills();
  /** Why we end the job, once we do. */
  let ending;
  const child = spawn(command[0], command.slice(1), { cwd: workingDirectory, stdio: ['ignore', log, log] });
  function end(reason, detail, signal) {
    if (ending !== undefined) return;
    ending = { reason, detail };
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), graceMs);
  }
  onTerminated = () => {
    if (existsSync(inJob('cancel'))) end('cancelled', null, 'SIGTERM');
    else end('preempted', 'the job was told to end (SIGTERM) by someone else', 'SIGTERM');
  };
  if (terminated) onTerminated();
  if (timeLimitMs !== undefined) {
    const overtime = () => end('time-limit', `the job ran longer than ${timeLimitMs / 1000} s`, 'SIGTERM');
    setTimeout(overtime, Math.min(timeLimitMs, MAX_TIMER_MS)).unref();
  }
  if (memoryMiB !== undefined && existsSync('/proc/self/stat'))
    setInterval(() => {
      const used = groupMiB();
      if (used > memoryMiB)
        end(
          'out-of-memory',
          `the job used ${Math.round(used)} MiB of the ${memoryMiB} MiB that it asked for`,
          'SIGKILL',
        );
    }, MEMORY_CHECK_MS).unref();

  function finish(exitCode, signal, fault) {
    const killed = signal === 'SIGKILL' || exitCode === 137;
    const outOfMemory = killed && oomKills() > killsBefore;
    const own = exitCode === 0 ? 'succeeded' : outOfMemory ? 'out-of-memory' : 'failed';
    const { reason, detail } = ending ?? {
      reason: own,
      detail: fault ?? (outOfMemory ? 'the kernel killed the job for its memory' : null),
    };
    // First: a job that has ended has no process left.
    endGroup();
    renameSync(writeDurably(inJob('end.json'), { reason, exitCode, signal, detail }), inJob('end.json'));
    // This process, and where there is no /proc what the job left behind in its group.
    process.kill(-process.pid, 'SIGKILL');
  }
  child.once('error', (error) =>
    finish(127, null, `${command[0]} could not be started: ${error.code ?? error.message}`),
  );
  child.once('exit', (exitCode, signal) => finish(exitCode, signal));
}

if (becomeRunner()) run(JSON.parse(readFileSync(inJob('job.json'), 'utf8')));
