import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';

/** Time for Python to start and load SymPy on a busy machine; measured 1-3 s on a quiet one. */
const START_MS = 120_000;
/** What is kept of standard error for messages. */
const MAX_STDERR_CHARS = 2_000;

/** Math-Verify can't be started: Python or the package is missing. Waiting does not help; the set-up does. */
export class MathVerifyUnavailableError extends Error {
  override name = 'MathVerifyUnavailableError';
}

/** The process ended while it was asked something. Only this question is lost. */
export class MathVerifyEndedError extends Error {
  override name = 'MathVerifyEndedError';
}

export interface MathVerifyCommand {
  /** Python interpreter of an environment that has Math-Verify. */
  readonly python: string;
  /** Path of infra/grading/math_verify_server.py. */
  readonly script: string;
  /** Time limit of one comparison, kept inside the process. */
  readonly timeoutMs: number;
  /** The process is killed when it has not answered after this time. */
  readonly killAfterMs: number;
}

const Ready = z.object({ ready: z.literal(true) });
const Reply = z.object({
  id: z.number(),
  verdict: z.enum(['equal', 'different', 'undecided']),
  note: z.string().optional(),
});

export type MathVerifyReply = z.infer<typeof Reply>;

/** One Python process that answers one question at a time. */
export interface MathVerifyProcess {
  readonly pid: number | undefined;
  /** False once the process ended or was killed. */
  isAlive(): boolean;
  /** Throws {@link MathVerifyEndedError} when the process ends or is killed before it answers. */
  ask(question: { readonly gold: string; readonly target: string }): Promise<MathVerifyReply>;
  /** Ends the process and waits for its end. */
  stop(): Promise<void>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function start({ python, script, timeoutMs, killAfterMs }: MathVerifyCommand): Child {
  const limits = {
    COTMILL_MATH_VERIFY_TIMEOUT_MS: String(timeoutMs),
    COTMILL_MATH_VERIFY_WATCHDOG_MS: String(killAfterMs + 1_000),
  };
  // Only what Python needs: the worker's keys stay in the worker.
  const { PATH, HOME, LANG, TMPDIR, SystemRoot } = process.env;
  const env = Object.fromEntries(
    Object.entries({
      PATH,
      HOME,
      LANG,
      TMPDIR,
      SystemRoot,
      ...limits,
      PYTHONUTF8: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    }).filter(([, value]) => value !== undefined),
  );
  return spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'], env });
}

/** Lines of the process, one at a time, with its end as a rejection that names the reason. */
function lineReader(child: Child) {
  let stderr = '';
  let waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-MAX_STDERR_CHARS)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting?.resolve(line);
    waiting = undefined;
  });
  const end = (reason: string): void => {
    ended ??= new MathVerifyEndedError(
      `Math-Verify ended: ${reason}${stderr === '' ? '' : `; it said: ${stderr.trim()}`}`,
    );
    waiting?.reject(ended);
    waiting = undefined;
  };
  child.on('error', (error) => end(error.message));
  child.on('close', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
  // A write to a process that has just ended fails here; its end is reported by 'close'.
  child.stdin.on('error', () => undefined);

  const next = (limitMs: number): Promise<string> =>
    new Promise<string>((resolve, reject) => {
      if (ended) return reject(ended);
      const timer = setTimeout(() => {
        end(`no answer within ${limitMs} ms`);
        child.kill('SIGKILL');
      }, limitMs);
      waiting = {
        resolve: (line) => (clearTimeout(timer), resolve(line)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
    });
  return { next, hasEnded: () => ended !== undefined };
}

/** Starts a process and waits until it has loaded its libraries. Throws {@link MathVerifyUnavailableError}. */
export async function startMathVerifyProcess(command: MathVerifyCommand): Promise<MathVerifyProcess> {
  const child = start(command);
  const reader = lineReader(child);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let lastId = 0;
  try {
    Ready.parse(JSON.parse(await reader.next(START_MS)));
  } catch (cause) {
    child.kill('SIGKILL');
    const reason = cause instanceof MathVerifyEndedError ? cause.message : 'it did not report that it is ready';
    throw new MathVerifyUnavailableError(
      `Math-Verify can't be started with ${command.python}: ${reason}. Run the set-up, or set COTMILL_PYTHON to an interpreter that has math-verify.`,
      { cause },
    );
  }

  async function ask(question: { readonly gold: string; readonly target: string }): Promise<MathVerifyReply> {
    const id = ++lastId;
    child.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
    const reply = Reply.safeParse(JSON.parse(await reader.next(command.killAfterMs)));
    if (reply.success && reply.data.id === id) return reply.data;
    child.kill('SIGKILL');
    throw new MathVerifyEndedError('Math-Verify ended: its answer was not to the question');
  }

  async function stop(): Promise<void> {
    child.stdin.end();
    if (!reader.hasEnded()) child.kill('SIGTERM');
    await closed;
  }
  return { pid: child.pid, isAlive: () => !reader.hasEnded(), ask, stop };
}
