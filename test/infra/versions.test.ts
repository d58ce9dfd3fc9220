import { describe, expect, it } from 'vitest';
import { setUpModule } from './set-up-modules.js';

const { parseVersion, atLeast, showVersion, nodeFault } = await setUpModule('versions');

describe('parseVersion', () => {
  it.each([
    ['temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', [1, 9, 1]],
    ['version 8000GB 4.48 pypi linux amd64', [4, 48, 0]],
    ['v20.19.0', [20, 19, 0]],
    ['3.11.7\n', [3, 11, 7]],
    ['Python 3.13.0rc1', [3, 13, 0]],
    ['temporal version 0.0.0-DEV', [0, 0, 0]],
    ['no version here', undefined],
    ['version 7', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });
});

describe('atLeast', () => {
  it.each([
    [[1, 5, 0], [1, 5, 0], true],
    [[1, 10, 0], [1, 9, 9], true],
    [[2, 0, 0], [1, 9, 9], true],
    [[1, 4, 9], [1, 5, 0], false],
    [[0, 99, 99], [1, 0, 0], false],
    [[1, 5, 0], [1, 5, 1], false],
  ] as const)('%j against %j: %s', (version, minimum, expected) => {
    expect(atLeast(version, minimum)).toBe(expected);
  });
});

describe('nodeFault', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v24.21.0'])('accepts %s', (version) => {
    expect(nodeFault(version)).toBeUndefined();
  });
  it.each(['v20.18.1', 'v18.20.4', 'nonsense'])('refuses %s and says what to install', (version) => {
    expect(nodeFault(version)).toContain(`this is ${version}. Install Node`);
  });
});

describe('showVersion', () => {
  it.each([
    [[1, 9, 1], '1.9.1'],
    [[3, 10, 0], '3.10'],
  ] as const)('%j as %s', (version, expected) => {
    expect(showVersion(version)).toBe(expected);
  });
});
