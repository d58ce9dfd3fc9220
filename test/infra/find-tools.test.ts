import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { setUpModule } from './set-up-modules.js';

const { BINARIES, findBinary } = await setUpModule('binaries');
const { findPython } = await setUpModule('python');
const temporal = BINARIES.find(({ name }) => name === 'temporal') as object;

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory('tools')));
afterEach(() => directory.remove());

/** A program that prints `output` whatever it is asked. */
function program(folder: string, name: string, output: string): string {
  const path = join(directory.path, folder, name);
  mkdirSync(join(directory.path, folder), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${output}'\n`);
  chmodSync(path, 0o755);
  return path;
}
const searchPath = (...folders: string[]) => folders.map((folder) => join(directory.path, folder)).join(delimiter);

describe('findBinary', () => {
  it('takes the first suitable one on PATH and notes the unsuitable before it', async () => {
    const old = program('old', 'temporal', 'temporal version 1.4.1 (Server 1.28.0)');
    const other = program('other', 'temporal', 'a program of the same name');
    const good = program('good', 'temporal', 'temporal version 1.5.0 (Server 1.29.0)');
    const notes: string[] = [];
    expect(
      await findBinary(temporal, (note) => notes.push(note), { PATH: searchPath('absent', 'old', 'other', 'good') }),
    ).toBe(good);
    expect(notes).toEqual([
      `skipping ${old}: it is 1.4.1, and 1.5 or newer is needed`,
      expect.stringContaining(`skipping ${other}: "--version" printed no version`),
    ]);
  });

  it('prefers the variable to PATH', async () => {
    program('path', 'temporal', 'temporal version 1.9.1');
    const named = program('named', 'my-temporal', 'temporal version 1.9.0');
    expect(await findBinary(temporal, () => undefined, { COTMILL_TEMPORAL: named, PATH: searchPath('path') })).toBe(
      named,
    );
  });

  it.each([
    ['is absent', undefined, 'it is not a file that can be run'],
    ['is too old', 'temporal version 1.2.0', 'it is 1.2, and 1.5 or newer is needed'],
  ])('stops when the variable names a program that %s', async (_case, output, message) => {
    const named = output === undefined ? join(directory.path, 'nothing') : program('named', 'temporal', output);
    await expect(findBinary(temporal, () => undefined, { COTMILL_TEMPORAL: named, PATH: '' })).rejects.toThrow(
      `COTMILL_TEMPORAL=${named}: expected the program "temporal"; ${message}`,
    );
  });

  it('finds nothing where there is nothing', async () => {
    expect(await findBinary(temporal, () => undefined, { PATH: searchPath('empty') })).toBeUndefined();
  });
});

describe('findPython', () => {
  it('passes over one that is too old', async () => {
    program('bin', 'python3', '3.9.18');
    const good = program('bin', 'python3.12', '3.12.1');
    expect(await findPython({ PATH: searchPath('bin') })).toBe(good);
  });
  it('says what it saw and what to install when there is none', async () => {
    const old = program('bin', 'python3', '3.9.18');
    await expect(findPython({ PATH: searchPath('bin') })).rejects.toThrow(
      `No Python 3.10 or newer on PATH (${old} is 3.9.18). Install Python`,
    );
  });
  it('stops when COTMILL_PYTHON is too old, whatever PATH has', async () => {
    const old = program('named', 'python', '3.8.2');
    program('bin', 'python3', '3.12.1');
    await expect(findPython({ COTMILL_PYTHON: old, PATH: searchPath('bin') })).rejects.toThrow(
      'expected a Python 3.10 or newer; it is Python 3.8.2',
    );
  });
});
