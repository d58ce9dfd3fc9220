import { describe, expect, it } from 'vitest';
import { setUpModule } from './set-up-modules.js';

const { verdict } = await setUpModule('test-report');

const file = (statuses: string[], more: object = {}) => ({
  name: 'x.test.ts',
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, index) => ({ status, fullName: `test ${index}` })),
  ...more,
});
const run = (testResults: object[], exitCode = 0) => ({ name: 'all tests', exitCode, report: { testResults } });
const noCi = { isCi: false, allowedSkips: [] };

describe('verdict', () => {
  it.each<[string, Parameters<typeof verdict>[0], [number, number]]>([
    ['all passed', [run([file(['passed', 'passed'])])], [2, 0]],
    ['two runs add up', [run([file(['passed'])]), run([file(['passed', 'failed'])], 1)], [2, 1]],
    [
      'a file that cannot be loaded',
      [run([file(['passed']), file([], { status: 'failed', message: 'no such module' })], 1)],
      [1, 1],
    ],
    ['an unhandled error beside passing tests', [run([file(['passed'])], 1)], [1, 1]],
    ['nothing ran', [run([])], [0, 1]],
    ['one of two runs ran nothing', [run([file(['passed'])]), run([])], [1, 1]],
    ['no report', [{ name: 'all tests', exitCode: 137, report: undefined }], [0, 1]],
    ['only skipped', [run([file(['skipped'])])], [0, 1]],
  ])('%s', (_case, runs, [passed, failed]) => {
    expect(verdict(runs, noCi)).toMatchObject({ passed, failed });
  });

  it.each([
    [false, [], 0],
    [true, [], 1],
    [true, [{ test: 'test 1', reason: 'needs a GPU' }], 0],
    [true, [{ test: 'another', reason: 'needs a GPU' }], 1],
  ])('a skipped test, in CI %s, with the reasons %j: %i failed', (isCi, allowedSkips, failed) => {
    const result = verdict([run([file(['passed', 'skipped'])])], { isCi, allowedSkips });
    expect(result.failed).toBe(failed);
    expect(result.notes).toEqual([expect.stringContaining('skipped: test 1 (')]);
  });

  it('names what failed, with the first lines of why', () => {
    const failing = {
      name: 'a.test.ts',
      status: 'failed',
      assertionResults: [{ status: 'failed', fullName: 'adds > two', failureMessages: ['expected 3\n    at a.ts:1'] }],
    };
    const broken = { name: 'b.test.ts', status: 'failed', assertionResults: [], message: 'no such module' };
    expect(verdict([run([failing, broken], 1)], noCi)).toMatchObject({
      failed: 2,
      notes: ['failed: a.test.ts > adds > two\n  expected 3\n      at a.ts:1', 'failed: b.test.ts\n  no such module'],
    });
  });
});
