import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createMathVerify,
  MathVerifyUnavailableError,
  type MathVerify,
} from '../../../activities/grading/math-verify.js';

const script = fileURLToPath(new URL('../../fixtures/grading/fake-math-verify.mjs', import.meta.url));

describe('createMathVerify, over a fake process', () => {
  let open: MathVerify | undefined;
  const start = (processes: number, killAfterMs = 10_000): MathVerify =>
    (open = createMathVerify({ python: process.execPath, script, processes, timeoutMs: 100, killAfterMs }));
  afterEach(() => open?.close());

  const pidOf = async (mathVerify: MathVerify): Promise<number> =>
    Number((await mathVerify.compare({ gold: 'pid', target: '' })).note);
  const isRunning = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('gives each of many questions its own answer', async () => {
    const mathVerify = start(2);
    const targets = Array.from({ length: 50 }, (_, index) => String(index));
    const verdicts = await Promise.all(targets.map((target) => mathVerify.compare({ gold: '7', target })));
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(
      targets.map((target) => (target === '7' ? 'equal' : 'different')),
    );
  });

  it('keeps its processes', async () => {
    const mathVerify = start(1);
    expect(await pidOf(mathVerify)).toBe(await pidOf(mathVerify));
  });

  it.each([
    ['crash', 'exit code 9'],
    ['hang', 'no answer within 300 ms'],
    ['wrong id', 'not to the question'],
  ])('loses only the question at a %s and starts a new process', async (gold, reason) => {
    const mathVerify = start(1, 300);
    const before = await pidOf(mathVerify);
    const lost = await mathVerify.compare({ gold, target: '' });
    expect(lost.verdict).toBe('undecided');
    expect(lost.note).toContain(reason);
    const after = await pidOf(mathVerify);
    expect(after).not.toBe(before);
    expect(isRunning(before)).toBe(false);
    expect(await mathVerify.compare({ gold: '1', target: '1' })).toEqual({ verdict: 'equal' });
  });

  it('goes on with the questions that wait behind a crash', async () => {
    const mathVerify = start(1);
    const [lost, ...others] = await Promise.all(
      ['crash', '1', '1'].map((gold) => mathVerify.compare({ gold, target: '1' })),
    );
    expect(lost?.verdict).toBe('undecided');
    expect(others).toEqual([{ verdict: 'equal' }, { verdict: 'equal' }]);
  });

  it('says what is wrong when it cannot start, and tries again', async () => {
    const mathVerify = createMathVerify({ python: '/nowhere/python', script, processes: 1 });
    const asked = () => mathVerify.compare({ gold: '1', target: '1' });
    await expect(asked()).rejects.toThrow(MathVerifyUnavailableError);
    await expect(asked()).rejects.toThrow('COTMILL_PYTHON');
    await mathVerify.close();
  });

  it('does not hand the environment of the worker to the process', async () => {
    process.env['FAKE_SECRET'] = 'planted';
    try {
      expect(await start(1).compare({ gold: '1', target: '1' })).toEqual({ verdict: 'equal' });
    } finally {
      delete process.env['FAKE_SECRET'];
    }
  });

  it('ends its processes when it is closed', async () => {
    const mathVerify = start(1);
    const pid = await pidOf(mathVerify);
    await mathVerify.close();
    expect(isRunning(pid)).toBe(false);
    await expect(mathVerify.compare({ gold: '1', target: '1' })).rejects.toThrow('closed');
  });
});
