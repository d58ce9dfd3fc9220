import { describe, expect, it } from 'vitest';
import { createCodeGrader } from '../../../activities/grading/code-grader.js';
import type { Sandbox, SandboxProgram } from '../../../activities/grading/sandbox.js';
import type { SandboxOutcome } from '../../../activities/grading/sandbox-outcome.js';

const tests = JSON.stringify({ public_test_cases: [{ input: '1', output: '2', testtype: 'stdin' }] });
const solution = '```python\nprint(2)\n```';

/** Answers every program with one outcome, and remembers what it was asked. */
function fakeSandbox(outcome: SandboxOutcome) {
  const programs: SandboxProgram[] = [];
  const run = (program: SandboxProgram) => (programs.push(program), Promise.resolve(outcome));
  const sandbox: Sandbox = { availability: () => Promise.resolve({ available: true }), run };
  return { sandbox, programs };
}

describe('the grader of code', () => {
  it('does not grade where there is no sandbox, and says so', async () => {
    const run = () => Promise.reject(new Error('it was run'));
    const sandbox: Sandbox = { availability: () => Promise.resolve({ available: false, reason: 'no bwrap' }), run };
    expect(await createCodeGrader({ sandbox }).grade({ tests, solution })).toEqual({
      verdict: 'undecided',
      decidedBy: 'none',
      extracted: 'print(2)',
      note: 'not graded, no sandbox: no bwrap',
      noSandbox: 'no bwrap',
    });
  });

  it('gives a program its input and never what is expected', async () => {
    const { sandbox, programs } = fakeSandbox({ kind: 'exited', exitCode: 0, stdout: 'secret', stderr: '' });
    const row = JSON.stringify({ public_test_cases: [{ input: 'given', output: 'secret', testtype: 'stdin' }] });
    expect(await createCodeGrader({ sandbox }).grade({ tests: row, solution })).toMatchObject({ verdict: 'equal' });
    expect(JSON.stringify(programs)).toContain('given');
    expect(JSON.stringify(programs)).not.toContain('secret');
  });

  it.each<[SandboxOutcome['kind'], SandboxOutcome, string]>([
    ['unavailable', { kind: 'unavailable', reason: 'no memory' }, 'undecided'],
    ['time-limit', { kind: 'time-limit', clock: 'wall', stdout: '', stderr: '' }, 'undecided'],
    ['time-limit', { kind: 'time-limit', clock: 'cpu', stdout: '', stderr: '' }, 'different'],
    // By a machine without memory, or by itself: nobody knows.
    ['signalled', { kind: 'signalled', signal: 9, stdout: '', stderr: '' }, 'undecided'],
    ['signalled', { kind: 'signalled', signal: 11, stdout: '', stderr: '' }, 'different'],
    ['memory-limit', { kind: 'memory-limit', stdout: '', stderr: '' }, 'different'],
    ['output-limit', { kind: 'output-limit', stdout: '2', stderr: '' }, 'different'],
    ['exited', { kind: 'exited', exitCode: 1, stdout: '2', stderr: '' }, 'different'],
    ['exited', { kind: 'exited', exitCode: 0, stdout: '2', stderr: 'a warning' }, 'equal'],
  ])('takes %s %j as %s', async (_kind, outcome, verdict) => {
    const { sandbox } = fakeSandbox(outcome);
    expect(await createCodeGrader({ sandbox }).grade({ tests, solution })).toMatchObject({ verdict });
  });

  it('allows as much output as a test expects', async () => {
    const output = 'x'.repeat(3_000_000);
    const { sandbox, programs } = fakeSandbox({ kind: 'exited', exitCode: 0, stdout: output, stderr: '' });
    const row = JSON.stringify({ public_test_cases: [{ input: '', output, testtype: 'stdin' }] });
    expect(await createCodeGrader({ sandbox }).grade({ tests: row, solution })).toMatchObject({ verdict: 'equal' });
    expect(programs[0]?.limits?.outputBytes).toBeGreaterThan(output.length);
  });

  it('runs nothing for a solution without code, or for tests that it can not read', async () => {
    const { sandbox, programs } = fakeSandbox({ kind: 'exited', exitCode: 0, stdout: '2', stderr: '' });
    const grader = createCodeGrader({ sandbox });
    expect(await grader.grade({ tests, solution: 'It is 2.' })).toMatchObject({
      verdict: 'undecided',
      extracted: undefined,
      note: 'no code was found in the solution',
    });
    expect(await grader.grade({ tests: '[]', solution })).toMatchObject({
      verdict: 'undecided',
      note: expect.stringMatching(/^the tests can't be used: expected the fields of LiveCodeBench/) as string,
    });
    expect(programs).toEqual([]);
  });
});
