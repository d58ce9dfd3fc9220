import { constants } from 'node:os';
import type { SandboxLimits } from './sandbox-command.js';
import { MAIN_FILE, sandboxCommand, type SandboxPlace } from './sandbox-command.js';
import type { SandboxOutcome } from './sandbox-outcome.js';
import { runWrapped, type SandboxEnding } from './sandbox-process.js';
import { findSandboxPlace } from './sandbox-place.js';
import { PROBE_LIMITS, faultOfProbe, probeProgram } from './sandbox-probe.js';
import { seccompFilter } from './sandbox-filter.js';

export type { SandboxLimits } from './sandbox-command.js';

/** A Python program and what it is given. It sees nothing else of this machine but /usr. */
export interface SandboxProgram {
  readonly source: string;
  /** Further files, read-only in its folder: plain file names and their text. */
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** What is not named has the value of {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<SandboxLimits>;
  readonly signal?: AbortSignal;
}

export type SandboxAvailability =
  | { readonly available: true }
  | { readonly available: false; /** For people: what is missing. */ readonly reason: string };

/** Runs programs that nobody trusts. */
export interface Sandbox {
  /** Probed once, by a program that tries to get out. */
  availability(): Promise<SandboxAvailability>;
  /** Never throws for what the program does. Throws the signal's reason when aborted. */
  run(program: SandboxProgram): Promise<SandboxOutcome>;
}

/** Six seconds a test as LiveCodeBench's own harness has it [source]; the rest is [ours]. */
export const DEFAULT_LIMITS: SandboxLimits = {
  cpuSeconds: 6,
  wallMs: 20_000,
  memoryBytes: 1024 * 1024 * 1024,
  outputBytes: 1024 * 1024,
  threads: 16,
  scratchBytes: 64 * 1024 * 1024,
};

export interface SandboxOptions {
  /** Programs at the same time; others wait. Each may take a core and the memory of its limits. */
  readonly concurrency: number;
  /** @default found on this machine */
  readonly findPlace?: () => Promise<SandboxPlace | { readonly missing: string }>;
}

/** A place whose wall keeps programs in, or the reason why there is none. */
type Ready = { readonly place: SandboxPlace; readonly filter: Buffer } | { readonly reason: string };

/**
 * Bubblewrap: own namespaces without network, a read-only file system, a system-call filter, no environment, limits of the kernel. The wrapper is the
 * one that held in our trials as root and as user, with a filter added. Where it can't be had nothing is run.
 */
export function createSandbox({ concurrency, findPlace = findSandboxPlace }: SandboxOptions): Sandbox {
  const turns = createTurns(concurrency);
  let probing: Promise<Ready> | undefined;
  const ready = (): Promise<Ready> => (probing ??= probe(findPlace));

  async function run(program: SandboxProgram): Promise<SandboxOutcome> {
    const state = await ready();
    if ('reason' in state) return { kind: 'unavailable', reason: state.reason };
    return turns(() => runIn(state, program));
  }
  async function availability(): Promise<SandboxAvailability> {
    const state = await ready();
    return 'reason' in state ? { available: false, reason: state.reason } : { available: true };
  }
  return { availability, run };
}

async function probe(findPlace: NonNullable<SandboxOptions['findPlace']>): Promise<Ready> {
  const place = await findPlace();
  if ('missing' in place) return { reason: place.missing };
  const filter = seccompFilter(process.arch);
  if (!filter) return { reason: `there is no system-call filter for the processor ${process.arch}` };
  const outcome = await runIn({ place, filter }, { source: probeProgram(), stdin: '', limits: PROBE_LIMITS });
  const fault = faultOfProbe(outcome);
  return fault === undefined ? { place, filter } : { reason: fault };
}

async function runIn(
  { place, filter }: { readonly place: SandboxPlace; readonly filter: Buffer },
  program: SandboxProgram,
): Promise<SandboxOutcome> {
  program.signal?.throwIfAborted();
  const limits = { ...DEFAULT_LIMITS, ...program.limits };
  const files = Object.entries({ ...program.files, [MAIN_FILE]: program.source });
  const strange = files.find(([name]) => !/^[a-z][a-z0-9_]*\.[a-z]+$/.test(name))?.[0];
  if (strange !== undefined) throw new TypeError(`expected a plain file name such as "tests.json", got "${strange}"`);
  const ending = await runWrapped({
    ...sandboxCommand(
      place,
      limits,
      files.map(([name]) => name),
    ),
    data: [filter, ...files.map(([, text]) => text)],
    stdin: program.stdin,
    wallMs: limits.wallMs,
    outputBytes: limits.outputBytes,
    signal: program.signal,
  });
  program.signal?.throwIfAborted();
  return outcomeOf(ending);
}

/** bwrap ends with 128 + N when signal N ended the program, so both look alike, whoever says it. */
const SIGNAL_BASE = 128;

/** Reads an ending. Exported for its tests. */
export function outcomeOf(ending: SandboxEnding): SandboxOutcome {
  const { stdout, stderr, exitCode, exitSignal, stoppedBy } = ending;
  const printed = { stdout, stderr };
  if (!ending.started) return { kind: 'unavailable', reason: `the sandbox did not start: ${startFault(ending)}` };
  if (stoppedBy === 'output') return { kind: 'output-limit', ...printed };
  if (stoppedBy !== undefined) return { kind: 'time-limit', clock: 'wall', ...printed };
  const signal = exitSignal ? constants.signals[exitSignal] : (exitCode ?? 0) - SIGNAL_BASE;
  if (signal === constants.signals.SIGXCPU) return { kind: 'time-limit', clock: 'cpu', ...printed };
  if (signal > 0) return { kind: 'signalled', signal, ...printed };
  if (exitCode !== 0 && ranOutOfMemory(stderr)) return { kind: 'memory-limit', ...printed };
  return { kind: 'exited', exitCode: exitCode ?? 0, ...printed };
}

/** Python ends so when it gets no more memory; deeper down it is an error of the C library, and then a plain exit code or signal. */
const ranOutOfMemory = (stderr: string): boolean => /(?:^|\n)MemoryError\b[^\n]*\s*$/.test(stderr);

function startFault({ stderr, stoppedBy, exitCode, exitSignal }: SandboxEnding): string {
  if (stoppedBy === 'wall') return 'it took too long';
  return stderr.trim().split('\n').at(-1) || `exit ${exitSignal ?? exitCode}`;
}

/** At most so many tasks at the same time, in the order in which they came. */
function createTurns(limit: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let free = Math.max(1, limit);
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
