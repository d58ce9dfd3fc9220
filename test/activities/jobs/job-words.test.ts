import { describe, expect, it } from 'vitest';
import type { JobEnd } from '../../../activities/jobs/job-launcher.js';
import { endWords, lastLines } from '../../../activities/jobs/job-words.js';

describe('words about jobs', () => {
  it('shows the last lines of a log as a terminal would', () => {
    const log = [
      'first',
      ' 10%|#\r 20%|##\r 30%|###',
      '',
      'a\u001b[31mb\u0007',
      ...Array.from({ length: 30 }, (_, at) => `line ${at}`),
    ].join('\n');
    expect(lastLines(log).split('\n')).toHaveLength(20);
    expect(lastLines(' 10%|#\r 20%|##\r 30%|###\na\u001b[31mb')).toBe(' 30%|###\na [31mb');
    expect(lastLines(`${'x'.repeat(9_000)}`)).toHaveLength(4_000);
  });

  const failed: JobEnd = { reason: 'failed', exitCode: 1, signal: null, detail: null };
  const lost: JobEnd = { reason: 'node-lost', exitCode: null, signal: null, detail: 'Slurm: NODE_FAIL' };
  it.each([
    [endWords(failed), 'failed, exit code 1'],
    [endWords(failed, 'out-of-memory'), 'out-of-memory, exit code 1'],
    [endWords(lost), 'node-lost (Slurm: NODE_FAIL)'],
    [endWords({ ...lost, exitCode: 0 }), 'node-lost, exit code 0 (Slurm: NODE_FAIL)'],
  ])('%s', (words, expected) => {
    expect(words).toBe(expected);
  });
});
