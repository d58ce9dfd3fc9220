import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import {
  copyLocalFile,
  readIfPresent,
  readJsonFile,
  writeJsonFile,
  writeTextFile,
} from '../../activities/local-files.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory('files');
afterAll(() => directory.remove());
const path = join(directory.path, 'folder', 'file.json');
const Value = z.object({ text: z.string() });

it('what is not there is undefined, also below a file', async () => {
  expect(await readIfPresent(path)).toBeUndefined();
  expect(await readJsonFile(path, Value)).toBeUndefined();
  await writeJsonFile(path, {});
  expect(await readJsonFile(join(path, 'below'), Value)).toBeUndefined();
});

it('writes, replaces and reads a document', async () => {
  for (const text of ['é', 'e']) {
    await writeJsonFile(path, { text });
    expect(readFileSync(path, 'utf8')).toBe(`{\n "text": "${text}"\n}\n`);
    expect(await readJsonFile(path, Value)).toEqual({ text });
  }
});

it('who reads a file while it is written again has the old one to its end', async () => {
  await writeTextFile(path, 'the old text');
  const reader = await open(path, 'r');
  await writeTextFile(`${path}.source`, 'new');
  await copyLocalFile(`${path}.source`, path);
  expect(await reader.readFile('utf8')).toBe('the old text');
  await reader.close();
  expect(await readIfPresent(path)).toBe('new');
});

it('a file that is something else is named, with what to do', async () => {
  await writeJsonFile(path, { text: 1 });
  await expect(readJsonFile(path, Value, '. Delete it.')).rejects.toThrow(/file\.json is not what .* Delete it\.$/s);
  await expect(readIfPresent(directory.path)).rejects.toThrow('EISDIR');
});
