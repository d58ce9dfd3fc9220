import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../activities/jobs/shell-word.js';
import { slurmJobScript } from '../../../activities/jobs/slurm-job-script.js';
import { endOfNote, parseSacctJob, parseScontrolJob, statusOf } from '../../../activities/jobs/slurm-state.js';

const oneLine = (state: string, rest = ''): string =>
  `JobId=17 JobName=cotmill-train UserId=ml(1000) Priority=4294901757 JobState=${state} Reason=None Dependency=(null) Restarts=2 ExitCode=0:0 ${rest}`;

describe('state of a Slurm job', () => {
  it.each([
    ['PENDING', 'queued'],
    ['REQUEUED', 'queued'],
    ['CONFIGURING', 'queued'],
    ['SUSPENDED', 'queued'],
    ['RUNNING', 'running'],
    ['COMPLETING', 'running'],
  ])('%s is %s', (state, expected) => {
    expect(statusOf({ state, exitCode: null, reason: null, restarts: 0 })).toEqual({ state: expected });
  });

  it.each([
    ['COMPLETED', '0:0', 'succeeded', 0, null],
    ['FAILED', '7:0', 'failed', 7, null],
    ['CANCELLED', '0:15', 'cancelled', 0, '15'],
    ['TIMEOUT', '0:15', 'time-limit', 0, '15'],
    ['DEADLINE', '0:0', 'time-limit', 0, null],
    ['OUT_OF_MEMORY', '0:125', 'out-of-memory', 0, '125'],
    ['PREEMPTED', '0:15', 'preempted', 0, '15'],
    ['NODE_FAIL', '0:0', 'node-lost', 0, null],
  ])('%s %s is %s', (...[state, exitCode, reason, code, signal]) => {
    expect(statusOf({ state, exitCode, reason: 'Because', restarts: 0 })).toEqual({
      state: 'ended',
      end: { reason, exitCode: code, signal, detail: `Slurm: ${state}, Because` },
    });
  });

  it('refuses to guess what an unknown state means', () => {
    expect(() => statusOf({ state: 'DREAMING', exitCode: null, reason: null, restarts: 0 })).toThrow('DREAMING');
  });

  it('reads a line of scontrol', () => {
    expect(parseScontrolJob(oneLine('RUNNING'))).toEqual({
      state: 'RUNNING',
      exitCode: '0:0',
      reason: null,
      restarts: 2,
    });
    expect(parseScontrolJob('')).toBeUndefined();
  });

  it('reads a line of sacct', () => {
    expect(parseSacctJob('CANCELLED by 1000|0:15\n')).toMatchObject({ state: 'CANCELLED', exitCode: '0:15' });
    expect(parseSacctJob('')).toBeUndefined();
  });

  it.each([
    ['0\n', 'succeeded', 0],
    ['3\n', 'failed', 3],
    ['124 time-limit\n', 'time-limit', 124],
    ['124\n', 'failed', 124],
  ])('takes the note %j for %s', (note, reason, exitCode) => {
    expect(endOfNote(note)).toMatchObject({ reason, exitCode });
  });
});

describe('script of a Slurm job', () => {
  it('quotes whatever a path or an argument may hold', () => {
    expect(shellWord(`it's $HOME`)).toBe(`'it'\\''s $HOME'`);
  });

  it('holds the lines of the deployment before the command', () => {
    const spec = { name: 'a', command: ['train', 'a b'], directory: '/data', variables: { SEED: '1' } };
    const lines = slurmJobScript(spec, { directory: '/jobs/a', setup: ['module load cuda'] }).split('\n');
    expect(lines[0]).toBe('#!/bin/sh');
    expect(lines.indexOf('module load cuda')).toBeLessThan(lines.indexOf(`'train' 'a b'`));
    expect(lines).toContain(`export SEED='1'`);
  });
});
