import { describe, expect, it } from 'vitest';
import { setUpModule, type LockFile } from './set-up-modules.js';

const { lockMismatch } = await setUpModule('node-modules');

const lock: LockFile = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b-darwin': { version: '2.0.0', integrity: 'sha512-b', optional: true },
  },
};
const a = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } };

describe('lockMismatch', () => {
  it.each([
    ['what the lock says', a, undefined],
    [
      'an optional package too',
      { ...a, 'node_modules/b-darwin': { version: '2.0.0', integrity: 'sha512-b' } },
      undefined,
    ],
    ['a package too few', {}, 'node_modules/a'],
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }, 'node_modules/a'],
    ['other content', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' } }, 'node_modules/a'],
    [
      'another version of an optional one',
      { ...a, 'node_modules/b-darwin': { version: '3.0.0', integrity: 'sha512-b' } },
      'node_modules/b-darwin',
    ],
  ])('%s', (_case, packages, expected) => {
    expect(lockMismatch(lock, { packages })).toBe(expected);
  });
});
