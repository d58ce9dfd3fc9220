import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import {
  MathVerifyEndedError,
  startMathVerifyProcess,
  type MathVerifyCommand,
  type MathVerifyProcess,
} from './math-verify-process.js';
import type { Verdict } from './verdict.js';

export { MathVerifyUnavailableError } from './math-verify-process.js';

/** From the end of the inner limit to the kill: time for a busy machine to deliver the answer. */
const KILL_GRACE_MS = 3_000;

/** The server script that the package brings along. */
export const mathVerifyScript = (): string => join(packageRoot(), 'infra', 'grading', 'math_verify_server.py');

export interface MathVerifyOptions extends Pick<MathVerifyCommand, 'python' | 'script'> {
  /** Python processes, at least 1; each compares one pair at a time and takes about 100 MB. Started when first needed. */
  readonly processes: number;
  /** @default 2000 */
  readonly timeoutMs?: number;
  /** @default timeoutMs + 3000 */
  readonly killAfterMs?: number;
}

/** Compares mathematical expressions by the Python package Math-Verify. */
export interface MathVerify {
  /** `gold` is the reference: the comparison is not symmetric. Throws MathVerifyUnavailableError when no process can be started. */
  compare(question: { readonly gold: string; readonly target: string }): Promise<MathVerdict>;
  /** Ends all processes. */
  close(): Promise<void>;
}

export interface MathVerdict {
  readonly verdict: Verdict;
  readonly note?: string;
}

/** A place for one process, which is started when needed and again after it ended. */
interface Slot {
  process: Promise<MathVerifyProcess> | undefined;
}

/**
 * A pool of persistent Python processes. A process that crashes or does not answer in time costs the one comparison it was busy with
 * (undecided, with a note) and is replaced at the next.
 */
export function createMathVerify(options: MathVerifyOptions): MathVerify {
  const timeoutMs = options.timeoutMs ?? 2_000;
  const command = { ...options, timeoutMs, killAfterMs: options.killAfterMs ?? timeoutMs + KILL_GRACE_MS };
  const slots: Slot[] = Array.from({ length: Math.max(1, options.processes) }, () => ({ process: undefined }));
  const free = [...slots];
  const waiting: ((slot: Slot) => void)[] = [];
  let isClosed = false;

  const acquire = (): Promise<Slot> => {
    const slot = free.pop();
    return slot ? Promise.resolve(slot) : new Promise((resolve) => waiting.push(resolve));
  };
  const release = (slot: Slot): void => {
    const next = waiting.shift();
    if (next) next(slot);
    else free.push(slot);
  };

  async function processOf(slot: Slot): Promise<MathVerifyProcess> {
    const current = await slot.process;
    if (current?.isAlive()) return current;
    if (isClosed) throw new Error('Math-Verify was closed while a comparison waited for it.');
    slot.process = startMathVerifyProcess(command);
    // A failed start is tried again by the next comparison.
    return slot.process.catch((error: unknown) => {
      slot.process = undefined;
      throw error;
    });
  }

  async function compare(question: { readonly gold: string; readonly target: string }): Promise<MathVerdict> {
    const slot = await acquire();
    try {
      const { verdict, note } = await (await processOf(slot)).ask(question);
      return note === undefined ? { verdict } : { verdict, note };
    } catch (error) {
      if (error instanceof MathVerifyEndedError)
        return { verdict: 'undecided', note: error.message.split('; it said')[0] ?? '' };
      throw error;
    } finally {
      release(slot);
    }
  }

  async function close(): Promise<void> {
    isClosed = true;
    const stopping = slots.map(async ({ process }) => (await process?.catch(() => undefined))?.stop());
    await Promise.all(stopping);
  }
  return { compare, close };
}
