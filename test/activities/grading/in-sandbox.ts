import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { createSandbox, type SandboxProgram } from '../../../activities/grading/sandbox.js';
import type { SandboxOutcome } from '../../../activities/grading/sandbox-outcome.js';

/** The sandbox of this machine. */
export const sandbox = createSandbox({ concurrency: 2 });

/** A machine without a sandbox fails the tests that need one: they are never skipped. */
export const expectSandbox = async (): Promise<void> =>
  expect(await sandbox.availability()).toEqual({ available: true });

const SHORT = { cpuSeconds: 2, wallMs: 10_000 };
export const run = (source: string, more: Partial<SandboxProgram> = {}): Promise<SandboxOutcome> =>
  sandbox.run({ source, stdin: '', ...more, limits: { ...SHORT, ...more.limits } });

export async function printed(source: string, more: Partial<SandboxProgram> = {}): Promise<string> {
  const outcome = await run(source, more);
  expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0 });
  return outcome.kind === 'exited' ? outcome.stdout.trim() : '';
}

/** Prints what each of the statements ended in: `done`, or the name of its error. */
export const trying = (statements: readonly string[]): string =>
  [
    'import os, socket, ctypes, signal, threading, time, sys, json',
    'answers = []',
    ...statements.flatMap((statement) => [
      'try:',
      `  ${statement}`,
      '  answers.append("done")',
      'except BaseException as error: answers.append(type(error).__name__)',
    ]),
    'print(json.dumps(answers))',
  ].join('\n');

export const attempts = async (statements: readonly string[]): Promise<unknown> =>
  JSON.parse(await printed(trying(statements)));

/** Command lines of this machine that hold the mark. */
export async function processesWith(mark: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(mark));
}
